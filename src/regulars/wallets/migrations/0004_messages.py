"""Messages that stand on passes, and their policy."""

import django.db.models.deletion
from django.db import migrations, models

import regulars.kernel.ids
from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Make the table and put it under the policies."""

    dependencies = [
        ("cards", "0014_join_slug"),
        ("wallets", "0003_waves"),
    ]

    operations = [
        migrations.CreateModel(
            name="WalletMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=regulars.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("provider", models.TextField()),
                ("letter_id", models.UUIDField()),
                ("text", models.TextField()),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "card",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="cards.card"),
                ),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "wallet_messages",
                "indexes": [models.Index(fields=["card", "id"], name="wallet_message_of_card")],
                "constraints": [models.UniqueConstraint(fields=("letter_id", "card"), name="wallet_message_once")],
            },
        ),
        chain_policy("wallet_messages"),
    ]
