"""Taking back orders that were made up: as if nobody had ever bought anything (UX 8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.kernel.ids import encode
from regulars.orders.actions.refund import cancel_order
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import rows, unit_of_work

FOUND: Final = """
SELECT o.id, o.state FROM order_keys k JOIN orders o ON o.id = k.order_id
WHERE k.chain_id = %(chain)s AND k.external_id = ANY(%(keys)s) AND o.state <> 'undone' ORDER BY o.id DESC
"""
# The row stays for what was reversed on it; it belongs to nobody any more.
HIDE: Final = """
UPDATE orders SET state = 'undone', customer_id = NULL, card_id = NULL, phone = NULL, version = version + 1
WHERE chain_id = %(chain)s AND id = ANY(%(orders)s::uuid[])
"""


def unmake_orders(actor: Actor, external_ids: Sequence[str], *, now: datetime) -> int:
    """Cancel the orders of these external ids, the newest first, and take them out of sight; returns how many there were.

    Each is cancelled by itself: may be killed and called again. Refuses: Forbidden.
    """
    actor.require("orders:write")
    with unit_of_work(actor.chain_id):
        found: list[tuple[UUID, str]] = [
            (values[0], values[1]) for values in rows(FOUND, {"chain": actor.chain_id, "keys": list(external_ids)})
        ]
    for order_id, state in found:
        if state not in ("cancelled", "refunded"):
            cancel_order(actor, encode("ord", order_id), now=now)
    with unit_of_work(actor.chain_id):
        ids = [order_id for order_id, _state in found]
        rows(HIDE, {"chain": actor.chain_id, "orders": ids})
        changes = [audit.Change(object_id=order_id) for order_id in ids]
        audit.record_many(actor, verb="order.undone", object_kind="order", changes=changes, now=now)
    return len(ids)
