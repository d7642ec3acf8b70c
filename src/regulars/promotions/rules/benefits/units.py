"""Units of lines: which there are, what they are worth now, and how many of them are picked."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from regulars.kernel.shares import half_up
from regulars.promotions.rules.facts import QUANTITY_UNIT, Facts, Left

_FINE: Final = 10**9
"""Unit prices are compared to a billionth, which no two prices of a shop are apart."""


class Pick(Struct, frozen=True):
    """So many whole units of the line at this position."""

    at: int
    units: int


def value_of(facts: Facts, left: Left, pick: Pick) -> int:
    """What the picked units cost now: their part of what is left of the line."""
    return half_up(left.lines[pick.at] * pick.units * QUANTITY_UNIT, facts.lines[pick.at].quantity)


def by_price(facts: Facts, left: Left, chosen: Iterable[int], *, dearest_first: bool = False) -> list[int]:
    """Positions by what a unit costs now, cheapest first; among equals the earlier line."""
    fine = -_FINE if dearest_first else _FINE
    priced = [(left.lines[at] * fine // facts.lines[at].quantity, at) for at in chosen if facts.lines[at].quantity]
    return [at for _, at in sorted(priced)]


def pick(left_units: Sequence[int], ordered: Iterable[int], wanted: int) -> tuple[Pick, ...]:
    """Take `wanted` units from lines in the given order, or as many as there are."""
    picks = []
    for at in ordered:
        if wanted <= 0:
            break
        taken = min(left_units[at], wanted)
        if taken:
            picks.append(Pick(at, taken))
            wanted -= taken
    return tuple(picks)


def units_in(left_units: Sequence[int], chosen: Iterable[int]) -> int:
    """How many units there are."""
    return sum([left_units[at] for at in chosen])


def spoken_for(facts: Facts, picks: Iterable[Pick]) -> tuple[int, ...]:
    """Picked units as one number for every line of the order."""
    units = [0] * len(facts.lines)
    for one in picks:
        units[one.at] += one.units
    return tuple(units)
