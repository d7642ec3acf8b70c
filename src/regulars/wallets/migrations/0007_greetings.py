"""Which birthdays the passes of cards were told of (WAL-4)."""

import django.db.models.deletion
from django.db import migrations, models

from regulars.platform.migrations_support import chain_policy


class Migration(migrations.Migration):
    """Add the table, and put it under the policies."""

    dependencies = [
        ("cards", "0020_round_goals_protection"),
        ("chains", "0006_coordinates"),
        ("wallets", "0006_google_protection"),
    ]

    operations = [
        migrations.CreateModel(
            name="WalletGreeting",
            fields=[
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to="cards.card"
                    ),
                ),
                ("day", models.DateField()),
                ("is_over", models.BooleanField(default=False)),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "wallet_greetings",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_over", False)),
                        fields=["chain", "card"],
                        name="wallet_greeting_of_today",
                    )
                ],
            },
        ),
        chain_policy("wallet_greetings"),
    ]
