"""Memberships of a customer who is deleted stay, of nobody: what was paid for stands, who it was goes (CUS-7)."""

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.audit import forget_details
from regulars.platform.database import rows


def forget_members(actor: Actor, fact: CustomersRemoved) -> None:
    """Take the customers off their memberships, and the reasons that were written about them, in the running unit of work.

    One with a code can be used by whoever has it; any other nobody can use, and staff cancels it.
    """
    forgotten = rows(
        "UPDATE memberships SET customer_id = NULL, version = version + 1"
        " WHERE chain_id = %s AND customer_id = ANY(%s::uuid[]) RETURNING id",
        [actor.chain_id, list(fact.customer_ids)],
    )
    for (membership_id,) in forgotten:
        forget_details(actor, object_id=membership_id)
