"""Writes of products, one by one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.kernel.ids import encode
from regulars.kernel.refusal import ChangedMeanwhile, FieldProblem, Invalid, Refused
from regulars.kernel.text import search_form
from regulars.platform.actor import Actor
from regulars.platform.audit import changed_only, record
from regulars.platform.database import rows, unit_of_work
from regulars.products.errors import SkuTaken
from regulars.products.models import Product
from regulars.products.queries import ProductView, access_product, find_by_skus, find_product
from regulars.products.rules.products import Fields, read_product


def create_product(actor: Actor, given: Mapping[str, Any], *, source: str, decimals: int, now: datetime) -> ProductView:
    """Make a product of the fields that were given. Refuses: Forbidden, Invalid, SkuTaken."""
    actor.require("promotions:write")
    fields, problems = read_product({"sku": "", "name": "", **given}, decimals=decimals)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        lock_products(actor.chain_id)
        _refuse_taken(actor.chain_id, fields["sku"])
        made = Product(chain_id=actor.chain_id, source=source, created_at=now, updated_at=now)
        apply_fields(made, fields)
        made.save(force_insert=True)
        record(
            actor,
            verb="product.created",
            object_kind="product",
            object_id=made.id,
            now=now,
            after=product_facts(made),
        )
        return _view(actor.chain_id, made.id)


def change_product(
    actor: Actor,
    identifier: str,
    given: Mapping[str, Any],
    *,
    decimals: int,
    now: datetime,
    version: int | None = None,
) -> ProductView:
    """Change the fields of a product that were given; `archived` true or false puts it away or takes it back.

    Refuses: Forbidden, NotFound, Invalid, SkuTaken, ChangedMeanwhile (where `version` is given and old).
    """
    actor.require("promotions:write")
    wanted = dict(given)
    archived = wanted.pop("archived", None)
    fields, problems = read_product(wanted, decimals=decimals)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    with unit_of_work(actor.chain_id):
        lock_products(actor.chain_id)
        found = Product.objects.select_for_update(no_key=True).get(id=access_product(actor, identifier).id)
        if version is not None and version != found.version:
            raise Refused(ChangedMeanwhile())
        if fields.get("sku", found.sku) != found.sku:
            _refuse_taken(actor.chain_id, fields["sku"])
        before = product_facts(found)
        apply_fields(found, fields)
        if archived is not None:
            found.archived_at = (found.archived_at or now) if archived else None
            # What somebody put away stays away: only products that a feed put away come back by one.
            found.feed = None if archived else found.feed
        before, after = changed_only(before, product_facts(found))
        if after:
            found.version += 1
            found.updated_at = now
            found.save()
            record(
                actor,
                verb="product.changed",
                object_kind="product",
                object_id=found.id,
                now=now,
                before=before,
                after=after,
            )
        return _view(actor.chain_id, found.id)


def archive_product(actor: Actor, identifier: str, *, now: datetime) -> ProductView:
    """Put a product away: lists leave it out, orders still know it. Refuses: Forbidden, NotFound."""
    return change_product(actor, identifier, {"archived": True}, decimals=0, now=now)


def restore_product(actor: Actor, identifier: str, *, now: datetime) -> ProductView:
    """Take a product back that was put away. Refuses: Forbidden, NotFound."""
    return change_product(actor, identifier, {"archived": False}, decimals=0, now=now)


def lock_products(chain_id: UUID) -> None:
    """Let writers of a chain's products take turns until the transaction ends, so that no SKU is made twice."""
    rows("SELECT pg_advisory_xact_lock(hashtextextended('products:' || %s, 0))", [str(chain_id)])


def apply_fields(product: Product, fields: Fields) -> None:
    """Write checked fields into a row."""
    for name, value in fields.items():
        setattr(product, name, value)
    if "name" in fields:
        product.search_name = search_form(product.name)


def product_facts(product: Product) -> dict[str, Any]:
    """What the audit journal keeps of a product."""
    return {
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "tags": list(product.tags),
        "kind": product.kind,
        "price": product.price,
        "price_min": product.price_min,
        "tax_percent": None if product.tax_percent is None else format(product.tax_percent.normalize(), "f"),
        "excluded": product.excluded,
        "archived": product.archived_at is not None,
    }


def required_name(pointer: str) -> FieldProblem:
    """What a new product without a name is told."""
    return FieldProblem(f"{pointer}/name", "required", "Give a name.")


def _refuse_taken(chain_id: UUID, sku: str) -> None:
    taken = find_by_skus(chain_id, [sku]).get(sku)
    if taken is not None:
        raise Refused(SkuTaken(sku=sku, product=encode("prd", taken.id)))


def _view(chain_id: UUID, product_id: UUID) -> ProductView:
    found = find_product(chain_id, product_id)
    assert found is not None
    return found
