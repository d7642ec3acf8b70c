"""Which cards may take over orders, and which orders (ORD-3): found by the index on a customer's orders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.orders.rules.take_over import LateCard
from regulars.platform.database import row, rows

AT_THE_SAME_INSTANT: Final = timedelta(minutes=10)
"""How much earlier than an order a card may have been issued whose transaction the order did not see."""

# By card that card only (ORD-3): an order that named one waits for no other.
WAITS: Final = """
o.chain_id = %(chain)s AND o.card_id IS NULL AND o.state IN ('paid', 'completed')
    AND o.at >= %(at)s - make_interval(days => t.take_over_days)
    AND (t.location_ids IS NULL OR o.location_id IS NULL OR o.location_id = ANY(t.location_ids))
    AND o.verdicts @> '[{"steps": [{"code": "no_card"}]}]'
    AND NOT coalesce(o.facts -> 'customer' -> 'card_types' ? t.id::text, false)
"""
TAKES: Final = """
k.chain_id = %(chain)s AND k.status = 'active' AND k.customer_id IS NOT NULL AND t.take_over_days > 0
"""
CARDS: Final = f"""
SELECT DISTINCT k.id FROM cards k JOIN card_types t ON t.id = k.card_type_id
WHERE k.id = ANY(%(cards)s::uuid[]) AND {TAKES}
    AND EXISTS (SELECT FROM orders o WHERE o.customer_id = k.customer_id AND {WAITS})
UNION
SELECT DISTINCT k.id FROM orders o
JOIN cards k ON k.customer_id = o.customer_id JOIN card_types t ON t.id = k.card_type_id
WHERE o.id = ANY(%(orders)s::uuid[]) AND {TAKES} AND {WAITS} AND k.issued_at >= o.recorded_at - %(instant)s
"""
CARD: Final = f"""
SELECT k.id, k.number, t.id, t.program_id, k.customer_id
FROM cards k JOIN card_types t ON t.id = k.card_type_id
JOIN programs p ON p.id = t.program_id AND p.state = 'active'
JOIN customers c ON c.id = k.customer_id AND NOT c.loyalty_off
WHERE k.id = %(card)s AND {TAKES} AND (k.expires_at IS NULL OR k.expires_at > %(now)s)
FOR SHARE OF k
"""
ORDERS: Final = f"""
SELECT o.id FROM orders o JOIN card_types t ON t.id = %(type)s
WHERE o.customer_id = %(customer)s AND {WAITS} ORDER BY o.at, o.id
"""


@dataclass(frozen=True, slots=True)
class Since:
    """Cards that became somebody's, and orders that were paid, at a moment."""

    cards: Collection[UUID]
    orders: Collection[UUID]
    at: datetime


def is_taken_over_anywhere(chain_id: UUID) -> bool:
    """Whether any card type of the chain takes orders over."""
    return row("SELECT 1 FROM card_types WHERE chain_id = %s AND take_over_days > 0 LIMIT 1", [chain_id]) is not None


def cards_with_orders(chain_id: UUID, since: Since) -> list[UUID]:
    """The cards among these, or of the customers of these orders, that may take orders over."""
    wanted = {
        "chain": chain_id,
        "cards": sorted(since.cards),
        "orders": sorted(since.orders),
        "at": since.at,
        "instant": AT_THE_SAME_INSTANT,
    }
    return sorted(values[0] for values in rows(CARDS, wanted))


def lock_late_card(chain_id: UUID, card_id: UUID, *, now: datetime) -> LateCard | None:
    """The card, kept as it is until the end of the unit of work; None where it takes nothing over now."""
    found = row(CARD, {"chain": chain_id, "card": card_id, "now": now})
    return LateCard(*found) if found else None


def orders_waiting_for(chain_id: UUID, card: LateCard, *, at: datetime) -> list[UUID]:
    """The orders that may earn on a card that became its customer's at this moment, earliest first."""
    wanted: dict[str, Any] = {"chain": chain_id, "type": card.card_type_id, "customer": card.customer_id, "at": at}
    return [values[0] for values in rows(ORDERS, wanted)]
