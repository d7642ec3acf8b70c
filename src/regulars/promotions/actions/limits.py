"""Taking and giving back what limits allow, inside the transaction of an order (ORD-8, DESIGN section 5)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from regulars.promotions.queries.running import Cursor, rows_of
from regulars.promotions.rules.outcome import Applied
from regulars.promotions.rules.promotion import UNLIMITED, Limits

LimitName = Literal["per_customer", "per_day", "earned_per_day", "uses", "discount", "units"]

_TAKE: Final = "SELECT promotion, used_up FROM regulars_take_limits(%(chain)s::uuid, %(takes)s::jsonb)"
_GIVE_BACK: Final = "SELECT 1 FROM regulars_give_back_limits(%(gives)s::jsonb)"


@dataclass(frozen=True, slots=True)
class Part:
    """What one order takes of the limits of one promotion.

    `day` is the day of the order at its location, `earned` in smallest units of the balance type.
    """

    promotion_id: UUID
    holder_id: UUID | None
    day: date
    uses: int = 1
    discount: int = 0
    units: int = 0
    earned: int = 0


@dataclass(frozen=True, slots=True)
class LimitUsedUp:
    """A limit that does not suffice any more; nothing was taken of any.

    What it counts is locked now: read the uses again (`queries.uses.uses_of`) and decide again, and the answer holds.
    """

    promotion_id: UUID
    limit: LimitName


def part_of(applied: Applied, promotion_id: UUID, *, holder_id: UUID | None, day: date) -> Part:
    """What a promotion that applies takes of its limits."""
    return Part(
        promotion_id=promotion_id,
        holder_id=holder_id,
        day=day,
        discount=applied.cut.total,
        units=sum(applied.cut.units),
        earned=sum(one.amount for one in applied.earned),
    )


def take_limits(cursor: Cursor | None, chain_id: UUID, parts: Sequence[tuple[Part, Limits]]) -> LimitUsedUp | None:
    """Take all of it, or nothing and say which limit does not suffice; in one round trip.

    Promotions without counted limits touch no row. The caller holds its accounts locked already and writes nothing
    between. `cursor` None is the running unit of work.
    """
    takes = [_take(part, limits) for part, limits in parts if limits.is_counted]
    if not takes:
        return None
    found = rows_of(cursor, _TAKE, {"chain": chain_id, "takes": json.dumps(takes)})
    return LimitUsedUp(found[0][0], found[0][1]) if found else None


def give_back_limits(cursor: Cursor | None, parts: Sequence[Part], limits: Mapping[UUID, Limits] | None = None) -> None:
    """Give back what a cancelled or refunded order took: the next order may have it.

    `limits` are those of the versions that priced the order: what they did not count per customer was not taken of
    anybody. Limits that all orders share count what was taken before them as well (`slots.adjust_slots`).
    """
    gives = [_give(part, None if limits is None else limits.get(part.promotion_id, UNLIMITED)) for part in parts]
    if gives:
        rows_of(cursor, _GIVE_BACK, {"gives": json.dumps(gives)})


def _take(part: Part, limits: Limits) -> dict[str, Any]:
    slots = {"uses": part.uses, "discount": part.discount, "units": part.units}
    wanted = {"uses": limits.total, "discount": limits.discount, "units": limits.units}
    return {
        "promotion": str(part.promotion_id),
        "holder": str(part.holder_id) if limits.is_personal and part.holder_id else None,
        "day": part.day.isoformat(),
        "per_customer": limits.per_customer,
        "per_day": limits.per_day,
        "earned_per_day": limits.earned_per_day,
        "earned": part.earned,
        "slots": {kind: amount for kind, amount in slots.items() if wanted[kind] is not None},
    }


def _give(part: Part, limits: Limits | None) -> dict[str, Any]:
    is_personal = limits is None or limits.is_personal
    return {
        "promotion": str(part.promotion_id),
        "holder": str(part.holder_id) if part.holder_id and is_personal else None,
        "day": part.day.isoformat(),
        "uses": part.uses,
        "earned": part.earned,
        "slots": {"uses": part.uses, "discount": part.discount, "units": part.units},
    }
