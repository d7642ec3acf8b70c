"""What events brought to whom, and on which occasion (ORD-10, RWD-8)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0005_prices_include_tax"),
        ("promotions", "0004_limits"),
    ]

    operations = [
        migrations.CreateModel(
            name="TriggerUse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "promotion_id",
                        "person_key",
                        "occasion",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("person_key", models.TextField(db_collation="C")),
                ("occasion", models.TextField()),
                ("card_id", models.UUIDField()),
                ("transaction_id", models.UUIDField()),
                ("at", models.DateTimeField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="promotions.promotion"
                    ),
                ),
            ],
            options={
                "db_table": "trigger_uses",
            },
        ),
    ]
