"""Who leaves and comes back by the same address has had what is given once: a keyed hash of the address says so (ORD-10, WAL-3)."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.customers.queries.left import find_left_keys
from regulars.platform.actor import Actor
from regulars.platform.database import execute

_REMEMBER: Final = """
INSERT INTO trigger_uses (promotion_id, person_key, occasion, chain_id, card_id, transaction_id, at)
SELECT u.promotion_id, one.key, u.occasion, u.chain_id, u.card_id, u.transaction_id, u.at
FROM unnest(%(customers)s::uuid[], %(keys)s::text[]) AS one (customer_id, key)
JOIN promotions p ON p.chain_id = %(chain)s
JOIN trigger_uses u ON u.promotion_id = p.id AND u.person_key = 'c:' || one.customer_id
ON CONFLICT DO NOTHING
"""


def remember_addresses(actor: Actor, fact: CustomersRemoved) -> None:
    """Keep keyed hashes of the addresses of people who are erased and had something once, in the running unit of work."""
    left = find_left_keys(actor.chain_id, fact.customer_ids)
    execute(_REMEMBER, {"chain": actor.chain_id, "customers": list(left), "keys": list(left.values())})
