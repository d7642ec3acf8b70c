"""Benefits of promotions: one small class each, which says what it takes off and how it reckoned.

`cut(facts, left, chosen, room)` answers a Cut, or the reason why there is nothing to take off. `chosen` are the positions
of the lines that the promotion is about, `left` is what earlier promotions left, `room` what the limits still allow.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum
from functools import lru_cache
from typing import ClassVar, Protocol

from msgspec import Struct

from regulars.kernel.shares import half_up
from regulars.promotions.rules.facts import QUANTITY_UNIT, Facts, Left
from regulars.promotions.rules.outcome import Cut, Reason

NOTHING_LEFT = Reason("nothing_left")
NO_PRODUCTS = Reason("no_products")
_PERCENT_SCALE = 10_000


class Stage(IntEnum):
    """In which turn benefits come, where priorities do not say otherwise (docs/why/pricing.md)."""

    LINES = 1
    ORDER = 2
    SHIPPING = 3
    CODES = 4


class Room(Struct, frozen=True):
    """What the limits of a promotion still allow; None is no limit."""

    units: int | None = None
    count: int | None = None


NO_LIMIT = Room()


class Benefit(Protocol):
    """What a benefit is to the engine; outsiders' benefits have the same shape."""

    kind: ClassVar[str]
    stage: ClassVar[Stage]

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """What is taken off, or why there is nothing to take off."""
        ...


def part_of(amount: int, percent: Decimal) -> int:
    """So many percent of an amount, rounded half up; never more than the amount."""
    part = half_up(amount * _scaled(percent), 100 * _PERCENT_SCALE)
    return min(amount, part)


@lru_cache(maxsize=256)
def _scaled(percent: Decimal) -> int:
    """The few percentages that run, each reckoned once."""
    return int(percent * _PERCENT_SCALE)


def takeable(facts: Facts, left: Left, at: int) -> int:
    """What a promotion may take off a line: down to nothing, or to the floor of its price."""
    line = facts.lines[at]
    if not line.price_min:
        return left.lines[at]
    return max(0, left.lines[at] - half_up(line.price_min * line.quantity, QUANTITY_UNIT))


def on_lines(facts: Facts, parts: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Amounts by position as one amount for every line of the order."""
    amounts = [0] * len(facts.lines)
    for at, amount in parts:
        amounts[at] += amount
    return tuple(amounts)


def cut_or_reason(cut: Cut, *, otherwise: Reason = NOTHING_LEFT) -> Cut | Reason:
    """The cut where it takes something off, else the reason."""
    return cut if cut.shipping or any(cut.lines) else otherwise
