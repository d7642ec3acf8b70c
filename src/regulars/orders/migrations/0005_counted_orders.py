"""What an order counts for: once, for statistics and for tiers alike (CUS-5, PRG-6)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from regulars.platform.migrations_support import EditorOnly, app_role

# What was refunded is left out in its proportion, and points as payment are no money; a deposit was paid with money.
# The view asks with the rights of whoever asks, so the policies of its tables hold.
COUNTED = """
CREATE VIEW counted_orders WITH (security_invoker = true) AS
SELECT o.chain_id, o.id, o.customer_id, o.card_id, coalesce(o.starts_at, o.at) AS at,
    CASE WHEN o.refunded > 0 AND o.total > 0
        THEN round(o.sold * greatest(0, o.total - o.refunded)::numeric / o.total)::bigint ELSE o.sold END AS sold,
    CASE WHEN o.refunded > 0 AND o.total > 0
        THEN round(paid.money * greatest(0, o.total - o.refunded)::numeric / o.total)::bigint ELSE paid.money END AS paid
FROM orders o CROSS JOIN LATERAL (
    SELECT CASE WHEN o.paid_by_balances = 0 THEN o.total ELSE greatest(0, o.total - coalesce((
        SELECT sum(e.money) FROM order_effects e JOIN balance_types b ON b.id = e.balance_type_id
        WHERE e.order_id = o.id AND e.kind = 'spend' AND b.kind <> 'deposit'), 0)::bigint) END AS money
) paid
WHERE o.state IN ('paid', 'completed', 'partly_refunded')
"""


def let_the_app_read(apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """The view is read only; statistics go with their customer."""
    role = editor.quote_name(app_role())
    editor.execute(f"REVOKE ALL ON counted_orders FROM {role}")
    editor.execute(f"GRANT SELECT ON counted_orders TO {role}")
    editor.execute(f"GRANT DELETE ON customer_statistics TO {role}")


class Migration(migrations.Migration):
    """Make the view; let statistics be deleted with their customer."""

    dependencies = [("orders", "0004_reserved"), ("programs", "0001_initial")]
    operations = [
        migrations.RunSQL(COUNTED, "DROP VIEW counted_orders"),
        EditorOnly(let_the_app_read, migrations.RunPython.noop),
    ]
