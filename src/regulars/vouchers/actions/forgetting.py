"""A voucher of a customer who is deleted stays, of nobody: a right of whoever has its code (CUS-7)."""

from typing import Final

from regulars.customers.events import CustomersRemoved
from regulars.platform.actor import Actor
from regulars.platform.database import execute, rows

FORGET: Final = """
UPDATE vouchers SET customer_id = NULL, customer_may_redeem = false, description = '', state_reason = ''
WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[]) RETURNING id
"""
FORGET_DETAILS: Final = """
DELETE FROM audit_details d USING audit_entries e
WHERE e.chain_id = %(chain)s AND e.object_id = ANY(%(vouchers)s::uuid[]) AND d.chain_id = e.chain_id AND d.entry_id = e.id
"""


def forget_voucher_holders(actor: Actor, fact: CustomersRemoved) -> None:
    """Take the customers off their vouchers, with what the vouchers and the journal say to and of them."""
    found = rows(FORGET, {"chain": actor.chain_id, "customers": list(fact.customer_ids)})
    if found:
        execute(FORGET_DETAILS, {"chain": actor.chain_id, "vouchers": [voucher_id for (voucher_id,) in found]})
