"""A phone asks once for what changed: the door answers instead of naming the chains to ask in."""

from django.db import migrations

from regulars.platform.migrations_support import door


class Migration(migrations.Migration):
    """Put one door in the place of another."""

    dependencies = [("wallets", "0007_greetings")]
    operations = [
        migrations.RunSQL("DROP FUNCTION door_wallet_device(text, text)", migrations.RunSQL.noop),
        door(
            "door_wallet_changes",
            """(wanted text, of_type text, after bigint) RETURNS TABLE (tag bigint, pass_id uuid)
            LANGUAGE sql STABLE AS $$
            SELECT p.tag, p.id FROM wallet_registrations r JOIN wallet_passes p ON p.id = r.pass_id
            WHERE r.device = wanted AND p.pass_type = of_type AND p.tag > after ORDER BY p.tag LIMIT 1000 $$""",
        ),
    ]
