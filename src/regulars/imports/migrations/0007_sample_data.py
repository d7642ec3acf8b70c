"""The sample data of a chain of somebody's own, under the policies."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Add the table."""

    dependencies = [("imports", "0006_claims"), ("chains", "0003_trade")]
    operations = [
        migrations.CreateModel(
            name="SampleData",
            fields=[
                (
                    "chain",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="chains.chain",
                    ),
                ),
                ("state", models.TextField()),
                ("word", models.TextField()),
                ("staff_id", models.UUIDField(null=True)),
                (
                    "card_type_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                (
                    "import_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("steps_done", models.IntegerField(default=0)),
                ("steps_total", models.IntegerField(default=0)),
                ("kept", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "sample_data"},
        ),
        chain_policy("sample_data"),
    ]
