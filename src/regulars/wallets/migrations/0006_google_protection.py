"""Policies on Google's tables, and the door through which each provider's sender finds what is due."""

from django.db import migrations

from regulars.platform.migrations_support import chain_policy, door


class Migration(migrations.Migration):
    """Put Google's tables under the policies."""

    dependencies = [("wallets", "0005_google")]
    operations = [
        chain_policy("google_accounts"),
        chain_policy("google_programs"),
        chain_policy("google_calls"),
        chain_policy("wallet_pictures", rights="SELECT, INSERT"),
        migrations.RunSQL("DROP FUNCTION door_wallet_due(timestamptz)", migrations.RunSQL.noop),
        door(
            "door_wallet_due",
            """(of_provider text, by_then timestamptz) RETURNS TABLE (chain_id uuid) LANGUAGE sql STABLE AS $$
            SELECT chain_id FROM wallet_refreshes WHERE provider = of_provider AND due_at <= by_then
            UNION SELECT chain_id FROM wallet_waves $$""",
        ),
    ]
