"""Taking back products that were made up (UX 8)."""

from collections.abc import Sequence
from datetime import datetime

from regulars.platform.actor import Actor
from regulars.platform.audit import Change, record_many
from regulars.products.actions.products import lock_products, product_facts
from regulars.products.models import Product


def unmake_products(actor: Actor, skus: Sequence[str], *, tag: str, now: datetime) -> None:
    """Delete the products of these SKUs that still bear the tag they came with, in the running unit of work.

    What orders say of them stays: a line keeps what it was priced by.
    """
    lock_products(actor.chain_id)
    found = list(Product.objects.filter(chain_id=actor.chain_id, sku__in=list(skus), tags__contains=[tag]))
    changes = [Change(object_id=one.id, before=product_facts(one)) for one in found]
    Product.objects.filter(chain_id=actor.chain_id, id__in=[one.id for one in found]).delete()
    record_many(actor, verb="product.undone", object_kind="product", changes=changes, now=now)
