"""Holds, what they set aside of lots, and what the night needs to know."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("chains", "0003_trade"),
        ("ledger", "0004_hot_path"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("card_id", models.UUIDField()),
                ("amount", models.BigIntegerField()),
                ("state", models.TextField(default="active")),
                ("lot_ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                (
                    "lot_amounts",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("external_id", models.TextField(null=True)),
                ("captured", models.BigIntegerField(db_default=0, default=0)),
                ("transaction_id", models.UUIDField(null=True)),
                ("staff_id", models.UUIDField(null=True)),
                ("key_id", models.UUIDField(null=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "holds",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "captured", "released", "expired"])),
                        name="hold_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), ("captured__gte", 0), ("captured__lte", models.F("amount"))
                        ),
                        name="hold_amounts",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="account",
            name="lapse_noticed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="last_order_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="lot",
            name="held",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="lot",
            name="noticed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("remaining__gt", 0)),
                fields=["chain", "expires_at", "id"],
                name="lot_ending",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["entry_id"], name="lot_of_entry"),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(("held__gte", 0), ("held__lte", models.F("remaining"))),
                name="lot_gives_what_is_held",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="account",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
        ),
        migrations.AddField(
            model_name="hold",
            name="chain",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["account", "id"], name="hold_of_account"
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["chain", "expires_at"], name="hold_ending"
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(fields=("chain", "external_id"), name="hold_external_id"),
        ),
    ]
