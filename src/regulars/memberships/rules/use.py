"""Using a membership: whether it may be used, and which lines of a bill it covers; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from regulars.kernel.refusal import Refusal
from regulars.memberships.errors import (
    MembershipCancelled,
    MembershipExpired,
    MembershipFrozen,
    MembershipUsedUp,
    NotCovered,
    TooFewVisits,
    UsedRecently,
    WrongLocation,
)
from regulars.memberships.rules.states import MembershipState, as_of, follow

VISITS_AT_ONCE_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a visit is for."""

    sku: str = ""
    category: str = ""
    kind: str = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """A line of a bill; `units` are whole ones, `price` is of one of them, in smallest units."""

    index: int
    service: Service
    units: int
    price: int


@dataclass(frozen=True, slots=True)
class Covered:
    """So many units of a line of a bill are paid by visits, one each."""

    index: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePlan:
    """A use that is possible: the membership before and after it, and how many visits it takes."""

    before: MembershipState
    after: MembershipState
    visits: int
    use_id: UUID


def check_usable(
    one: MembershipState, visits: int, *, location_id: UUID | None, today: date, valid_at: str = ""
) -> Refusal | None:
    """Why these visits cannot be taken today at this place; None where they can. `valid_at` names the places it is valid at."""
    now = as_of(one, today)
    match now.state:
        case "cancelled":
            return MembershipCancelled()
        case "used_up":
            return MembershipUsedUp()
        case "expired":
            return MembershipExpired(ended_on=_day(now.ends_on))
        case "frozen":
            return MembershipFrozen(frozen_from=_day(now.frozen_from), frozen_until=_day(now.frozen_until))
        case "sold" | "active":
            pass
    if now.terms.locations and location_id not in now.terms.locations:
        return WrongLocation(valid_at=valid_at)
    if now.remaining is not None and visits > now.remaining:
        return TooFewVisits(remaining=now.remaining, wanted=visits)
    return None


def check_service(one: MembershipState, service: Service, name: str = "") -> Refusal | None:
    """Why a visit cannot be this. Refuses: NotCovered."""
    if one.terms.covers(sku=service.sku, category=service.category, kind=service.kind):
        return None
    return NotCovered(what=name or service.sku or service.category or service.kind)


def check_recent(one: MembershipState, now: datetime) -> Refusal | None:
    """Why the use has to be confirmed. Refuses: UsedRecently."""
    hours = one.terms.every_hours
    if hours is None or one.last_used_at is None or now - one.last_used_at >= timedelta(hours=hours):
        return None
    return UsedRecently(at=one.last_used_at.isoformat(), hours=hours)


def plan_use(one: MembershipState, visits: int, *, use_id: UUID, now: datetime, today: date) -> UsePlan:
    """What the use of so many visits makes of a membership that may be used: it begins with the first, it ends with the last."""
    assert visits > 0
    before = as_of(one, today)
    after = begun(before, today, by=use_id) if before.state == "sold" else before
    after = replace(after, used=after.used + visits, last_used_at=now)
    assert after.remaining is None or after.remaining >= 0
    after = replace(after, state=follow(after.state, "use_up" if after.remaining == 0 else "use"))
    return UsePlan(before=before, after=after, visits=visits, use_id=use_id)


def begun(one: MembershipState, today: date, *, by: UUID | None) -> MembershipState:
    """The membership, begun on this day."""
    first = one.terms.last_day(today)
    return replace(
        one,
        state=follow("sold", "begin"),
        starts_on=today,
        first_ends_on=first,
        ends_on=None if first is None else first + timedelta(days=one.extended_days + one.frozen_days),
        begun_by=by,
    )


def plan_undo(one: MembershipState, visits: int, *, today: date, uses_left: int) -> MembershipState:
    """What undoing a use of so many visits makes of a membership; `uses_left` are its other uses that stand.

    Where that was the only use, and the first use began it, it has not begun.
    """
    now = as_of(one, today)
    after = replace(now, used=now.used - visits)
    assert after.used >= 0
    if uses_left == 0 and one.begun_by is not None and now.state in ("active", "used_up") and one.freezes == 0:
        return replace(
            after,
            state=follow(now.state, "undo_first_use"),
            starts_on=None,
            first_ends_on=None,
            ends_on=None,
            begun_by=None,
            frozen_from=None,
            frozen_until=None,
            last_used_at=None,
        )
    after = replace(after, state=follow(now.state, "reopen" if now.state == "used_up" else "undo_use"))
    return as_of(after, today)


def cover_lines(one: MembershipState, lines: Sequence[BillLine], *, most: int | None = None) -> tuple[Covered, ...]:
    """Which units of a bill its visits pay, one visit each: what is dearest first, as long as visits are left.

    `most` is how many it may take at once. Whether it may be used at all, there and today, says `check_usable`.
    """
    left = min((limit for limit in (one.remaining, most) if limit is not None), default=None)
    covered = []
    for line in sorted(lines, key=lambda line: (-line.price, line.index)):
        if line.units <= 0 or check_service(one, line.service) is not None:
            continue
        units = line.units if left is None else min(line.units, left)
        if units == 0:
            break
        covered.append(Covered(line.index, units))
        left = None if left is None else left - units
    return tuple(sorted(covered, key=lambda one: one.index))


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
