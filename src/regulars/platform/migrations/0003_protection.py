"""Events by month, policies on the shell's tables, doors for attempts."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from regulars.platform.migrations_support import app_role, append_only, chain_policy, door, monthly_partitions

EVENTS = """
CREATE TABLE events (
    id uuid NOT NULL,
    chain_id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    card_ids uuid[] NOT NULL DEFAULT '{}',
    transaction_ids uuid[] NOT NULL DEFAULT '{}',
    payload jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE TABLE event_queue (
    event_id uuid PRIMARY KEY,
    chain_id uuid NOT NULL
);
CREATE INDEX event_queue_chain ON event_queue (chain_id, event_id);
"""


def let_the_app_see_migrations(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Readiness asks whether migrations are missing; the table is older than the default rights."""
    editor.execute(f"GRANT SELECT ON django_migrations TO {editor.quote_name(app_role())}")


class Migration(migrations.Migration):
    """Put the shell's tables under the policies."""

    dependencies = [("platform", "0002_initial")]
    operations = [
        migrations.RunSQL(EVENTS, "DROP TABLE events; DROP TABLE event_queue;"),
        monthly_partitions("events"),
        migrations.RunPython(let_the_app_see_migrations, migrations.RunPython.noop),
        chain_policy("events", rights="SELECT, INSERT"),
        append_only("events"),
        chain_policy("event_queue", rights="SELECT, INSERT, DELETE"),
        chain_policy("event_sequence", rights="SELECT, INSERT"),
        chain_policy("subscriber_positions"),
        chain_policy("event_failures"),
        chain_policy("audit_entries", rights="SELECT, INSERT"),
        append_only("audit_entries"),
        chain_policy("audit_details", rights="SELECT, INSERT, DELETE"),
        chain_policy("idempotency_keys"),
        door(
            "door_chains_with_events",
            "() RETURNS SETOF uuid LANGUAGE sql STABLE AS $$ SELECT DISTINCT chain_id FROM event_queue $$",
        ),
        door(
            "door_forget_idempotency_keys",
            """(older timestamptz) RETURNS bigint LANGUAGE sql AS $$
            WITH gone AS (DELETE FROM idempotency_keys WHERE created_at < older RETURNING 1) SELECT count(*) FROM gone
            $$""",
        ),
    ]
