"""A share off: of each chosen line, or of all of them together."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from regulars.kernel.shares import share_out
from regulars.promotions.rules.benefits import (
    NO_PRODUCTS,
    Room,
    Stage,
    cut_or_reason,
    on_lines,
    part_of,
    takeable,
)
from regulars.promotions.rules.benefits.units import by_price, pick, spoken_for, value_of
from regulars.promotions.rules.facts import Facts, Left
from regulars.promotions.rules.meanings import Count, Percent, SomeMoney
from regulars.promotions.rules.outcome import Cut, Reason


@dataclass(frozen=True, slots=True)
class PercentOffLines:
    """So many percent off each chosen line, rounded on each; `units_max` units at most, the cheapest first.

    `amount_max` caps all of it together.
    """

    kind: ClassVar[str] = "percent_off_lines"
    stage: ClassVar[Stage] = Stage.LINES
    percent: Percent
    amount_max: SomeMoney | None = None
    units_max: Count | None = None

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Rounds half up per line."""
        if not chosen:
            return NO_PRODUCTS
        limits = [limit for limit in (self.units_max, room.units) if limit is not None]
        units: tuple[int, ...] = ()
        if limits:
            picks = pick([line.units for line in facts.lines], by_price(facts, left, chosen), min(limits))
            bases = [(one.at, value_of(facts, left, one)) for one in picks]
            units = spoken_for(facts, picks)
        else:
            bases = [(at, left.lines[at]) for at in chosen]
        parts = [(at, min(part_of(base, self.percent), takeable(facts, left, at))) for at, base in bases]
        return _capped(facts, parts, sum([base for _, base in bases]), self.percent, self.amount_max, units)


@dataclass(frozen=True, slots=True)
class PercentOffOrder:
    """So many percent off the chosen lines together, rounded once and shared over them; `with_shipping` includes it."""

    kind: ClassVar[str] = "percent_off_order"
    stage: ClassVar[Stage] = Stage.ORDER
    percent: Percent
    amount_max: SomeMoney | None = None

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Rounds half up once."""
        if not chosen:
            return NO_PRODUCTS
        bases = [takeable(facts, left, at) for at in chosen]
        whole = sum([left.lines[at] for at in chosen])
        off = min(part_of(whole, self.percent), sum(bases))
        parts = list(zip(chosen, share_out(off, bases), strict=True))
        return _capped(facts, parts, whole, self.percent, self.amount_max, ())


def _capped(
    facts: Facts,
    parts: list[tuple[int, int]],
    base: int,
    percent: Decimal,
    amount_max: int | None,
    units: tuple[int, ...],
) -> Cut | Reason:
    off = sum([amount for _, amount in parts])
    steps = [Reason("percent_of", {"percent": percent, "base": base, "amount": off})]
    if amount_max is not None and off > amount_max:
        shares = share_out(amount_max, [amount for _, amount in parts])
        parts = [(at, share) for (at, _), share in zip(parts, shares, strict=True)]
        steps.append(Reason("at_most", {"amount": amount_max}))
    return cut_or_reason(Cut(on_lines(facts, parts), units=units, steps=tuple(steps)))
