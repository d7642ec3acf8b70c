"""Who keeps which version of a promotion, until when (ORD-13): under the policies, and watched, for prices depend on it."""

import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids
from regulars.platform.migrations_support import chain_policy, moves_stamp


class Migration(migrations.Migration):
    """Make the tables."""

    dependencies = [
        ("chains", "0005_prices_include_tax"),
        ("promotions", "0007_order_segments"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.IntegerField()),
                ("change", models.TextField()),
                ("until", models.DateTimeField()),
                ("people", models.IntegerField(default=0)),
                ("orders", models.IntegerField(default=0)),
                ("staff_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "promotion",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="promotions.promotion"),
                ),
            ],
            options={
                "db_table": "kept_versions",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("change__in", ["publish", "pause", "end"])), name="kept_version_change"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptFor",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "kept_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject_id", models.UUIDField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "kept",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="promotions.keptversion"),
                ),
            ],
            options={"db_table": "kept_for"},
        ),
        chain_policy("kept_versions", rights="SELECT, INSERT, UPDATE"),
        chain_policy("kept_for", rights="SELECT, INSERT"),
        moves_stamp("kept_versions"),
    ]
