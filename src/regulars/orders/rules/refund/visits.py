"""Which visits come back with the lines that they had paid (LED-4, RWD-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.kernel.shares import half_up
from regulars.orders.rules.refund.values import RecordedEffect, RecordedOrder
from regulars.orders.rules.visits import UNIT


@dataclass(frozen=True, slots=True)
class VisitsBack:
    """Visits that come back, by position; `worth` is what visits had paid of all that returns, parts of a unit included.

    No money is paid for a part of a unit that a visit had paid: it waits until the whole unit is back, or the whole order.
    """

    given: Mapping[int, int]
    worth: int


def visits_back(order: RecordedOrder, covers: Sequence[RecordedEffect], kept: Sequence[int]) -> VisitsBack:
    """What comes back when so many thousandths of each line are kept: units that visits paid before those that money did."""
    given: dict[int, int] = {}
    worth = 0
    begins: dict[int, int] = {}
    for one in covers:
        assert one.line is not None
        quantity = order.facts.lines[one.line].quantity
        before, after = order.lines[one.line].refunded_quantity, quantity - kept[one.line]
        begin = begins.get(one.line, 0)
        begins[one.line] = begin + one.amount * UNIT
        worth += _paid(one, after - begin) - _paid(one, before - begin)
        due = _within(one, after - begin) // UNIT - one.undone
        if due > 0:
            given[one.position] = due
    return VisitsBack(given, worth)


def _within(one: RecordedEffect, thousandths: int) -> int:
    return max(0, min(thousandths, one.amount * UNIT))


def _paid(one: RecordedEffect, thousandths: int) -> int:
    """What its visits paid of so much."""
    return half_up(one.money * _within(one, thousandths), one.amount * UNIT)
