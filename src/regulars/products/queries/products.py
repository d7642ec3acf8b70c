"""Reads of products; values, scoped to the chain of the running unit of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import search_form
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.products.models import Product
from regulars.products.rules.products import PATH_SIGN

CATEGORIES_MAX: Final = 500

_COLUMNS: Final = "id, sku, name, category, tags, kind, price, price_min, tax_percent, excluded, source, archived_at, updated_at, version"


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product; prices in the currency's smallest unit, None where it has none. `price_min` is the floor of discounts."""

    id: UUID
    sku: str
    name: str
    category: str
    tags: tuple[str, ...]
    kind: str
    price: int | None
    price_min: int | None
    tax_percent: Decimal | None
    excluded: bool
    source: str
    archived_at: datetime | None
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Which products; everything given must hold. A category means those below it as well."""

    search: str = ""
    sku: str = ""
    category: str = ""
    tag: str = ""
    kind: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Some products in order; `last` is where the next page goes on, None at the end."""

    products: tuple[ProductView, ...]
    last: tuple[str, UUID] | None


def find_by_skus(chain_id: UUID, skus: Iterable[str]) -> dict[str, ProductView]:
    """What the chain knows of these SKUs, in one statement; archived products too, for what was sold stays what it was."""
    wanted = list(set(skus))
    if not wanted:
        return {}
    found = rows(f"SELECT {_COLUMNS} FROM products WHERE chain_id = %s AND sku = ANY(%s)", [chain_id, wanted])
    return {values[1]: _view(values) for values in found}


def access_product(actor: Actor, identifier: str) -> ProductView:
    """The product with this id (`prd_…`) or SKU (`ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("promotions:read")
    found = find_product(actor.chain_id, identifier)
    if found is None:
        raise Refused(NotFound())
    return found


def find_product(chain_id: UUID, identifier: str | UUID) -> ProductView | None:
    """The product with this id or SKU, or None."""
    if isinstance(identifier, str) and identifier.startswith("ext:"):
        return find_by_skus(chain_id, [identifier.removeprefix("ext:")]).get(identifier.removeprefix("ext:"))
    product_id = identifier if isinstance(identifier, UUID) else decode("prd", identifier)
    found = rows(f"SELECT {_COLUMNS} FROM products WHERE chain_id = %s AND id = %s", [chain_id, product_id])
    return _view(found[0]) if found else None


def list_products(
    actor: Actor,
    wanted: ProductFilter,
    *,
    order: str = "name",
    after: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> ProductPage:
    """One page of the products, by name or newest first. Refuses: Forbidden."""
    actor.require("promotions:read")
    conditions, parameters = _conditions(actor.chain_id, wanted)
    if after is not None:
        conditions.append("(search_name, id) > (%(name)s, %(id)s)" if order == "name" else "id < %(id)s")
        parameters |= {"name": after[0], "id": after[1]}
    sorting = "search_name, id" if order == "name" else "id DESC"
    found = rows(
        f"SELECT {_COLUMNS}, search_name FROM products WHERE {' AND '.join(conditions)}"
        f" ORDER BY {sorting} LIMIT %(limit)s",
        parameters | {"limit": limit + 1},
    )
    shown = found[:limit]
    last = (shown[-1][-1], shown[-1][0]) if len(found) > limit and shown else None
    return ProductPage(tuple(_view(values[:-1]) for values in shown), last)


def count_products(chain_id: UUID) -> int:
    """How many products the chain has, archived ones left aside."""
    return Product.objects.filter(chain_id=chain_id, archived_at=None).count()


def list_categories(actor: Actor) -> list[str]:
    """The categories of the chain's products, in order."""
    actor.require("promotions:read")
    found = rows(
        "SELECT DISTINCT category FROM products WHERE chain_id = %s AND category <> '' AND archived_at IS NULL"
        " ORDER BY category LIMIT %s",
        [actor.chain_id, CATEGORIES_MAX],
    )
    return [values[0] for values in found]


def _conditions(chain_id: UUID, wanted: ProductFilter) -> tuple[list[str], dict[str, Any]]:
    conditions = ["chain_id = %(chain)s", f"archived_at IS {'NOT ' if wanted.archived else ''}NULL"]
    parameters: dict[str, Any] = {"chain": chain_id}
    if wanted.search.strip():
        conditions.append("(search_name LIKE %(part)s OR lower(sku) LIKE %(sku_part)s)")
        parameters |= {
            "part": f"%{_escaped(search_form(wanted.search))}%",
            "sku_part": f"%{_escaped(wanted.search.strip().lower())}%",
        }
    if wanted.sku:
        conditions.append("sku = %(sku)s")
        parameters["sku"] = wanted.sku
    if wanted.category:
        conditions.append("(category = %(category)s OR category LIKE %(below)s)")
        parameters |= {"category": wanted.category, "below": f"{_escaped(wanted.category)}{PATH_SIGN}%"}
    if wanted.tag:
        conditions.append("%(tag)s = ANY(tags)")
        parameters["tag"] = wanted.tag
    if wanted.kind:
        conditions.append("kind = %(kind)s")
        parameters["kind"] = wanted.kind
    return conditions, parameters


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _view(values: tuple[Any, ...]) -> ProductView:
    named = list(values)
    named[4] = tuple(named[4])
    return ProductView(*named)
