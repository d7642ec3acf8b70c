"""What the products of a chain fill in where a line of an order leaves it out (ORD-12)."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from regulars.orders.rules.command import LineDraft, ProductDefaults
from regulars.orders.rules.terms import Terms
from regulars.platform.hot import HotCursor

PRODUCTS: Final = """
SELECT sku, name, category, tags, kind, price, price_min, tax_percent, excluded FROM products
WHERE chain_id = %(chain)s AND sku = ANY(%(skus)s::text[])
"""


def products_of(
    cursor: HotCursor, chain_id: UUID, terms: Terms, lines: Iterable[LineDraft]
) -> dict[str, ProductDefaults]:
    """The products of lines that name one; no query in a chain that keeps none.

    A till that names price and category itself need not know that a product is excluded, or the floor of its price.
    Archived products count too: what was sold stays what it was.
    """
    skus = sorted({line.sku for line in lines if line.sku}) if terms.has_products else []
    if not skus:
        return {}
    return {
        sku: ProductDefaults(
            name=name,
            category=category,
            tags=frozenset(tags),
            kind=kind,
            price=price,
            price_min=price_min or 0,
            tax_percent=tax_percent,
            is_excluded=excluded,
        )
        for sku, name, category, tags, kind, price, price_min, tax_percent, excluded in cursor.rows(
            PRODUCTS, {"chain": chain_id, "skus": skus}
        )
    }
