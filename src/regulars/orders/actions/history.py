"""Keeping orders of the past, a chunk at a time, and forgetting them again (IMP-9): no balance, no promotion, no message."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import encode
from regulars.orders.events import HISTORY_CHANGED
from regulars.orders.rules.history import HistoryOrder
from regulars.platform.database import row, rows
from regulars.platform.events import announce

# Who comes first keeps the order; in the order of the keys, so that two imports do not wait for each other in a ring.
KEYS: Final = """
INSERT INTO order_keys (chain_id, external_id, order_id, content_hash)
SELECT %(chain)s, k.key, k.id, ''::bytea FROM unnest(%(keys)s::text[], %(ids)s::uuid[]) AS k (key, id) ORDER BY k.key
ON CONFLICT DO NOTHING RETURNING order_id
"""
ORDERS: Final = """
INSERT INTO orders (id, chain_id, external_id, state, card_id, customer_id, phone, location_id, channel, staff_id,
    import_id, currency, at, recorded_at, paid_at, completed_at, cancelled_at, sold, total_before, discount_total, total,
    shipping, tips, tax, paid_by_balances, refunded, facts, verdicts, version, contact_point, codes, shipping_discount,
    shipping_method)
SELECT o.id, %(chain)s, o.external_id, o.state, o.card, o.customer, o.phone, o.location, o.channel, o.staff, %(import)s,
    %(currency)s, o.at, %(now)s, CASE WHEN o.state <> 'cancelled' THEN o.at END,
    CASE WHEN o.state NOT IN ('cancelled', 'paid') THEN o.at END, CASE WHEN o.state = 'cancelled' THEN o.at END,
    o.sold, o.total, 0, o.total, o.shipping, o.tips, 0, 0, o.refunded, o.facts, '[]', 1, '', '{}', 0, ''
FROM json_to_recordset(%(orders)s::json) AS o (id uuid, external_id text, state text, card uuid, customer uuid, phone text,
    location uuid, channel text, staff uuid, at timestamptz, sold bigint, total bigint, shipping bigint, tips bigint,
    refunded bigint, facts jsonb)
"""
LINES: Final = """
INSERT INTO order_lines (order_id, position, chain_id, sku, name, category, tags, kind, quantity, price, price_min,
    till_discount, is_excluded, discount, tax, total, refunded_quantity, refunded)
SELECT l.id, l.position, %(chain)s, l.sku, l.name, l.category, '{}', 'goods', l.quantity, l.price, 0, l.discount,
    l.excluded, 0, 0, l.total, l.back, l.money
FROM json_to_recordset(%(lines)s::json) AS l (id uuid, position smallint, sku text, name text, category text,
    quantity bigint, price bigint, discount bigint, excluded boolean, total bigint, back bigint, money bigint)
"""
FORGET: Final = "SELECT orders, customers, cards FROM door_forget_history(%(import)s, %(limit)s)"
LEFT: Final = """
SELECT count(*) FILTER (WHERE o.version = 1 AND NOT EXISTS (SELECT FROM refunds r WHERE r.order_id = o.id)), count(*)
FROM orders o WHERE o.chain_id = %(chain)s AND o.import_id = %(import)s
"""


def take_keys(chain_id: UUID, orders: Sequence[HistoryOrder]) -> list[HistoryOrder]:
    """Take the keys of these orders; those that somebody else has kept already are not among the answer."""
    asked = {"chain": chain_id, "keys": [one.key for one in orders], "ids": [one.id for one in orders]}
    taken = {values[0] for values in rows(KEYS, asked)}
    return [one for one in orders if one.id in taken]


def keep_history(
    chain_id: UUID, orders: Sequence[HistoryOrder], *, import_id: UUID, currency: str, now: datetime
) -> None:
    """Write orders whose keys are taken, in the running unit of work; statistics and tiers follow by one event."""
    if not orders:
        return
    asked: dict[str, Any] = {
        "chain": chain_id,
        "import": import_id,
        "currency": currency,
        "now": now,
        "orders": json.dumps([_order(one) for one in orders]),
        "lines": json.dumps([line for one in orders for line in _lines(one)]),
    }
    rows(ORDERS, asked)
    rows(LINES, asked)
    customers = {one.customer_id for one in orders if one.customer_id}
    cards = {one.card_id for one in orders if one.card_id and not one.customer_id}
    _tell(chain_id, import_id, sorted(customers), sorted(cards), now=now)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many orders of a history are gone."""

    orders: int


def forget_history(chain_id: UUID, import_id: UUID, *, limit: int, now: datetime) -> Forgotten:
    """Forget the next orders that an import brought and nobody used since, in the running unit of work.

    What was given back of an order since then stays, and so does the order. Their external ids are free again.
    """
    found = row(FORGET, {"import": import_id, "limit": limit})
    assert found is not None
    orders, customers, cards = found
    if orders:
        _tell(chain_id, import_id, customers, cards, now=now)
    return Forgotten(orders=orders)


def count_history(chain_id: UUID, import_id: UUID) -> tuple[int, int]:
    """How many orders of an import can be forgotten, and how many stay because they were used."""
    found = row(LEFT, {"chain": chain_id, "import": import_id})
    assert found is not None
    return int(found[0]), int(found[1]) - int(found[0])


def _tell(chain_id: UUID, import_id: UUID, customers: Sequence[UUID], cards: Sequence[UUID], *, now: datetime) -> None:
    announce(
        chain_id,
        HISTORY_CHANGED,
        now=now,
        card_ids=list(cards),
        payload={"import": encode("imp", import_id), "customers": [encode("cus", one) for one in customers]},
    )


def _order(one: HistoryOrder) -> dict[str, Any]:
    facts: dict[str, Any] = {"at": one.at.isoformat()}
    if one.external_id is None:
        # By it the key is found again when the order is forgotten.
        facts["history_key"] = one.key
    seen = {
        "shipping": one.shipping,
        "tips": one.tips,
        "channel": one.channel,
        "location": str(one.location_id) if one.location_id else "",
        "customer": {"id": str(one.customer_id)} if one.customer_id else None,
    }
    facts |= {name: value for name, value in seen.items() if value}
    return {
        "id": str(one.id),
        "external_id": one.external_id,
        "state": one.state,
        "card": _text(one.card_id),
        "customer": _text(one.customer_id),
        "phone": one.phone,
        "location": _text(one.location_id),
        "channel": one.channel,
        "staff": _text(one.staff_id),
        "at": one.at.isoformat(),
        "sold": one.sold,
        "total": one.total,
        "shipping": one.shipping,
        "tips": one.tips,
        "refunded": one.refunded,
        "facts": facts,
    }


def _text(identifier: UUID | None) -> str | None:
    return str(identifier) if identifier else None


def _lines(one: HistoryOrder) -> list[dict[str, Any]]:
    is_back = one.state == "refunded"
    return [
        {
            "id": str(one.id),
            "position": position,
            "sku": line.sku,
            "name": line.name,
            "category": line.category,
            "quantity": line.quantity,
            "price": line.price,
            "discount": line.discount,
            "excluded": line.is_excluded,
            "total": line.total,
            "back": line.quantity if is_back else 0,
            "money": line.total if is_back else 0,
        }
        for position, line in enumerate(one.lines)
    ]
