"""A customer who is deleted: their gift cards with a code stay money of whoever has it; those without can be found by nobody."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import rows

FORGET: Final = """
UPDATE gift_cards SET customer_id = NULL, version = version + 1
WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[])
"""


def forget_gift_card_holders(actor: Actor, fact: CustomersRemoved) -> None:
    """Take the customers off their gift cards, in the running unit of work: what is left is owed without a name (CUS-7)."""
    rows(FORGET, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
