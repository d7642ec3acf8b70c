"""Inviting others: a code of one's own, and who invited whom, said once and never in a circle (RWD-7)."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.customers.errors import (
    InvitationInCircle,
    InvitedAlready,
    InvitedTooLate,
    OwnInvitation,
    ReferralRefused,
    UnknownInviter,
)
from regulars.customers.queries.customers import access_customer
from regulars.customers.rules import read_referral_code, referral_code_of
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform import audit
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows, unit_of_work

Run = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]

DEPTH_MAX: Final = 1_000
"""So many invitations are followed up at most: a chain of more people is no circle that anybody meant."""

# Invitations are rare; one at a time in a chain, two that would close a circle meet here.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('regulars.referrals ' || %(chain)s::text, 0))"
FIND: Final = """
SELECT c.id FROM customers c WHERE c.chain_id = %(chain)s AND (c.id = %(id)s OR c.external_id = %(key)s)
UNION ALL
SELECT r.customer_id FROM referral_codes r WHERE r.chain_id = %(chain)s AND r.code = %(code)s
"""
STANDS: Final = """
WITH RECURSIVE above (id, depth) AS (
    SELECT %(inviter)s::uuid, 0
    UNION ALL
    SELECT r.inviter_id, a.depth + 1 FROM above a JOIN referrals r ON r.customer_id = a.id AND r.chain_id = %(chain)s
    WHERE a.depth < %(most)s AND a.id <> %(customer)s
)
SELECT (SELECT r.inviter_id FROM referrals r WHERE r.customer_id = %(customer)s AND r.chain_id = %(chain)s),
    EXISTS (SELECT FROM above WHERE id = %(customer)s),
    EXISTS (SELECT FROM customers a JOIN customers b ON b.email_key = a.email_key AND b.chain_id = a.chain_id
        WHERE a.chain_id = %(chain)s AND a.id = %(inviter)s AND b.id = %(customer)s),
    EXISTS (SELECT FROM orders o WHERE o.customer_id = %(customer)s AND o.state <> 'open')
        OR EXISTS (SELECT FROM cards k JOIN orders o ON o.card_id = k.id AND o.customer_id IS NULL
            WHERE k.customer_id = %(customer)s AND o.state <> 'open')
"""
INVITE: Final = """
INSERT INTO referrals (customer_id, chain_id, inviter_id, at) VALUES (%(customer)s, %(chain)s, %(inviter)s, %(now)s)
"""


def find_inviter(run: Run, chain_id: UUID, named: str) -> UUID | None:
    """The customer with this id (`cus_…`), external id (`ext:…`) or code; None for nobody."""
    asked = {
        "chain": chain_id,
        "id": decode("cus", named),
        "key": named.removeprefix("ext:") if named.startswith("ext:") else None,
        "code": read_referral_code(named),
    }
    found = run(FIND, asked)
    return UUID(str(found[0][0])) if found else None


def claim_referral(run: Run, chain_id: UUID, customer_id: UUID, named: str, *, now: datetime) -> UUID:
    """Note who invited a customer, in the running unit of work; the same inviter a second time changes nothing.

    Returns the inviter. Refuses: UnknownInviter, OwnInvitation, InvitationInCircle, InvitedTooLate, InvitedAlready.
    """
    inviter_id = find_inviter(run, chain_id, named)
    if inviter_id is None:
        raise Refused(UnknownInviter(named=named[:60]))
    asked = {"chain": chain_id, "customer": customer_id, "inviter": inviter_id, "most": DEPTH_MAX, "now": now}
    run(LOCK, asked)
    ((present, is_circle, is_same_email, has_bought),) = run(STANDS, asked)
    if present == inviter_id:
        return inviter_id
    refusal: ReferralRefused | None = None
    if inviter_id == customer_id or is_same_email:
        refusal = OwnInvitation()
    elif is_circle:
        refusal = InvitationInCircle()
    elif present is not None:
        refusal = InvitedAlready()
    elif has_bought:
        refusal = InvitedTooLate()
    if refusal is not None:
        raise Refused(refusal)
    run(INVITE, asked)
    return inviter_id


def invite_customer(actor: Actor, identifier: str, named: str, *, now: datetime) -> UUID:
    """Note who invited a customer who has not bought anything yet. Refuses: Forbidden, NotFound, what `claim_referral` does."""
    actor.require("customers:write")
    with unit_of_work(actor.chain_id):
        view = access_customer(actor, identifier)
        inviter_id = claim_referral(rows, actor.chain_id, view.id, named, now=now)
        audit.record(
            actor,
            verb="customer.invited",
            object_kind="customer",
            object_id=view.id,
            now=now,
            after={"inviter": encode("cus", inviter_id)},
        )
    return inviter_id


def make_referral_code(actor: Actor, identifier: str) -> str:
    """The code by which a customer invites others; made now where they had none. Refuses: Forbidden, NotFound."""
    actor.require("customers:write")
    with unit_of_work(actor.chain_id):
        view = access_customer(actor, identifier)
        while True:
            values = {
                "chain": actor.chain_id,
                "customer": view.id,
                "code": referral_code_of(secrets.randbits(40)),
            }
            # A code that is somebody's already is drawn again; a customer who has one meanwhile keeps it.
            rows(
                "INSERT INTO referral_codes (chain_id, code, customer_id) VALUES (%(chain)s, %(code)s, %(customer)s)"
                " ON CONFLICT DO NOTHING",
                values,
            )
            found = row("SELECT code FROM referral_codes WHERE customer_id = %s", [view.id])
            if found:
                return str(found[0])
