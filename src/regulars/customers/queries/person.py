"""What one customer's page shows beside the record: consents, cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from regulars.platform.database import row, rows


@dataclass(frozen=True, slots=True)
class ConsentView:
    """What stands for one purpose now: given or withdrawn, when, through what, and to which text."""

    purpose: str
    given: bool
    source: str
    text_version: str
    at: datetime


def list_consents(chain_id: UUID, customer_id: UUID) -> list[ConsentView]:
    """What a customer agrees to and what they withdrew: the latest word on each purpose, by purpose."""
    found = rows(
        "SELECT DISTINCT ON (purpose) purpose, given, source, text_version, at FROM consents"
        " WHERE chain_id = %s AND customer_id = %s ORDER BY purpose, at DESC, id DESC LIMIT 100",
        [chain_id, customer_id],
    )
    return [ConsentView(*values) for values in found]


def count_unclaimed_cards(chain_id: UUID, phones: Sequence[str]) -> int:
    """How many cards wait for a customer with one of these phones (E.164)."""
    found = row(
        "SELECT count(*) FROM cards WHERE chain_id = %s AND phone = ANY(%s) AND customer_id IS NULL"
        " AND status <> 'undone'",
        [chain_id, list(phones)],
    )
    return int(found[0]) if found else 0


def has_ever_held(chain_id: UUID, customer_id: UUID) -> bool:
    """Whether any card is or was theirs, deleted ones too: their history needs its holder."""
    found = row("SELECT 1 FROM cards WHERE chain_id = %s AND customer_id = %s LIMIT 1", [chain_id, customer_id])
    return found is not None


def list_loyalty_off(chain_id: UUID, customer_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these customers earn and spend nothing, because their loyalty is switched off (CUS-4)."""
    found = rows(
        "SELECT id FROM customers WHERE chain_id = %s AND id = ANY(%s::uuid[]) AND loyalty_off",
        [chain_id, list(customer_ids)],
    )
    return frozenset(values[0] for values in found)


def list_card_ids(chain_id: UUID, customer_ids: Sequence[UUID], *, each: int) -> dict[UUID, list[UUID]]:
    """The ids of up to `each` cards of every one of these customers, newest first; deleted ones are left out."""
    found = rows(
        """
        SELECT holder.id, k.id FROM unnest(%(customers)s::uuid[]) AS holder (id)
        CROSS JOIN LATERAL (
            SELECT cards.id FROM cards
            WHERE cards.chain_id = %(chain)s AND cards.customer_id = holder.id
                AND cards.status NOT IN ('deleted', 'undone')
            ORDER BY cards.id DESC LIMIT %(each)s
        ) k
        """,
        {"chain": chain_id, "customers": list(customer_ids), "each": each},
    )
    cards: dict[UUID, list[UUID]] = {}
    for customer_id, card_id in found:
        cards.setdefault(customer_id, []).append(card_id)
    return cards
