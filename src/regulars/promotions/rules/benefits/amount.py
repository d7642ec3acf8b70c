"""A fixed amount off: once for the order, once for each line, or for each unit; and a fixed price."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from regulars.kernel.shares import half_up, share_out, share_within
from regulars.promotions.rules.benefits import (
    NO_PRODUCTS,
    Room,
    Stage,
    cut_or_reason,
    on_lines,
    takeable,
)
from regulars.promotions.rules.benefits.units import by_price, pick, spoken_for
from regulars.promotions.rules.facts import QUANTITY_UNIT, Facts, Left
from regulars.promotions.rules.meanings import Count, Money, OffByStep, SomeMoney, StepPairs
from regulars.promotions.rules.outcome import Cut, Reason


@dataclass(frozen=True, slots=True)
class AmountOffOrder:
    """An amount off the chosen lines together, shared over them by value, or by quantity; never more than they cost.

    With `with_shipping` the shipping takes its share too; without, what the lines cannot take is lost.
    """

    kind: ClassVar[str] = "amount_off_order"
    stage: ClassVar[Stage] = Stage.ORDER
    amount: SomeMoney
    with_shipping: bool = False
    by_quantity: bool = False

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Shares by largest remainder; what a floor of price stops goes to the other lines."""
        if not chosen and not self.with_shipping:
            return NO_PRODUCTS
        most = [takeable(facts, left, at) for at in chosen]
        weights = [facts.lines[at].quantity if self.by_quantity else left.lines[at] for at in chosen]
        if self.with_shipping:
            most.append(left.shipping)
            weights.append(0 if self.by_quantity else left.shipping)
        shares = share_within(self.amount, weights, most)
        shipping = shares[-1] if self.with_shipping else 0
        steps = (Reason("amount_off", {"amount": self.amount, "taken": sum(shares)}),)
        parts = zip(chosen, shares[: len(chosen)], strict=True)
        return cut_or_reason(Cut(on_lines(facts, parts), shipping=shipping, steps=steps))


@dataclass(frozen=True, slots=True)
class AmountOffLine:
    """An amount off each chosen line, once per line whatever its quantity."""

    kind: ClassVar[str] = "amount_off_line"
    stage: ClassVar[Stage] = Stage.LINES
    amount: SomeMoney

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Never more than the line costs."""
        if not chosen:
            return NO_PRODUCTS
        parts = [(at, min(self.amount, takeable(facts, left, at))) for at in chosen]
        steps = (Reason("amount_per_line", {"amount": self.amount, "lines": len(chosen)}),)
        return cut_or_reason(Cut(on_lines(facts, parts), steps=steps))


@dataclass(frozen=True, slots=True)
class AmountOffUnit:
    """An amount off each unit, the first one perhaps another; of so many units, and of so many of each line, at most."""

    kind: ClassVar[str] = "amount_off_unit"
    stage: ClassVar[Stage] = Stage.LINES
    amount: SomeMoney
    first: Money | None = None
    units_max: Count | None = None
    units_max_per_line: Count | None = None

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Parts of a unit take their part of the amount; no unit goes below zero."""
        if not chosen:
            return NO_PRODUCTS
        limits = [limit for limit in (self.units_max, room.units) if limit is not None]
        if not limits and self.first is None and self.units_max_per_line is None:
            parts = [(at, half_up(self.amount * facts.lines[at].quantity, QUANTITY_UNIT)) for at in chosen]
            units: tuple[int, ...] = ()
        else:
            most = [min(line.units, self.units_max_per_line or line.units) for line in facts.lines]
            wanted = min(limits) if limits else sum(most)
            picks = pick(most, by_price(facts, left, chosen) if limits else chosen, wanted)
            parts = [(one.at, self.amount * one.units) for one in picks]
            units = spoken_for(facts, picks)
            if parts and self.first is not None:
                at, amount = parts[0]
                parts[0] = (at, amount - self.amount + self.first)
        parts = [(at, min(amount, takeable(facts, left, at))) for at, amount in parts]
        steps = (Reason("amount_per_unit", {"amount": self.amount, "taken": sum(amount for _, amount in parts)}),)
        return cut_or_reason(Cut(on_lines(facts, parts), units=units, steps=steps))


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """Each unit of the chosen lines costs so much; what is cheaper already stays."""

    kind: ClassVar[str] = "fixed_price"
    stage: ClassVar[Stage] = Stage.LINES
    price: Money

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Never a surcharge."""
        if not chosen:
            return NO_PRODUCTS
        parts = []
        for at in chosen:
            wanted = half_up(self.price * facts.lines[at].quantity, QUANTITY_UNIT)
            parts.append((at, min(max(0, left.lines[at] - wanted), takeable(facts, left, at))))
        steps = (Reason("fixed_price", {"price": self.price}),)
        return cut_or_reason(Cut(on_lines(facts, parts), steps=steps), otherwise=Reason("cheaper_already"))


@dataclass(frozen=True, slots=True)
class Steps:
    """The more is bought, the more is off: the highest step reached counts, steps do not add up.

    `steps` are pairs of what the chosen lines cost at least and of what is off then: percent where `is_percent`
    (hundredths of a percent), else an amount. `base` is what is off below the first step.
    """

    kind: ClassVar[str] = "steps"
    stage: ClassVar[Stage] = Stage.ORDER
    steps: Annotated[tuple[tuple[int, int], ...], StepPairs()]
    base: Annotated[int, OffByStep()] = 0
    is_percent: bool = False

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Reaching a step exactly is enough; the amount before promotions counts."""
        if not chosen:
            return NO_PRODUCTS
        bought = sum(facts.lines[at].total for at in chosen)
        reached = max((step for step in self.steps if step[0] <= bought), default=(0, self.base))
        bases = [takeable(facts, left, at) for at in chosen]
        whole = sum(left.lines[at] for at in chosen)
        off = half_up(whole * reached[1], 10_000) if self.is_percent else reached[1]
        off = min(off, sum(bases))
        explained = (Reason("step_reached", {"bought": bought, "from": reached[0], "amount": off}),)
        parts = zip(chosen, share_out(off, bases), strict=True)
        first = min((step[0] for step in self.steps), default=0)
        return cut_or_reason(
            Cut(on_lines(facts, parts), steps=explained),
            otherwise=Reason("minimum_amount", {"minimum": first, "found": bought, "missing": first - bought}),
        )
