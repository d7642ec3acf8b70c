"""Recorded lines as the promotions read them."""

from collections.abc import Sequence
from typing import Any, Final

from regulars.promotions.rules.facts import Line

LINE_COLUMNS: Final = (
    "sku, price, quantity, name, category, tags, kind, till_discount, is_excluded, price_min, tax_percent"
)
LINE_WIDTH: Final = 11


def stored_line(values: Sequence[Any]) -> Line:
    """The line of a row that begins with LINE_COLUMNS."""
    sku, price, quantity, name, category, tags, kind, till_discount, is_excluded, price_min, tax_percent = values[
        :LINE_WIDTH
    ]
    return Line(
        sku=sku,
        price=price,
        quantity=quantity,
        name=name,
        category=category,
        tags=frozenset(tags),
        kind=kind,
        discount=till_discount,
        is_excluded=is_excluded,
        price_min=price_min,
        tax_percent=tax_percent,
    )
