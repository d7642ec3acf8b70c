"""How much is bought: money and units."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from regulars.promotions.rules.conditions import NOTHING
from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.meanings import Count, InCount, Money
from regulars.promotions.rules.outcome import Reason
from regulars.promotions.rules.products import EVERYTHING, Products, choose
from regulars.promotions.rules.taxes import with_tax, without_tax


@dataclass(frozen=True, slots=True)
class MinimumAmount:
    """The order, or the chosen lines, cost at least so much; before promotions unless `after_discounts`.

    `tax` is "as_priced", "included" or "excluded". Exactly the amount is enough unless `is_strict`.
    """

    kind: ClassVar[str] = "minimum_amount"
    needs: ClassVar[frozenset[Need]] = NOTHING
    amount: Money
    of_chosen: bool = False
    after_discounts: bool = False
    with_shipping: bool = False
    tax: Literal["as_priced", "included", "excluded"] = "as_priced"
    is_strict: bool = False

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met from the amount on."""
        found = self._found(facts, left, chosen)
        if found > self.amount or (found == self.amount and not self.is_strict):
            return None
        return Reason("minimum_amount", {"minimum": self.amount, "found": found, "missing": self.amount - found})

    def _found(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> int:
        amounts = left.lines if self.after_discounts else facts.untouched.lines
        if self.tax != "as_priced":
            taxed = with_tax if self.tax == "included" else without_tax
            amounts = tuple([taxed(line, amount, facts) for line, amount in zip(facts.lines, amounts, strict=True)])
        found = left.shipping if self.with_shipping else 0
        return found + sum([amounts[at] for at in chosen] if self.of_chosen else amounts)


@dataclass(frozen=True, slots=True)
class MinimumUnits:
    """The chosen lines hold at least so many whole units together."""

    kind: ClassVar[str] = "minimum_units"
    needs: ClassVar[frozenset[Need]] = NOTHING
    units: Count

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met from the number on."""
        found = sum(facts.lines[at].units for at in chosen)
        return None if found >= self.units else Reason("minimum_units", {"minimum": self.units, "found": found})


@dataclass(frozen=True, slots=True)
class AmountBetween:
    """Some products of the order cost so much together, before promotions; an open end is no end."""

    kind: ClassVar[str] = "amount_between"
    needs: ClassVar[frozenset[Need]] = NOTHING
    least: Money | None = None
    most: Money | None = None
    products: Products = EVERYTHING

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met at both ends."""
        found = sum(facts.lines[at].total for at in choose(self.products, facts, left))
        if self.least is not None and found < self.least:
            return Reason("minimum_amount", {"minimum": self.least, "found": found, "missing": self.least - found})
        if self.most is not None and found > self.most:
            return Reason("maximum_amount", {"maximum": self.most, "found": found})
        return None


@dataclass(frozen=True, slots=True)
class UnitsBetween:
    """The order holds so many whole units of some products; an open end is no end."""

    kind: ClassVar[str] = "units_between"
    needs: ClassVar[frozenset[Need]] = NOTHING
    least: Count | None = None
    most: Annotated[int, InCount(0)] | None = None
    products: Products = EVERYTHING

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met at both ends."""
        found = sum(facts.lines[at].units for at in choose(self.products, facts, left))
        if self.least is not None and found < self.least:
            return Reason("minimum_units", {"minimum": self.least, "found": found})
        if self.most is not None and found > self.most:
            return Reason("maximum_units", {"maximum": self.most, "found": found})
        return None
