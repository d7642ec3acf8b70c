"""Orders written straight into their tables, and their events: for what only reads them afterwards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from regulars.kernel.ids import encode, new_id
from regulars.ledger.events import BALANCE_CHANGED
from regulars.orders.models import Order, OrderEffect
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce


def put_order(
    chain_id: UUID,
    *,
    at: datetime,
    sold: int,
    total: int | None = None,
    customer: UUID | None = None,
    card: UUID | None = None,
    kind: str = "order.paid",
    state: str = "paid",
    **more: Any,
) -> UUID:
    """An order of so much money, and the event that tells of it."""
    order_id = new_id()
    with unit_of_work(chain_id):
        Order.objects.create(
            id=order_id,
            chain_id=chain_id,
            state=state,
            currency="EUR",
            at=at,
            sold=sold,
            total_before=sold,
            total=sold if total is None else total,
            customer_id=customer,
            card_id=card,
            **more,
        )
        tell(chain_id, order_id, kind)
    return order_id


def change_order(chain_id: UUID, order_id: UUID, kind: str, **changes: Any) -> None:
    """Change an order's row and tell of it."""
    with unit_of_work(chain_id):
        Order.objects.filter(id=order_id).update(**changes)
        tell(chain_id, order_id, kind)


def pay_with(chain_id: UUID, order_id: UUID, *, card: UUID, balance_type: UUID, money: int) -> None:
    """Note that part of an order was paid from a balance."""
    with unit_of_work(chain_id):
        Order.objects.filter(id=order_id).update(paid_by_balances=money)
        OrderEffect.objects.create(
            chain_id=chain_id, order_id=order_id, position=0, kind="spend", card_id=card, balance_type_id=balance_type,
            amount=money, money=money,
        )  # fmt: skip
        tell(chain_id, order_id, "order.paid")


def tell(chain_id: UUID, order_id: UUID, kind: str) -> None:
    """Announce what happened to an order, inside the running unit of work."""
    announce(chain_id, kind, now=timezone.now(), payload={"order_id": encode("ord", order_id)})


def tell_of_import(chain_id: UUID, cards: list[UUID]) -> None:
    """Announce cards as an import does."""
    with unit_of_work(chain_id):
        announce(chain_id, BALANCE_CHANGED, now=timezone.now(), card_ids=cards, payload={"kind": "import"})
