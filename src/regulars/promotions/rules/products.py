"""Which lines of an order a promotion is about."""

from dataclasses import dataclass
from typing import Literal

from regulars.promotions.rules.facts import Facts, Left, Line
from regulars.promotions.rules.meanings import Money


@dataclass(frozen=True, slots=True)
class Products:
    """A choice of lines: every list that is not empty must name the line; what nothing is said about fits.

    Lines that the till marked as excluded never fit.
    """

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    kind: Literal["", "goods", "service"] = ""
    without_skus: frozenset[str] = frozenset()
    without_categories: frozenset[str] = frozenset()
    without_tags: frozenset[str] = frozenset()
    price_min: Money | None = None
    price_max: Money | None = None
    not_discounted: bool = False
    """Leave out what is reduced already, by the till or by an earlier promotion."""

    def fits(self, line: Line, left: int) -> bool:
        """Whether the line is meant, unless the till excluded it; `left` is what earlier promotions left of it."""
        # One expression and no calls: every promotion asks it of every line.
        return not (
            (self.skus and line.sku not in self.skus)
            or (self.categories and line.category not in self.categories)
            or (self.tags and not self.tags & line.tags)
            or (self.kind and line.kind != self.kind)
            or line.sku in self.without_skus
            or line.category in self.without_categories
            or (self.without_tags and self.without_tags & line.tags)
            or (self.price_min is not None and line.price < self.price_min)
            or (self.price_max is not None and line.price > self.price_max)
            or (self.not_discounted and left < line.list_value)
        )


EVERYTHING = Products()


def choose(products: Products, facts: Facts, left: Left) -> tuple[int, ...]:
    """The positions of the lines that are meant, in the order of the lines."""
    if products is EVERYTHING:
        return facts.included
    lines, amounts, fits = facts.lines, left.lines, products.fits
    return tuple([at for at in facts.included if fits(lines[at], amounts[at])])
