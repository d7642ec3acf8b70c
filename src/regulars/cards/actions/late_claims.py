"""Claims that two transactions at the same instant could not see: one issued the card, the other entered its holder."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from regulars.cards.actions.holders import claim_cards
from regulars.cards.events import CARD_ISSUED
from regulars.customers.events import CUSTOMER_CHANGED, CUSTOMER_ENTERED, CustomerEntered
from regulars.kernel.ids import decode
from regulars.ledger.events import BALANCE_CHANGED
from regulars.platform.actor import system_actor
from regulars.platform.database import rows
from regulars.platform.dispatch.delivery import NumberedEvent

LATE_CLAIM_KINDS: Final = frozenset({CARD_ISSUED, CUSTOMER_ENTERED, CUSTOMER_CHANGED, BALANCE_CHANGED})
"""An import tells of the cards it makes by the change of their balances, one event for thousands."""
HOLDERS: Final = """
SELECT p.customer_id FROM cards k
JOIN customer_phones p ON p.chain_id = %(chain)s AND p.phone = k.phone
WHERE k.chain_id = %(chain)s AND k.id = ANY(%(cards)s::uuid[]) AND k.customer_id IS NULL
UNION
SELECT p.customer_id FROM customer_phones p
JOIN cards k ON k.chain_id = %(chain)s AND k.phone = p.phone AND k.customer_id IS NULL
WHERE p.chain_id = %(chain)s AND p.customer_id = ANY(%(customers)s::uuid[])
"""


def claim_late(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Make cards theirs whose holder was entered while they were issued.

    Each transaction claims what it can see. Neither sees the other before it commits, but the later of their two
    events is handed out after both have, so one of them always finds what was missed.
    """
    cards = sorted({card_id for event in events if makes_cards(event) for card_id in event.card_ids})
    customers = [found for event in events for text in _named(event) if (found := decode("cus", text))]
    if not cards and not customers:
        return
    holders = sorted(values[0] for values in rows(HOLDERS, {"chain": chain_id, "cards": cards, "customers": customers}))
    if holders:
        fact = CustomerEntered(customer_ids=tuple(holders), new_ids=(), now=events[-1].at)
        claim_cards(system_actor(chain_id), fact)


def makes_cards(event: NumberedEvent) -> bool:
    """Whether an event is about cards that are new."""
    return event.kind == CARD_ISSUED or (event.kind == BALANCE_CHANGED and event.payload.get("kind") == "import")


def _named(event: NumberedEvent) -> list[str]:
    """The customers an event is about: one, or all that a chunk of an import entered."""
    if event.kind not in (CUSTOMER_ENTERED, CUSTOMER_CHANGED):
        return []
    return [
        text for text in (event.payload.get("customer"), *event.payload.get("customers", ())) if isinstance(text, str)
    ]
