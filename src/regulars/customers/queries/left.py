"""How whoever was erased is known again by their e-mail, so that what is given once is not given twice (ORD-10, PRG-2)."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.conf import settings

from regulars.platform.database import rows

_EMAILS: Final = """
SELECT c.id, c.email_key FROM customers c
WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[]) AND c.email_key IS NOT NULL
    AND (NOT %(alone)s OR NOT EXISTS (SELECT FROM customer_phones p WHERE p.chain_id = c.chain_id AND p.customer_id = c.id))
"""


def left_key(chain_id: UUID, email_key: str) -> str:
    """What is kept of an e-mail whose owner was erased: only the installation's own key tells whether it is this one's.

    Whoever has the database alone cannot try addresses. The key is in every backup, so a restored installation knows them too.
    """
    message = b"left-by-email:" + chain_id.bytes + email_key.encode()
    return "e:" + hmac.digest(settings.LINK_KEY.encode(), message, hashlib.sha256).hex()


def find_left_keys(chain_id: UUID, customer_ids: Sequence[UUID], *, by_email_alone: bool = False) -> dict[UUID, str]:
    """The key of each of these customers who has an e-mail; with `by_email_alone` only of those who have no phone."""
    found = rows(_EMAILS, {"chain": chain_id, "customers": list(customer_ids), "alone": by_email_alone})
    return {customer_id: left_key(chain_id, email) for customer_id, email in found}
