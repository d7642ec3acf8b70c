"""What open orders hold whose time is over, and giving back what they took of limits (ORD-8, RWD-10)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.orders.actions.codes import free_locked, kept_vouchers
from regulars.orders.queries.orders import redemptions_of_orders
from regulars.platform.actor import system_actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import HotCursor, open_cursor
from regulars.promotions.actions.limits import Part, give_back_limits
from regulars.rewards.actions.waiting import settle_waiting

LAPSED_MAX: Final = 200

LAPSED: Final = """
SELECT o.id, o.currency, o.location_id, o.facts ? 'redemptions' FROM orders o
WHERE o.chain_id = %(chain)s AND o.state = 'open' AND o.reserved_until <= %(now)s
    AND (%(promotions)s::uuid[] IS NULL OR EXISTS (SELECT FROM order_promotions p
        WHERE p.order_id = o.id AND p.promotion_id = ANY(%(promotions)s::uuid[])))
    AND (%(owners)s::uuid[] IS NULL OR EXISTS (SELECT FROM order_redemptions r
        WHERE r.order_id = o.id AND r.state = 'locked' AND r.owner_id = ANY(%(owners)s::uuid[])))
ORDER BY o.id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
"""
TAKEN: Final = """
SELECT p.promotion_id, p.holder_id, p.day, p.uses, p.discount, p.units,
    coalesce((SELECT sum(e.amount) FROM order_effects e
        WHERE e.order_id = p.order_id AND e.promotion_id = p.promotion_id AND e.kind = 'earn'), 0)::bigint
FROM order_promotions p WHERE p.order_id = ANY(%(orders)s::uuid[]) AND p.chain_id = %(chain)s
"""


def give_back(cursor: HotCursor, chain_id: UUID, order_ids: Sequence[UUID]) -> None:
    """Give back what open orders took of limits, and forget that they did."""
    wanted = {"orders": list(order_ids), "chain": chain_id}
    give_back_limits(cursor, [Part(*values) for values in cursor.rows(TAKEN, wanted)])
    cursor.rows(
        "DELETE FROM order_promotions WHERE order_id = ANY(%(orders)s::uuid[]) AND chain_id = %(chain)s", wanted
    )


def release_lapsed(
    cursor: HotCursor,
    chain_id: UUID,
    *,
    now: datetime,
    promotion_ids: Collection[UUID] | None = None,
    owner_ids: Collection[UUID] | None = None,
) -> int:
    """Give back what open orders hold whose time is over; how many there were, LAPSED_MAX at most.

    `promotion_ids` and `owner_ids` mean those that hold something of these promotions, or one of these codes, vouchers
    and gift cards. What they set aside of balances ends by itself (PRG-5).
    """
    wanted = {
        "chain": chain_id,
        "now": now,
        "promotions": None if promotion_ids is None else list(promotion_ids),
        "owners": None if owner_ids is None else list(owner_ids),
        "most": LAPSED_MAX,
    }
    found = cursor.rows(LAPSED, wanted)
    lapsed = [values[0] for values in found]
    if lapsed:
        _free(cursor, chain_id, [values for values in found if values[3]], now=now)
        give_back(cursor, chain_id, lapsed)
        cursor.rows(
            "UPDATE orders SET reserved_until = NULL, version = version + 1"
            " WHERE id = ANY(%(orders)s::uuid[]) AND chain_id = %(chain)s",
            {"orders": lapsed, "chain": chain_id},
        )
    return len(lapsed)


def release_lapsed_orders(chain_id: UUID, now: datetime) -> None:
    """Give back all that open orders of a chain hold whose time is over by now."""
    while True:
        with unit_of_work(chain_id):
            if release_lapsed(open_cursor(), chain_id, now=now) < LAPSED_MAX:
                return


def _free(cursor: HotCursor, chain_id: UUID, found: Sequence[Sequence[Any]], *, now: datetime) -> None:
    """Free the codes, vouchers and gift cards that these orders kept."""
    redemptions = redemptions_of_orders(cursor.rows, chain_id, [values[0] for values in found])
    actor = system_actor(chain_id)
    for order_id, currency, location_id, _has_any in found:
        kept = redemptions.get(order_id, ())
        free_locked(
            cursor,
            actor,
            order_id,
            kept,
            location_id=location_id,
            currency_decimals=get_currency_precision(currency),
            after="released",
            now=now,
        )
        settle_waiting(cursor, actor, kept_vouchers(kept), now=now)
