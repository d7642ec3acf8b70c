"""Codes of customers who are deleted: what was theirs ends, what they used stays as a use of nobody (CUS-7)."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import rows

_FORGET: Final = """
WITH ended AS (
    UPDATE codes SET customer_id = NULL,
        state = CASE WHEN state IN ('attached', 'active') THEN 'expired' ELSE state END,
        ended_at = CASE WHEN state IN ('attached', 'active', 'used') THEN %(now)s ELSE ended_at END
    WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[])
), taken_off AS (
    DELETE FROM code_attachments WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[])
), uncounted AS (
    DELETE FROM code_pool_holders WHERE chain_id = %(chain)s AND holder_id = ANY(%(customers)s::uuid[])
)
UPDATE code_uses SET holder_id = NULL WHERE chain_id = %(chain)s AND holder_id = ANY(%(customers)s::uuid[])
"""


def forget_holders(actor: Actor, fact: CustomersRemoved) -> None:
    """End the codes of these customers, in the running unit of work: nobody else may use what was handed to them.

    A code that an open order uses ends where the order gives it back: `ended_at` says so (`actions.parts`).
    """
    rows(_FORGET, {"chain": actor.chain_id, "customers": list(fact.customer_ids), "now": fact.now})
