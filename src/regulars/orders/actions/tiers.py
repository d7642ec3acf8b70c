"""Tiers follow what happens: status that came in, orders, cards that found their people (PRG-6)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from regulars.cards.events import CARD_ASSIGNED, CARD_CLAIMED, CARD_DELETED, CARD_ISSUED, CARD_RESTORED
from regulars.ledger.events import BALANCE_CHANGED
from regulars.orders.actions.statistics import customers_named, orders_named
from regulars.orders.events import HISTORY_CHANGED, ORDER_KINDS
from regulars.platform.database import rows
from regulars.platform.dispatch.delivery import NumberedEvent
from regulars.programs.actions.tiers import HOLDERS_AT_ONCE, inherit_tiers, refold_tiers
from regulars.programs.queries.tiers import Holder, find_zone, list_tier_groups

CARD_KINDS: Final = frozenset({CARD_ISSUED, CARD_CLAIMED, CARD_ASSIGNED, CARD_DELETED, CARD_RESTORED})
TIER_KINDS: Final = ORDER_KINDS | CARD_KINDS | {BALANCE_CHANGED, HISTORY_CHANGED}

# An import tells of new cards by the change of their balances and may bring opening figures: it concerns every group.
MEMBERS: Final = """
WITH named (card_id, is_balance) AS (
    SELECT unnest(%(balances)s::uuid[]), true
    UNION SELECT unnest(%(cards)s::uuid[]), false
    UNION SELECT k.id, false FROM orders o JOIN cards k ON k.customer_id = o.customer_id
        WHERE o.chain_id = %(chain)s AND o.id = ANY(%(orders)s::uuid[])
    UNION SELECT k.id, false FROM cards k WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[])
    UNION SELECT o.card_id, false FROM orders o
        WHERE o.chain_id = %(chain)s AND o.id = ANY(%(orders)s::uuid[]) AND o.card_id IS NOT NULL
)
SELECT DISTINCT g.id, coalesce(k.customer_id, k.id), k.customer_id IS NOT NULL
FROM named n JOIN cards k ON k.id = n.card_id AND k.status <> 'undone'
JOIN card_types t ON t.id = k.card_type_id
JOIN tier_groups g ON g.program_id = t.program_id AND g.archived_at IS NULL
WHERE k.chain_id = %(chain)s AND (g.counts = 'status' OR NOT n.is_balance)
"""


def fold_tiers(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Bring the tiers of everybody whom these events concern up to date."""
    groups = list_tier_groups(chain_id, with_closing=True)
    if not groups:
        return
    claimed = [card for event in events if event.kind in (CARD_CLAIMED, CARD_ASSIGNED) for card in event.card_ids]
    if claimed:
        inherit_tiers(chain_id, claimed)
    asked = {
        "chain": chain_id,
        "balances": sorted({card for event in events if not _concerns_all(event) for card in event.card_ids}),
        "cards": sorted({card for event in events if _concerns_all(event) for card in event.card_ids}),
        "customers": sorted(
            {one for event in events if event.kind == HISTORY_CHANGED for one in customers_named(event)}
        ),
        "orders": sorted({order for event in events if event.kind in ORDER_KINDS for order in orders_named(event)}),
    }
    members: dict[UUID, list[Holder]] = {}
    for group_id, holder_id, is_customer in rows(MEMBERS, asked):
        members.setdefault(group_id, []).append(Holder(holder_id, is_customer))
    zone = find_zone(chain_id)
    for group in groups:
        held = sorted(members.get(group.id, ()), key=lambda one: one.id)
        for start in range(0, len(held), HOLDERS_AT_ONCE):
            refold_tiers(chain_id, group, held[start : start + HOLDERS_AT_ONCE], now=events[-1].at, zone=zone)


def _concerns_all(event: NumberedEvent) -> bool:
    return event.kind != BALANCE_CHANGED or event.payload.get("kind") == "import"
