"""What orders bring to the time line of a customer and of a card (CUS-8, CRD-5)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.customers.queries.timeline import TimelineItem
from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.database import rows

# Whoever works at some places only sees their orders, and those of no place.
SEEN: Final = "(%(places)s::uuid[] IS NULL OR o.location_id IS NULL OR o.location_id = ANY(%(places)s::uuid[]))"
# The newest id of all: where a time line begins.
NEWEST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"
ORDERS: Final = f"""
SELECT o.id, CASE WHEN o.import_id IS NULL THEN o.recorded_at ELSE o.at END, o.at, o.state, o.external_id, o.currency, o.total, coalesce(l.name, ''),
    coalesce(nullif(g.name, ''), g.email, '')
FROM orders o
LEFT JOIN locations l ON l.id = o.location_id
LEFT JOIN staff w ON w.id = o.staff_id
LEFT JOIN logins g ON g.id = w.login_id
WHERE o.chain_id = %(chain)s AND o.customer_id = %(customer)s AND o.id < coalesce(%(before)s::uuid, '{NEWEST}')
    AND {SEEN}
ORDER BY o.id DESC LIMIT %(limit)s
"""
REFUNDS: Final = f"""
SELECT r.id, r.at, r.kind, r.money_back, o.id, o.external_id, o.currency, coalesce(l.name, ''),
    coalesce(nullif(g.name, ''), g.email, '')
FROM orders o
JOIN refunds r ON r.order_id = o.id AND r.chain_id = o.chain_id
LEFT JOIN locations l ON l.id = r.location_id
LEFT JOIN staff w ON w.id = r.staff_id
LEFT JOIN logins g ON g.id = w.login_id
WHERE o.chain_id = %(chain)s AND o.customer_id = %(customer)s AND o.refunded > 0
    AND r.id < coalesce(%(before)s::uuid, '{NEWEST}') AND {SEEN}
ORDER BY r.id DESC LIMIT %(limit)s
"""
OF_CARD: Final = f"""
SELECT o.id, o.recorded_at, o.state, coalesce(o.external_id, ''), o.currency, o.total, coalesce(l.name, ''),
    coalesce(nullif(g.name, ''), g.email, ''),
    EXISTS (SELECT FROM order_effects e WHERE e.order_id = o.id AND e.card_id = o.card_id
        AND e.transaction_id IS NOT NULL)
FROM orders o
LEFT JOIN locations l ON l.id = o.location_id
LEFT JOIN staff w ON w.id = o.staff_id
LEFT JOIN logins g ON g.id = w.login_id
WHERE o.chain_id = %(chain)s AND o.card_id = %(card)s AND o.id < coalesce(%(before)s::uuid, '{NEWEST}') AND {SEEN}
ORDER BY o.id DESC LIMIT %(limit)s
"""
NUMBERS: Final = f"""
SELECT o.id, coalesce(o.external_id, '') FROM orders o
WHERE o.chain_id = %(chain)s AND o.id = ANY(%(orders)s::uuid[]) AND {SEEN}
"""


@dataclass(frozen=True, slots=True)
class OrderOfCard:
    """An order that named a card. `changed_balances` says whether its entries tell of it."""

    id: UUID
    at: datetime
    state: str
    external_id: str
    currency: str
    total: int
    place_name: str
    staff_name: str
    changed_balances: bool


def list_orders_of_card(actor: Actor, card_id: UUID, before: UUID | None, limit: int) -> list[OrderOfCard]:
    """The orders that named a card, newest first, in one query; none for whoever may not see them."""
    if not actor.may("orders:read"):
        return []
    found = rows(
        OF_CARD,
        {
            "chain": actor.chain_id,
            "card": card_id,
            "before": before,
            "limit": limit,
            "places": _places(actor),
        },
    )
    return [OrderOfCard(*values) for values in found]


def numbers_of_orders(actor: Actor, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of those orders that the actor may see, "" where one has none; no query for no orders."""
    if not order_ids or not actor.may("orders:read"):
        return {}
    wanted = {"chain": actor.chain_id, "orders": sorted(order_ids), "places": _places(actor)}
    return {values[0]: values[1] for values in rows(NUMBERS, wanted)}


def _places(actor: Actor) -> list[UUID] | None:
    return None if actor.location_ids is None else sorted(actor.location_ids)


def list_order_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """The customer's orders and visits, in one query; none for whoever may not see orders."""
    if not actor.may("orders:read"):
        return []
    return [
        TimelineItem(
            id=order_id,
            at=recorded_at,
            kind="order.visit" if state == "open" else "order",
            staff_name=staff_name,
            place_name=place_name,
            facts=_facts(order_id, external_id, currency, total),
        )
        for order_id, recorded_at, _at, state, external_id, currency, total, place_name, staff_name in rows(
            ORDERS, _parameters(actor, customer_id, before, limit)
        )
    ]


def list_refund_items(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> list[TimelineItem]:
    """What came back of the customer's orders, in one query."""
    if not actor.may("orders:read"):
        return []
    return [
        TimelineItem(
            id=refund_id,
            at=at,
            kind=f"order.{kind}",
            staff_name=staff_name,
            place_name=place_name,
            facts=_facts(order_id, external_id, currency, money),
        )
        for refund_id, at, kind, money, order_id, external_id, currency, place_name, staff_name in rows(
            REFUNDS, _parameters(actor, customer_id, before, limit)
        )
    ]


def _facts(order_id: UUID, external_id: str | None, currency: str, money: int) -> dict[str, Any]:
    return {"order": encode("ord", order_id), "label": external_id or "", "currency": currency, "money": money}


def _parameters(actor: Actor, customer_id: UUID, before: UUID | None, limit: int) -> dict[str, Any]:
    return {
        "chain": actor.chain_id,
        "customer": customer_id,
        "before": before,
        "limit": limit,
        "places": _places(actor),
    }
