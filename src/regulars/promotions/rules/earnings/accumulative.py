"""Rates that grow with what a customer bought before (ORD-4): an order is rated by the total before it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from regulars.kernel.shares import Ratio
from regulars.promotions.rules.benefits import NO_PRODUCTS
from regulars.promotions.rules.conditions.people import NOBODY
from regulars.promotions.rules.earnings import Gain, Paid
from regulars.promotions.rules.facts import Facts, History, HistoryScope
from regulars.promotions.rules.meanings import BalanceName, LocationName, Percent, Reached, Rounding, UnitValue
from regulars.promotions.rules.outcome import Reason

Over = Literal["sold", "paid", "visits"]


@dataclass(frozen=True, slots=True)
class RateStep:
    """From so much before on, so many percent."""

    reached: Annotated[int, Reached()]
    percent: Percent


@dataclass(frozen=True, slots=True)
class AccumulativeBack:
    """Percent of the money by the highest step that earlier orders reached: their list value (`sold`), what was paid
    for them, or how many there were. Reaching a step exactly is enough.

    Earlier orders count from the day `since` on, at `locations`; left out, all of them do.
    """

    kind: ClassVar[str] = "accumulative_back"
    balance_type: BalanceName
    over: Over
    steps: tuple[RateStep, ...]
    since: date | None = None
    locations: frozenset[LocationName] = frozenset()
    unit_value: UnitValue = Decimal(1)
    basis: Literal["after_discounts", "before_discounts", "excluding_tax"] = "after_discounts"
    rounding: Rounding = "down"

    @property
    def scope(self) -> HistoryScope:
        """The earlier orders that count."""
        return HistoryScope(self.since, self.locations)

    def earn(self, facts: Facts, paid: Paid, chosen: tuple[int, ...], carried: int) -> Gain | Reason:
        """Below the first step nothing is earned, and what is missing is told."""
        if facts.customer is None:
            return NOBODY
        money = paid.on(self.basis, chosen)
        if not money:
            return NO_PRODUCTS
        found: int = getattr(facts.customer.histories.get(self.scope, History()), self.over)
        by = "visits" if self.over == "visits" else "money"
        step = max((one for one in self.steps if one.reached <= found), key=lambda one: one.reached, default=None)
        if step is None:
            first = min((one.reached for one in self.steps), default=0)
            values = {"first": first, "found": found, "missing": first - found}
            return Reason("rate_by_visits_below", values) if by == "visits" else Reason("rate_by_money_below", values)
        over, under = step.percent.as_integer_ratio()
        worth_over, worth_under = self.unit_value.as_integer_ratio()
        units = Ratio(money * over * worth_under, 100 * under * worth_over)
        told = {"percent": step.percent, "base": money, "found": found}
        return Gain(units, (Reason("rate_by_visits", told) if by == "visits" else Reason("rate_by_money", told),))
