"""Writes of many products at once: what is new is made, what is known is changed, the rest stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import Change, record_many
from regulars.platform.database import execute, unit_of_work
from regulars.platform.wire import to_json
from regulars.products.actions.products import apply_fields, lock_products, product_facts, required_name
from regulars.products.models import Product
from regulars.products.rules.products import Fields, read_product

IMPORTED_MAX: Final = 10_000
_COLUMNS: Final = {
    "sku": "text",
    "name": "text",
    "search_name": "text",
    "category": "text",
    "tags": "text[]",
    "kind": "text",
    "price": "bigint",
    "price_min": "bigint",
    "tax_percent": "numeric",
    "excluded": "boolean",
    "source": "text",
    "feed_id": "uuid",
    "archived_at": "timestamptz",
    "version": "integer",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}
_GIVEN: Final = (
    "jsonb_to_recordset(%(rows)s::jsonb) AS n (id uuid, "
    + ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    + ")"
)
_INSERT: Final = (
    f"INSERT INTO products (id, chain_id, {', '.join(_COLUMNS)})"
    f" SELECT id, %(chain)s, {', '.join(_COLUMNS)} FROM {_GIVEN}"
)
_UPDATE: Final = (
    f"UPDATE products SET {', '.join(f'{name} = n.{name}' for name in _COLUMNS)} FROM {_GIVEN}"
    " WHERE products.chain_id = %(chain)s AND products.id = n.id"
)


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A product as one row of a file or list gives it: where that stands, its checked fields, what is wrong with them."""

    at: int
    fields: Fields
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: `status` is created, changed, unchanged or error."""

    at: int
    status: str
    sku: str
    product_id: UUID | None = None
    problems: tuple[FieldProblem, ...] = ()


def import_products(
    actor: Actor, items: Sequence[tuple[int, Mapping[str, Any]]], *, source: str, decimals: int, now: datetime
) -> list[RowResult]:
    """Make or change a product for each item by its SKU, and say what became of each; a wrong one hinders no other.

    Items come with the place they stand at (a line, an index). Archived products that are named come back; by a feed
    only those that a feed put away.
    Refuses: Forbidden, Invalid (more than 10,000).
    """
    actor.require("promotions:write")
    if len(items) > IMPORTED_MAX:
        problem = FieldProblem("/items", "too_many", f"At most {IMPORTED_MAX} products at once.")
        raise Refused(Invalid(errors=(problem,)))
    read = read_rows(items, decimals=decimals)
    with unit_of_work(actor.chain_id):
        return write_rows(actor, read, source=source, now=now)


def read_rows(items: Sequence[tuple[int, Mapping[str, Any]]], *, decimals: int) -> list[ReadRow]:
    """Check items; the second of two with one SKU is refused."""
    seen: set[str] = set()
    made = []
    for at, given in items:
        fields, problems = read_product({"sku": "", **given}, decimals=decimals)
        sku = fields.get("sku")
        if sku in seen:
            problems.append(FieldProblem("/sku", "duplicate", "This SKU stands further up already."))
        elif sku:
            seen.add(sku)
        made.append(ReadRow(at, fields, tuple(problems)))
    return made


def write_rows(
    actor: Actor, read: Sequence[ReadRow], *, source: str, now: datetime, feed_id: UUID | None = None
) -> list[RowResult]:
    """Write checked rows inside the running unit of work, set by set; each SKU stands in one good row at most.

    What a feed writes is told by its run, anything else by an audit entry for each product.
    """
    lock_products(actor.chain_id)
    skus = [row.fields["sku"] for row in read if not row.problems]
    known = {one.sku: one for one in Product.objects.filter(chain_id=actor.chain_id, sku__in=skus)}
    new: list[Product] = []
    changed: list[Product] = []
    changes: list[Change] = []
    results = []
    for row in read:
        sku = row.fields.get("sku", "")
        product = known.get(sku)
        problems = row.problems
        if not problems and product is None and not row.fields.get("name"):
            problems = (required_name(""),)
        if problems:
            results.append(RowResult(row.at, "error", sku, problems=problems))
            continue
        before = None
        if product is None:
            product = Product(chain_id=actor.chain_id, created_at=now, updated_at=now, source=source, feed_id=feed_id)
            apply_fields(product, row.fields)
            new.append(product)
            status = "created"
        else:
            status, before = _change(product, row.fields, source=source, feed_id=feed_id, now=now, changed=changed)
        if status != "unchanged":
            changes.append(Change(object_id=product.id, before=before, after=product_facts(product)))
        results.append(RowResult(row.at, status, sku, product.id))
    _put(_INSERT, actor.chain_id, new)
    _put(_UPDATE, actor.chain_id, changed)
    if feed_id is None:
        record_many(actor, verb="product.imported", object_kind="product", changes=changes, now=now)
    return results


def _put(statement: str, chain_id: UUID, products: Sequence[Product]) -> None:
    # One parameter however many there are: several times as fast as one for each value.
    if products:
        given = [{name: getattr(product, name) for name in ("id", *_COLUMNS)} for product in products]
        execute(statement, {"rows": to_json(given), "chain": chain_id})


def _change(
    product: Product, fields: Fields, *, source: str, feed_id: UUID | None, now: datetime, changed: list[Product]
) -> tuple[str, dict[str, Any] | None]:
    before = product_facts(product)
    apply_fields(product, fields)
    was_put_away = feed_id is not None and product.archived_at is not None and product.feed_id is None
    if not was_put_away:
        product.archived_at = None
    is_same = product_facts(product) == before
    is_moved = feed_id is not None and product.feed_id != feed_id and not was_put_away
    if is_moved:
        product.feed_id = feed_id
    if not is_same:
        product.source = source
        product.version += 1
        product.updated_at = now
    if is_moved or not is_same:
        changed.append(product)
    return ("unchanged", None) if is_same else ("changed", before)
