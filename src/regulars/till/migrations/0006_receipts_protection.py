"""Policies on receipt codes, which are never deleted, and the door from a public address to the chain that a code is of."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy, door


class Migration(migrations.Migration):
    """Put receipt codes under the policies."""

    dependencies = [("till", "0005_receipts"), ("platform", "0001_functions")]
    operations = [
        chain_policy("receipt_batches", rights="SELECT, INSERT"),
        chain_policy("receipt_codes", rights="SELECT, INSERT, UPDATE"),
        door(
            "door_receipt",
            """(wanted text) RETURNS TABLE (chain_id uuid, id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id, id FROM receipt_codes WHERE key = wanted LIMIT 2 $$""",
        ),
    ]
