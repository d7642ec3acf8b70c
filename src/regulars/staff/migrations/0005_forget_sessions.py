"""Devices are forgotten some time after their session ended."""

from django.db import migrations

from regulars.platform.migrations_support import door


class Migration(migrations.Migration):
    """Make the door of the upkeep."""

    dependencies = [("staff", "0004_sample")]
    operations = [
        door(
            "door_forget_login_sessions",
            """(older timestamptz) RETURNS bigint LANGUAGE sql AS $$
            WITH gone AS (
                DELETE FROM login_sessions WHERE coalesce(ended_at, last_seen_at) < older RETURNING 1
            ) SELECT count(*) FROM gone $$""",
        ),
    ]
