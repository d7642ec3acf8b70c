"""What somebody wrote at join pages goes with them (CUS-7)."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import execute

_FORGET: Final = """
DELETE FROM join_requests r WHERE r.chain_id = %(chain)s AND (
    r.customer_id = ANY(%(customers)s::uuid[])
    OR r.phone IN (SELECT p.phone FROM customer_phones p
        WHERE p.chain_id = %(chain)s AND p.customer_id = ANY(%(customers)s::uuid[]))
    OR lower(r.email) IN (SELECT lower(c.email) FROM customers c
        WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[]) AND c.email IS NOT NULL))
"""


def forget_join_requests(actor: Actor, fact: CustomersRemoved) -> None:
    """Delete the requests of these customers and of their addresses, in the running unit of work."""
    execute(_FORGET, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
