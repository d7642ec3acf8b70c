"""Policies on gift cards; their entries are never changed by anybody."""

from django.db import migrations

from regulars.platform.migrations_support import append_only, chain_policy


class Migration(migrations.Migration):
    """Put gift cards under the policies."""

    dependencies = [("giftcards", "0001_initial"), ("platform", "0001_functions"), ("ledger", "0007_all_written")]
    operations = [
        migrations.RunSQL("ALTER TABLE gift_cards SET (fillfactor = 80)", migrations.RunSQL.noop),
        chain_policy("gift_card_types"),
        chain_policy("gift_cards", rights="SELECT, INSERT, UPDATE"),
        chain_policy("gift_card_entries", rights="SELECT, INSERT"),
        append_only("gift_card_entries"),
        chain_policy("gift_card_notes", rights="SELECT, INSERT, DELETE"),
    ]
