"""The door by which the dispatcher finds the chains where a subscriber is behind or an event waits to be tried again."""

from django.db import migrations

from regulars.platform.migrations_support import door

TO_DELIVER = """(names text[], moment timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
SELECT newest.chain_id FROM (
    SELECT c.id AS chain_id, (
        SELECT s.seq FROM event_sequence s WHERE s.chain_id = c.id ORDER BY s.seq DESC LIMIT 1
    ) AS seq FROM chains c
) AS newest
WHERE EXISTS (
    SELECT FROM unnest(names) AS wanted (name)
    LEFT JOIN subscriber_positions p ON p.chain_id = newest.chain_id AND p.subscriber = wanted.name
    WHERE coalesce(p.seq, 0) < newest.seq
)
UNION
SELECT f.chain_id FROM event_failures f WHERE f.subscriber = ANY(names) AND f.next_at <= moment
$$"""


class Migration(migrations.Migration):
    """Make the door."""

    dependencies = [("platform", "0004_partitions"), ("chains", "0002_protection")]
    operations = [door("door_chains_to_deliver", TO_DELIVER)]
