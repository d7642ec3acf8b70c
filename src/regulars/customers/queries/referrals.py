"""Whom a customer invited, and who invited them (RWD-7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.customers.rules import invitation_token
from regulars.platform.database import row, rows

INVITED_MAX: Final = 100
CODE: Final = "SELECT code FROM referral_codes WHERE chain_id = %s AND customer_id = %s"
PEOPLE: Final = """
SELECT c.id, coalesce(nullif(c.name, ''), (SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id
    ORDER BY p.position, p.phone LIMIT 1), c.email, ''), r.at
FROM referrals r JOIN customers c ON c.id = {person} WHERE r.chain_id = %s AND {other} = %s ORDER BY r.at DESC, c.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """Somebody on the other end of an invitation."""

    id: UUID
    label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralView:
    """A customer's code, who invited them, whom they invited (the newest, and how many in all)."""

    code: str | None
    invited_by: InvitedPerson | None
    invited: tuple[InvitedPerson, ...]
    count: int
    link: str | None = None
    """Where the code stands to be shown at the till."""


def invitation_link(chain_id: UUID, code: str) -> str:
    """The link by which somebody invites others."""
    return f"{settings.URL}/i/{invitation_token(chain_id, code)}"


def find_referral_code(chain_id: UUID, customer_id: UUID) -> str:
    """The code by which a customer invites others; "" as long as nobody has asked for it."""
    found = row(CODE, [chain_id, customer_id])
    return str(found[0]) if found else ""


def is_referral_code(chain_id: UUID, code: str) -> bool:
    """Whether somebody invites others by this code."""
    return row("SELECT 1 FROM referral_codes WHERE chain_id = %s AND code = %s", [chain_id, code]) is not None


def find_referral(chain_id: UUID, customer_id: UUID) -> ReferralView:
    """All about a customer's invitations, in four queries."""
    code = find_referral_code(chain_id, customer_id)
    by = rows(PEOPLE.format(person="r.inviter_id", other="r.customer_id"), [chain_id, customer_id, 1])
    invited = rows(PEOPLE.format(person="r.customer_id", other="r.inviter_id"), [chain_id, customer_id, INVITED_MAX])
    count = row("SELECT count(*) FROM referrals WHERE chain_id = %s AND inviter_id = %s", [chain_id, customer_id])
    return ReferralView(
        code=code or None,
        link=invitation_link(chain_id, code) if code else None,
        invited_by=InvitedPerson(*by[0]) if by else None,
        invited=tuple(InvitedPerson(*values) for values in invited),
        count=int(count[0]) if count else 0,
    )
