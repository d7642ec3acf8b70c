"""Universal codes of promotions join the code space of their chain (RWD-9)."""

from django.db import migrations


class Migration(migrations.Migration):
    """Move those present; nothing else can have a code yet."""

    dependencies = [("promotions", "0009_codes_as_they_look"), ("codes", "0004_pools_protection")]
    operations = [
        migrations.RunSQL(
            "INSERT INTO code_keys (chain_id, key, kind, owner_id)"
            " SELECT DISTINCT chain_id, key, 'promotion', NULL::uuid FROM promotion_codes ON CONFLICT DO NOTHING",
            "DELETE FROM code_keys WHERE kind = 'promotion'",
        )
    ]
