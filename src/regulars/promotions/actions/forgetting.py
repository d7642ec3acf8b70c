"""Who leaves and comes back by the same address has had what is given once: the hash of the address says so (ORD-10, WAL-3)."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import execute

_REMEMBER: Final = """
INSERT INTO trigger_uses (promotion_id, person_key, occasion, chain_id, card_id, transaction_id, at)
SELECT u.promotion_id, 'e:' || encode(sha256(convert_to(c.chain_id::text || c.email_key, 'UTF8')), 'hex'), u.occasion,
    u.chain_id, u.card_id, u.transaction_id, u.at
FROM customers c JOIN promotions p ON p.chain_id = c.chain_id
JOIN trigger_uses u ON u.promotion_id = p.id AND u.person_key = 'c:' || c.id
WHERE c.chain_id = %s AND c.id = ANY(%s::uuid[]) AND c.email_key IS NOT NULL
ON CONFLICT DO NOTHING
"""


def remember_addresses(actor: Actor, fact: CustomersRemoved) -> None:
    """Keep the hashes of the addresses of people who are erased and had something once, in the running unit of work."""
    execute(_REMEMBER, [actor.chain_id, list(fact.customer_ids)])
