"""The door by which the dispatcher writes down, outside the database, seals that a process did not live to write."""

from django.db import migrations

from regulars.platform.migrations_support import door

NEWEST = """() RETURNS TABLE (chain_id uuid, number bigint, last_seq bigint, entries int, hash bytea)
LANGUAGE sql STABLE AS $$
SELECT s.chain_id, s.number, s.last_seq, s.entries, s.hash FROM chains c CROSS JOIN LATERAL (
    SELECT * FROM seals WHERE seals.chain_id = c.id ORDER BY seals.number DESC LIMIT 1
) s
$$"""


class Migration(migrations.Migration):
    """Make the door."""

    dependencies = [("ledger", "0002_protection")]
    operations = [door("door_newest_seals", NEWEST)]
