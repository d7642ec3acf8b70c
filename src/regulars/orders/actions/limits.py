"""What an order takes of the limits of promotions, and what it gives back (ORD-8): never a refusal, never more than there is."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.orders.actions.read import Ground, day_of, read_uses
from regulars.orders.rules.decide import Decision
from regulars.platform.database import unit_of_work
from regulars.platform.hot import HotCursor, open_cursor
from regulars.promotions.actions.limits import Part, give_back_limits, part_of, take_limits
from regulars.promotions.rules.outcome import Applied, NotApplied
from regulars.promotions.rules.promotion import Limits

TRIES_MAX: Final = 1_000
"""How often an order is decided again because a limit ended meanwhile: each time one promotion more says so."""
LAPSED_MAX: Final = 200


def decide_within_limits(
    cursor: HotCursor, chain_id: UUID, ground: Ground, *, now: datetime
) -> tuple[Ground, Decision]:
    """Decide an order and take what it needs of every limit, under lock.

    Where a limit has ended since it was read, the order is decided again without that benefit: who has paid already is
    not refused. Refuses: what `Ground.decide` does.
    """
    decision = ground.decide()
    ended = _ended(decision)
    if ended and release_lapsed(cursor, chain_id, now=now, promotion_ids=ended):
        ground, decision = _again(cursor, ground)
    for _attempt in range(TRIES_MAX):
        if take_limits(cursor, chain_id, _parts(ground, decision)) is None:
            return ground, decision
        # What the limit counts is locked now, so the next answer holds.
        ground, decision = _again(cursor, ground)
    raise AssertionError("each try ends the limit of one more promotion")


def _again(cursor: HotCursor, ground: Ground) -> tuple[Ground, Decision]:
    fresh = replace(ground, uses=read_uses(cursor, ground.terms, ground.buyer, ground.purchase))
    return fresh, fresh.decide()


def _parts(ground: Ground, decision: Decision) -> list[tuple[Part, Limits]]:
    counted = ground.terms.counted
    if not counted:
        return []
    day = day_of(ground.purchase, ground.terms)
    applied = [one for one in decision.priced.verdicts if isinstance(one, Applied) and UUID(one.promotion) in counted]
    return [
        (part_of(one, UUID(one.promotion), holder_id=decision.holder_id, day=day), counted[UUID(one.promotion)])
        for one in applied
    ]


def _ended(decision: Decision) -> list[UUID]:
    """The promotions that a limit stands against, or gives less than they would."""
    return [UUID(verdict.promotion) for verdict in decision.priced.verdicts if _is_ended(verdict)]


def _is_ended(verdict: Applied | NotApplied) -> bool:
    if isinstance(verdict, NotApplied):
        return verdict.reason.code.startswith("limit_")
    steps = (*verdict.cut.steps, *(step for one in verdict.earned for step in one.steps))
    return any(step.code in ("budget_ends", "day_ends") for step in steps)


LAPSED: Final = """
SELECT o.id FROM orders o
WHERE o.chain_id = %(chain)s AND o.state = 'open' AND o.reserved_until <= %(now)s
    AND (%(promotions)s::uuid[] IS NULL OR EXISTS (SELECT FROM order_promotions p
        WHERE p.order_id = o.id AND p.promotion_id = ANY(%(promotions)s::uuid[])))
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
    cursor: HotCursor, chain_id: UUID, *, now: datetime, promotion_ids: Collection[UUID] | None = None
) -> int:
    """Give back what open orders hold whose time is over; how many there were, LAPSED_MAX at most.

    What they set aside of balances ends by itself (PRG-5).
    """
    wanted = {
        "chain": chain_id,
        "now": now,
        "promotions": None if promotion_ids is None else list(promotion_ids),
        "most": LAPSED_MAX,
    }
    lapsed = [values[0] for values in cursor.rows(LAPSED, wanted)]
    if lapsed:
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
