"""Orders of a customer who is deleted stay, of nobody: amounts without a name (CUS-7)."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import rows

# What promotions counted stays, so that a refund decides on the same ground; who it was goes.
FORGET: Final = """
WITH forgotten AS (
    UPDATE orders SET customer_id = NULL, phone = NULL, version = version + 1,
        facts = CASE WHEN facts ? 'customer'
            THEN jsonb_set(facts #- '{customer,fields}' #- '{customer,tags}', '{customer,id}', '""') ELSE facts END
    WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[]) RETURNING id
)
UPDATE order_promotions SET holder_id = NULL FROM forgotten
WHERE order_promotions.order_id = forgotten.id AND order_promotions.chain_id = %(chain)s
"""


def forget_buyers(actor: Actor, fact: CustomersRemoved) -> None:
    """Take the customers off their orders, in the running unit of work."""
    rows(FORGET, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
