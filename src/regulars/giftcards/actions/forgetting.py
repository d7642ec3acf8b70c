"""A customer who is deleted: their gift cards with a code stay money of whoever has it; those without can be found by nobody."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows

FORGET: Final = """
UPDATE gift_cards SET customer_id = NULL, version = version + 1
WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[])
"""
# What somebody wrote beside a change is often about the person; amounts stand without it.
FORGET_NOTES: Final = """
DELETE FROM gift_card_notes n USING gift_card_entries e JOIN gift_cards g ON g.id = e.gift_card_id
WHERE n.chain_id = %(chain)s AND n.entry_id = e.id AND g.chain_id = %(chain)s
    AND g.customer_id = ANY(%(customers)s::uuid[])
"""


def forget_gift_card_holders(actor: Actor, fact: CustomersRemoved) -> None:
    """Take the customers off their gift cards, in the running unit of work: what is left is owed without a name (CUS-7)."""
    execute(FORGET_NOTES, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
    rows(FORGET, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
