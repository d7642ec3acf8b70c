"""What is prepaid counts once it pays for something: neither as sold nor as paid when a gift card or a deposit is topped up."""

from importlib import import_module
from typing import Final

from django.db import migrations, models

BEFORE: Final = import_module("regulars.orders.migrations.0005_counted_orders").COUNTED.replace(
    "CREATE VIEW", "CREATE OR REPLACE VIEW"
)
AFTER: Final = BEFORE.replace(
    "CASE WHEN o.paid_by_balances = 0 THEN o.total ELSE greatest(0, o.total - coalesce((",
    "CASE WHEN o.paid_by_balances = 0 THEN greatest(0, o.total - o.prepaid)"
    " ELSE greatest(0, o.total - o.prepaid - coalesce((",
)
assert AFTER != BEFORE
FILL: Final = """
UPDATE orders o SET prepaid = n.total, sold = greatest(0, o.sold - n.list_value)
FROM (SELECT l.order_id, sum(l.total)::bigint AS total, sum(round(l.price::numeric * l.quantity / 1000))::bigint AS list_value
    FROM order_lines l WHERE l.kind = 'prepaid' GROUP BY l.order_id) n
WHERE n.order_id = o.id
"""


class Migration(migrations.Migration):
    """Keep how much of an order is prepaid."""

    dependencies = [("orders", "0016_memberships")]
    operations = [
        migrations.AddField(model_name="order", name="prepaid", field=models.BigIntegerField(db_default=0, default=0)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(AFTER, BEFORE),
    ]
