"""Policies on passes, the doors that phones come through, and the number that grows with every change."""

from django.db import migrations

from regulars.platform.migrations_support import EditorOnly, app_role, chain_policy, door


class Migration(migrations.Migration):
    """Put passes under the policies."""

    dependencies = [("wallets", "0001_initial"), ("platform", "0001_functions")]
    operations = [
        chain_policy("pass_certificates"),
        chain_policy("pass_requests"),
        chain_policy("wallet_passes", rights="SELECT, INSERT, UPDATE"),
        chain_policy("wallet_registrations"),
        chain_policy("wallet_refreshes"),
        chain_policy("wallet_events", rights="SELECT, INSERT, DELETE"),
        migrations.RunSQL("CREATE SEQUENCE wallet_tags", "DROP SEQUENCE wallet_tags"),
        EditorOnly(
            lambda _apps, editor: editor.execute(
                f"GRANT USAGE ON SEQUENCE wallet_tags TO {editor.quote_name(app_role())}"
            ),
            migrations.RunPython.noop,
        ),
        door(
            "door_wallet_pass",
            """(wanted uuid, of_type text) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id FROM wallet_passes WHERE id = wanted AND pass_type = of_type $$""",
        ),
        door(
            "door_wallet_device",
            """(wanted text, of_type text) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT DISTINCT p.chain_id FROM wallet_registrations r JOIN wallet_passes p ON p.id = r.pass_id
            WHERE r.device = wanted AND p.pass_type = of_type ORDER BY 1 LIMIT 100 $$""",
        ),
        door(
            "door_wallet_due",
            """(by_then timestamptz) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT DISTINCT chain_id FROM wallet_refreshes WHERE due_at <= by_then $$""",
        ),
    ]
