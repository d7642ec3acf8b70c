"""What is in the order beside the lines that a promotion is about, and how it reaches the customer."""

from dataclasses import dataclass, field
from typing import ClassVar

from regulars.promotions.rules.conditions import NOTHING
from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.meanings import Count
from regulars.promotions.rules.outcome import Reason
from regulars.promotions.rules.products import EVERYTHING, Products, choose


@dataclass(frozen=True, slots=True)
class Contains:
    """The order holds so many whole units of some products."""

    kind: ClassVar[str] = "contains"
    needs: ClassVar[frozenset[Need]] = NOTHING
    products: Products = field(default=EVERYTHING)
    units: Count = 1

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met from the number on."""
        found = sum(facts.lines[at].units for at in choose(self.products, facts, left))
        if found >= self.units:
            return None
        named = sorted(self.products.skus | self.products.categories | self.products.tags)
        if not named:
            return Reason("contains", {"minimum": self.units, "found": found})
        return Reason("contains_fewer", {"minimum": self.units, "found": found, "products": named})


@dataclass(frozen=True, slots=True)
class ShippedBy:
    """The order is sent by one of these ways."""

    kind: ClassVar[str] = "shipped_by"
    needs: ClassVar[frozenset[Need]] = NOTHING
    methods: frozenset[str]

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by any of them."""
        if facts.shipping_method in self.methods:
            return None
        return Reason("shipped_by", {"methods": sorted(self.methods), "found": facts.shipping_method})
