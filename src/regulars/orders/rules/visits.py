"""What memberships pay for an order: lines that a visit covers, before points, gift cards and deposits (ORD-6, RWD-6).

One visit pays one whole unit of a line, at what it costs after discounts, its tax included. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from regulars.kernel.shares import half_up
from regulars.memberships.rules.states import MembershipState
from regulars.memberships.rules.use import (
    VISITS_AT_ONCE_MAX,
    BillLine,
    Service,
    check_recent,
    check_usable,
    cover_lines,
)
from regulars.orders.rules.presented import Presented, why_not
from regulars.orders.rules.spending import Bill
from regulars.promotions.rules.facts import PREPAID, Line

UNIT = 1000
"""Quantities are in thousandths."""


class Cover(Struct, frozen=True):
    """So many units of a line that visits pay, one each, and what these cost; `undone` visits of them came back."""

    line: int
    visits: int
    money: int
    undone: int = 0

    def money_of(self, visits: int) -> int:
        """What so many of its visits pay."""
        return half_up(self.money * visits, self.visits)


def all_visits(covers: Sequence[Cover]) -> dict[int, int]:
    """All visits that did not come back yet, by place."""
    return {at: one.visits - one.undone for at, one in enumerate(covers) if one.visits > one.undone}


def with_undone(covers: Sequence[Cover], back: Mapping[int, int]) -> tuple[Cover, ...]:
    """The same once so many visits came back as well, by place."""
    return tuple(Cover(one.line, one.visits, one.money, one.undone + back.get(at, 0)) for at, one in enumerate(covers))


def covers_json(covers: Sequence[Cover]) -> list[dict[str, int]] | None:
    """The lines that a membership pays, as they are stored; None where none are."""
    return [
        {"line": one.line, "visits": one.visits, "money": one.money, "undone": one.undone} for one in covers
    ] or None


def read_covers(stored: Sequence[Mapping[str, int]]) -> tuple[Cover, ...]:
    """What `covers_json` wrote."""
    return tuple(Cover(one["line"], one["visits"], one["money"], one["undone"]) for one in stored)


@dataclass(frozen=True, slots=True)
class VisitSpend:
    """What a membership pays."""

    owner_id: UUID
    covers: tuple[Cover, ...]

    @property
    def visits(self) -> int:
        """How many visits it takes."""
        return sum(one.visits for one in self.covers)

    @property
    def money(self) -> int:
        """What they pay."""
        return sum(one.money for one in self.covers)


def plan_visits(
    bill: Bill, lines: Sequence[Line], memberships: Sequence[MembershipState]
) -> tuple[tuple[VisitSpend, ...], Bill]:
    """What these memberships pay, each on what the ones before left, and the bill that is left for other means.

    Nothing is taken for what costs nothing, nor for money that is paid in advance; parts of a unit are paid otherwise.
    """
    left = list(bill.lines)
    quantities = [line.quantity for line in lines]
    spends: list[VisitSpend] = []
    for one in memberships:
        covers = []
        for covered in cover_lines(one, _bill_lines(lines, left, quantities), most=VISITS_AT_ONCE_MAX):
            at, taken = covered.index, covered.units * UNIT
            money = half_up(left[at] * taken, quantities[at])
            left[at] -= money
            quantities[at] -= taken
            covers.append(Cover(at, covered.units, money))
        if covers:
            spends.append(VisitSpend(one.id, tuple(covers)))
    return tuple(spends), replace(bill, lines=tuple(left)) if spends else bill


def _bill_lines(lines: Sequence[Line], left: Sequence[int], quantities: Sequence[int]) -> list[BillLine]:
    found = []
    for at, line in enumerate(lines):
        if line.kind == PREPAID or quantities[at] < UNIT:
            continue
        price = left[at] * UNIT // quantities[at]
        if price > 0:
            service = Service(sku=line.sku, category=line.category, kind=line.kind)
            found.append(BillLine(index=at, service=service, units=quantities[at] // UNIT, price=price))
    return found


def of_membership(
    one: MembershipState, shown: str, *, location_id: UUID | None, today: date, now: datetime, is_again: bool
) -> Presented:
    """What a membership is that came with an order at this place today; `is_again` confirms a use soon after the last one."""
    refusal = check_usable(one, 1, location_id=location_id, today=today)
    if refusal is None and not is_again:
        refusal = check_recent(one, now)
    problem = None if refusal is None else why_not(refusal.code, shown)
    return Presented("membership", shown, one.id, one.type_name, problem)


def may_be_short(one: MembershipState, lines: Sequence[Line]) -> bool:
    """Whether an order could use more visits than are left."""
    return one.remaining is not None and one.remaining < sum(line.quantity // UNIT for line in lines)


def taken_for_free(one: MembershipState, *, visits: int) -> MembershipState:
    """The membership as a quote takes it where an open order keeps visits of it too long; whoever records gives them back first."""
    state = "active" if one.state == "used_up" else one.state
    return replace(one, state=state, used=max(0, one.used - visits), last_used_at=None)
