"""Cards find their people: claiming by phone, automatic issue to newcomers (CUS-3, TYP-2)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.cards.actions.issue import ISSUE_CHUNK_MAX, NewCard, issue_cards
from regulars.cards.events import CARD_CLAIMED
from regulars.cards.queries.types import CardTypeView, find_card_type
from regulars.customers.events import CustomerEntered
from regulars.customers.queries import lock_customer
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import rows
from regulars.platform.events import announce

CLAIM: Final = """
UPDATE cards SET customer_id = p.customer_id, version = cards.version + 1
FROM customer_phones p
WHERE p.chain_id = %(chain)s AND p.customer_id = ANY(%(customers)s::uuid[])
    AND cards.chain_id = %(chain)s AND cards.phone = p.phone AND cards.customer_id IS NULL
RETURNING cards.id, cards.customer_id, cards.card_type_id
"""
SLOTS: Final = """
INSERT INTO card_slots (chain_id, card_type_id, holder, card_id)
SELECT %(chain)s, claimed.type_id, 'c:' || claimed.customer_id, claimed.card_id
FROM unnest(%(cards)s::uuid[], %(holders)s::uuid[], %(types)s::uuid[]) AS claimed (card_id, customer_id, type_id)
JOIN card_types t ON t.id = claimed.type_id AND NOT t.several_per_customer
ORDER BY 2, 3 ON CONFLICT DO NOTHING
"""
WITHOUT_CARD: Final = """
SELECT c.id FROM customers c
WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[])
    AND NOT EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id AND k.card_type_id = %(type)s
        AND k.status <> 'undone')
    AND NOT EXISTS (SELECT FROM customers other JOIN cards k ON k.customer_id = other.id
        WHERE other.chain_id = %(chain)s AND other.email_key = c.email_key AND other.id <> c.id
        AND k.card_type_id = %(type)s AND k.status NOT IN ('undone', 'deleted'))
ORDER BY c.id
"""
OF_PROGRAM: Final = """
SELECT k.id FROM cards k JOIN card_types t ON t.id = k.card_type_id
WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[]) AND t.program_id = %(program)s
    AND k.status NOT IN ('undone', 'deleted') LIMIT 1
"""


def claim_cards(actor: Actor, fact: CustomerEntered) -> None:
    """Make the unclaimed cards of these customers' phones theirs, each once, in the running unit of work."""
    claimed = rows(CLAIM, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
    if not claimed:
        return
    cards, holders, types = (list(column) for column in zip(*claimed, strict=True))
    # Where the customer holds one of the type already, both stay: the slot is theirs, the claim adds none.
    rows(SLOTS, {"chain": actor.chain_id, "cards": cards, "holders": holders, "types": types})
    announce(actor.chain_id, CARD_CLAIMED, now=fact.now, card_ids=cards)
    audit.record_many(
        actor,
        verb="card.claimed",
        object_kind="card",
        changes=[
            audit.Change(object_id=card_id, after={"customer": str(customer_id)})
            for card_id, customer_id in zip(cards, holders, strict=True)
        ],
        now=fact.now,
    )


def issue_automatic_cards(actor: Actor, fact: CustomerEntered) -> None:
    """Issue the types that newcomers get by themselves; who holds one by phone or e-mail gets none (TYP-2)."""
    if not fact.new_ids or not fact.issue_automatically:
        return
    for card_type in _automatic_types(actor, fact):
        found = rows(WITHOUT_CARD, {"chain": actor.chain_id, "customers": list(fact.new_ids), "type": card_type.id})
        for start in range(0, len(found), ISSUE_CHUNK_MAX):
            new = [NewCard(customer_id=values[0]) for values in found[start : start + ISSUE_CHUNK_MAX]]
            issue_cards(actor, card_type, new, now=fact.now, location_id=fact.location_id, through="automatic")


def issue_with_order(actor: Actor, customer_id: UUID, *, now: datetime, location_id: UUID | None) -> None:
    """Issue what a customer who is known, and orders without a card, gets by itself; in the running unit of work.

    By the same rules as for newcomers, once per customer and type, and only in programs of which they have no card
    (ORD-3, TYP-2). Two orders at the same instant wait for each other here.
    """
    if not lock_customer(actor.chain_id, customer_id):
        return
    fact = CustomerEntered(customer_ids=(customer_id,), new_ids=(customer_id,), now=now, location_id=location_id)
    claim_cards(actor, fact)
    for card_type in _automatic_types(actor, fact):
        wanted = {
            "chain": actor.chain_id,
            "customers": [customer_id],
            "type": card_type.id,
            "program": card_type.program.id,
        }
        if rows(WITHOUT_CARD, wanted) and not rows(OF_PROGRAM, wanted):
            new = NewCard(customer_id=customer_id)
            issue_cards(actor, card_type, [new], now=now, location_id=location_id, through="automatic")


def _automatic_types(actor: Actor, fact: CustomerEntered) -> list[CardTypeView]:
    found = rows(
        "SELECT t.id FROM card_types t JOIN programs p ON p.id = t.program_id"
        " WHERE t.chain_id = %s AND t.state = 'active' AND p.state = 'active'"
        " AND (t.automatic_issue = 'everywhere' OR t.automatic_issue = 'locations' AND %s = ANY(t.issue_location_ids))"
        " ORDER BY t.id",
        [actor.chain_id, fact.location_id],
    )
    views = [find_card_type(actor.chain_id, values[0]) for values in found]
    return [view for view in views if view is not None]
