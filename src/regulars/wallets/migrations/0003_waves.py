"""Published card types whose passes are noted as changed in chunks (TYP-5)."""

import django.db.models.deletion
from django.db import migrations, models

from regulars.platform.migrations_support import chain_policy, door


class Migration(migrations.Migration):
    """Add the table, and let the sender come to chains that have such a type."""

    dependencies = [("wallets", "0002_protection"), ("cards", "0014_join_slug"), ("chains", "0005_prices_include_tax")]
    operations = [
        migrations.CreateModel(
            name="WalletWave",
            fields=[
                (
                    "card_type",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="cards.cardtype",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("after", models.UUIDField()),
                (
                    "chain",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="chains.chain"),
                ),
            ],
            options={
                "db_table": "wallet_waves",
                "indexes": [models.Index(fields=["chain"], name="wallet_wave_of_chain")],
            },
        ),
        chain_policy("wallet_waves"),
        door(
            "door_wallet_due",
            """(by_then timestamptz) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id FROM wallet_refreshes WHERE due_at <= by_then UNION SELECT chain_id FROM wallet_waves $$""",
        ),
    ]
