"""What an order takes of the limits of promotions, and what it gives back (ORD-8): never a refusal, never more than there is."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import structs

from regulars.orders.actions.lapsed import release_first
from regulars.orders.actions.read import Ground, day_of, read_uses
from regulars.orders.rules.decide import Decision
from regulars.platform.hot import HotCursor
from regulars.promotions.actions.limits import Part, part_of, take_limits
from regulars.promotions.rules.outcome import Applied, NotApplied
from regulars.promotions.rules.promotion import Limits

TRIES_MAX: Final = 1_000
"""How often an order is decided again because a limit ended meanwhile: each time one promotion more says so."""


def decide_within_limits(
    cursor: HotCursor, chain_id: UUID, ground: Ground, *, now: datetime
) -> tuple[Ground, Decision]:
    """Decide an order and take what it needs of every limit, under lock.

    Where a limit has ended since it was read, the order is decided again without that benefit: who has paid already is
    not refused. Refuses: what `Ground.decide` does. Raises KeptTooLong.
    """
    decision = ground.decide()
    ended = _ended(decision) if ground.terms.counted else ()
    if ended:
        release_first(cursor, chain_id, now=now, promotion_ids=ended)
    for _attempt in range(TRIES_MAX):
        if take_limits(cursor, chain_id, _parts(ground, decision)) is None:
            return ground, decision
        # What the limit counts is locked now, so the next answer holds.
        ground, decision = _again(cursor, ground)
    raise AssertionError("each try ends the limit of one more promotion")


def _again(cursor: HotCursor, ground: Ground) -> tuple[Ground, Decision]:
    fresh = structs.replace(ground, uses=read_uses(cursor, ground.terms, ground.buyer, ground.purchase))
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
