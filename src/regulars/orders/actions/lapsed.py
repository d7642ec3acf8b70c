"""What open orders hold whose time is over, and giving back what they took of limits (ORD-8, RWD-10)."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar, cast
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.cards.actions.balances import retry_lost_races
from regulars.ledger.actions.post import LostRace
from regulars.orders.actions.codes import free_locked, kept_vouchers, lock_kept
from regulars.orders.queries.orders import redemptions_of_orders
from regulars.platform.actor import Actor, system_actor
from regulars.platform.begin_again import BeginAgain, can_begin_again, is_second_time, second_time
from regulars.platform.database import unit_of_work
from regulars.platform.hot import HotCursor, open_cursor
from regulars.promotions.actions.limits import Part, give_back_limits
from regulars.rewards.actions.waiting import settle_waiting

P = ParamSpec("P")
T = TypeVar("T")

LAPSED_MAX: Final = 200

_HOLD: Final = """
FROM orders o WHERE o.chain_id = %(chain)s AND o.state = 'open' AND o.reserved_until <= %(now)s
    AND (%(promotions)s::uuid[] IS NULL OR EXISTS (SELECT FROM order_promotions p
        WHERE p.order_id = o.id AND p.promotion_id = ANY(%(promotions)s::uuid[])))
    AND (%(owners)s::uuid[] IS NULL OR EXISTS (SELECT FROM order_redemptions r
        WHERE r.order_id = o.id AND r.state = 'locked' AND r.owner_id = ANY(%(owners)s::uuid[])))
"""
ARE_LAPSED: Final = f"SELECT EXISTS (SELECT {_HOLD})"
LAPSED: Final = f"""
SELECT o.id, o.currency, o.location_id, o.facts ? 'redemptions' {_HOLD}
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
    found = cursor.rows(LAPSED, _wanted(chain_id, promotion_ids, owner_ids, now=now) | {"most": LAPSED_MAX})
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


def _wanted(
    chain_id: UUID, promotion_ids: Collection[UUID] | None, owner_ids: Collection[UUID] | None, *, now: datetime
) -> dict[str, Any]:
    return {
        "chain": chain_id,
        "now": now,
        "promotions": None if promotion_ids is None else list(promotion_ids),
        "owners": None if owner_ids is None else list(owner_ids),
    }


class KeptTooLong(LostRace):
    """An order wants what open orders keep whose time is over: these are released first, and it begins again.

    Who gave it back in the middle would lock what these orders keep besides behind its own, in no order (ADR 19).
    """

    def __init__(self, promotion_ids: Collection[UUID] | None, owner_ids: Collection[UUID] | None) -> None:
        super().__init__()
        self.promotion_ids, self.owner_ids = promotion_ids, owner_ids


def release_first(
    cursor: HotCursor,
    chain_id: UUID,
    *,
    now: datetime,
    promotion_ids: Collection[UUID] | None = None,
    owner_ids: Collection[UUID] | None = None,
) -> None:
    """Let the order under way begin again where open orders keep one of these, or of what these limit, beyond their time.

    Once: what somebody else is just about to pay stays theirs. Raises KeptTooLong, for `releasing`.
    """
    if is_second_time():
        return
    if cursor.rows(ARE_LAPSED, _wanted(chain_id, promotion_ids, owner_ids, now=now))[0][0]:
        raise KeptTooLong(promotion_ids, owner_ids)


def releasing(action: Callable[P, T]) -> Callable[P, T]:
    """Release what an action finds kept too long, in a transaction before its own, and run it again.

    The action takes the actor first and `now` by name.
    """

    @wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return action(*args, **kwargs)
        except KeptTooLong as found:
            kept = found
        actor, now = cast("Actor", args[0]), cast("datetime", kwargs["now"])

        def release() -> None:
            with unit_of_work(actor.chain_id):
                release_lapsed(
                    open_cursor(), actor.chain_id, now=now, promotion_ids=kept.promotion_ids, owner_ids=kept.owner_ids
                )

        if can_begin_again():
            # Here it would be no transaction of its own, but a part of the request's.
            raise BeginAgain(release)
        release()
        with second_time():
            return action(*args, **kwargs)

    return run


def release_lapsed_orders(chain_id: UUID, now: datetime) -> None:
    """Give back all that open orders of a chain hold whose time is over by now."""
    while _release_some(chain_id, now=now) == LAPSED_MAX:
        pass


@retry_lost_races
def _release_some(chain_id: UUID, *, now: datetime) -> int:
    with unit_of_work(chain_id):
        return release_lapsed(open_cursor(), chain_id, now=now)


def _free(cursor: HotCursor, chain_id: UUID, found: Sequence[Sequence[Any]], *, now: datetime) -> None:
    """Free the codes, vouchers and gift cards that these orders kept."""
    redemptions = redemptions_of_orders(cursor.rows, chain_id, [values[0] for values in found])
    # Those of all orders first, in the order of all locks: one order after another would lock codes behind gift cards.
    lock_kept(cursor, chain_id, [one for ones in redemptions.values() for one in ones])
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
