"""Order segments: under the policies, and watched, for prices depend on them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import regulars.kernel.ids
from regulars.platform.migrations_support import chain_policy, moves_stamp


class Migration(migrations.Migration):
    """Make the table."""

    dependencies = [
        ("chains", "0005_prices_include_tax"),
        ("promotions", "0006_trigger_uses_protection"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderSegment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("external_id", models.TextField()),
                ("name", models.TextField()),
                ("conditions", models.JSONField(default=list)),
                ("version", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "order_segments",
                "constraints": [
                    models.UniqueConstraint(fields=("chain", "external_id"), name="order_segment_external_id")
                ],
            },
        ),
        chain_policy("order_segments"),
        moves_stamp("order_segments"),
    ]
