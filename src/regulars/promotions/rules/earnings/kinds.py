"""The ways to earn: a share of the money, so many for each so much, for the order, for each unit."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar, Literal

from regulars.kernel.shares import Ratio
from regulars.promotions.rules.benefits import NO_PRODUCTS
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.groups import needs_of
from regulars.promotions.rules.earnings import Gain, Paid
from regulars.promotions.rules.facts import QUANTITY_UNIT, Facts, Left, Need
from regulars.promotions.rules.meanings import BalanceName, Percent, Rounding, SomeMoney, SomeUnits, UnitValue
from regulars.promotions.rules.outcome import Reason


@dataclass(frozen=True, slots=True)
class RateWhen:
    """Another percentage, for orders that meet all of these conditions."""

    percent: Percent
    conditions: tuple[Condition, ...]

    def check(self, facts: Facts, paid: Paid, chosen: tuple[int, ...]) -> Reason | None:
        """None where it counts, else what stands against it; what is left is what is paid."""
        left = Left(paid.after_discounts, facts.shipping, facts.untouched.units)
        return next((reason for one in self.conditions if (reason := one.check(facts, left, chosen))), None)


@dataclass(frozen=True, slots=True)
class PercentBack:
    """So many percent of the money, in units that are worth `unit_value` of the currency's smallest unit each.

    The first of `instead` whose conditions are met takes the place of `percent`: one promotion, so that its limits hold
    for all of its percentages together.
    """

    kind: ClassVar[str] = "percent_back"
    balance_type: BalanceName
    percent: Percent
    unit_value: UnitValue = Decimal(1)
    basis: Literal["after_discounts", "before_discounts", "excluding_tax"] = "after_discounts"
    rounding: Rounding = "down"
    instead: tuple[RateWhen, ...] = ()

    @property
    def needs(self) -> frozenset[Need]:
        """What the conditions of its other percentages need."""
        return frozenset().union(*(needs_of(rate.conditions) for rate in self.instead))

    def earn(self, facts: Facts, paid: Paid, chosen: tuple[int, ...], carried: int) -> Gain | Reason:
        """Nothing of nothing."""
        money = paid.on(self.basis, chosen)
        if not money:
            return NO_PRODUCTS
        percent, steps = self._rate(facts, paid, chosen)
        over, under = _units_for(percent, self.unit_value)
        return Gain(Ratio(money * over, under), (Reason("percent_back", {"percent": percent, "base": money}), *steps))

    def _rate(self, facts: Facts, paid: Paid, chosen: tuple[int, ...]) -> tuple[Decimal, tuple[Reason, ...]]:
        """The percentage that counts, and why those before it do not."""
        passed: list[Reason] = []
        for rate in self.instead:
            reason = rate.check(facts, paid, chosen)
            if reason is None:
                return rate.percent, tuple(passed)
            passed.append(Reason("other_rate", {"percent": rate.percent, "reasons": (reason,)}))
        return self.percent, tuple(passed)


@lru_cache(maxsize=256)
def _units_for(percent: Decimal, unit_value: Decimal) -> tuple[int, int]:
    """Units for each smallest unit of money, as an exact quotient; the few rates that run are reckoned once."""
    over, under = percent.as_integer_ratio()
    worth_over, worth_under = unit_value.as_integer_ratio()
    return over * worth_under, 100 * under * worth_over


@dataclass(frozen=True, slots=True)
class PerMoney:
    """`units` for each `per` of money; whole blocks only, unless `in_parts`. `carries` keeps the rest for next time."""

    kind: ClassVar[str] = "per_money"
    balance_type: BalanceName
    units: SomeUnits
    per: SomeMoney
    basis: Literal["after_discounts", "before_discounts", "excluding_tax"] = "after_discounts"
    rounding: Rounding = "down"
    in_parts: bool = False
    carries: bool = False

    def earn(self, facts: Facts, paid: Paid, chosen: tuple[int, ...], carried: int) -> Gain | Reason:
        """What is missing to the first block is told."""
        money = paid.on(self.basis, chosen)
        if not money:
            return NO_PRODUCTS
        before = carried if self.carries else 0
        if self.in_parts:
            return Gain(Ratio(money * self.units, self.per), (self._step(money, before),))
        blocks, rest = divmod(money + before, self.per)
        if not blocks and not self.carries:
            return Reason("below_block", {"per": self.per, "found": money, "missing": self.per - money})
        return Gain(Ratio(blocks * self.units), (self._step(money, before),), rest if self.carries else 0)

    def _step(self, money: int, before: int) -> Reason:
        return Reason(
            "per_money",
            {"units": self.units, "of": self.balance_type, "per": self.per, "base": money, "carried": before},
        )


@dataclass(frozen=True, slots=True)
class PerOrder:
    """So many units for the order, whatever it costs."""

    kind: ClassVar[str] = "per_order"
    balance_type: BalanceName
    units: SomeUnits
    rounding: Rounding = "down"

    def earn(self, facts: Facts, paid: Paid, chosen: tuple[int, ...], carried: int) -> Gain | Reason:
        """Needs a line that the promotion is about."""
        if not chosen:
            return NO_PRODUCTS
        return Gain(Ratio(self.units), (Reason("per_order", {"units": self.units, "of": self.balance_type}),))


@dataclass(frozen=True, slots=True)
class PerUnit:
    """So many units of the balance type for each unit bought; a part of a unit earns its part.

    With `only_paid` units that promotions made free earn nothing: the tenth coffee brings no stamp.
    """

    kind: ClassVar[str] = "per_unit"
    balance_type: BalanceName
    units: SomeUnits
    rounding: Rounding = "down"
    only_paid: bool = False

    def earn(self, facts: Facts, paid: Paid, chosen: tuple[int, ...], carried: int) -> Gain | Reason:
        """Needs a line that the promotion is about."""
        if not chosen:
            return NO_PRODUCTS
        bought = sum([self._counted(facts, paid, at) for at in chosen])
        if not bought:
            return NO_PRODUCTS
        return Gain(
            Ratio(bought * self.units, QUANTITY_UNIT),
            (Reason("per_unit", {"units": self.units, "of": self.balance_type, "bought": bought}),),
        )

    def _counted(self, facts: Facts, paid: Paid, at: int) -> int:
        line = facts.lines[at]
        if not self.only_paid or not line.price:
            return line.quantity
        # Who pays a part of a unit pays it: only whole units that cost nothing are left out.
        return min(line.quantity, -(-paid.after_discounts[at] // line.price) * QUANTITY_UNIT)
