"""Telling those who can renew it that a certificate ends: a month, two weeks and three days before, and once it has (WAL-2).

What was told last stands beside the certificate, and goes with it where another takes its place.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.chains.queries import find_chain
from regulars.platform.database import retried, row, unit_of_work
from regulars.staff.actions.notifications import notify_holders
from regulars.wallets.actions.certificates import WRITE
from regulars.wallets.rules.apple.certificate import due_warning

ENDS: Final = "pass_certificate.ends"
ENDED: Final = "pass_certificate.ended"
# Two who come at once wait for each other here, and the second finds nothing left to tell.
_TAKE: Final = """
UPDATE pass_certificates SET warned_days = %(days)s
WHERE id = %(id)s AND (warned_days IS NULL OR warned_days > %(days)s)
RETURNING pass_type
"""


@retried
def warn_of_certificate(chain_id: UUID, now: datetime) -> bool:
    """Tell whoever may write the settings that the certificate of a chain ends, each warning once; whether one was due.

    Who comes late tells the most urgent one alone.
    """
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
        found = row("SELECT id, ends_at FROM pass_certificates WHERE chain_id = %s", [chain_id])
        if chain is None or found is None:
            return False
        certificate_id, ends_at = found
        # Apple knows nothing of a clock that a test chain moved: certificates end by that of the world.
        days = due_warning(ends_at, now - chain.clock_ahead)
        taken = row(_TAKE, {"id": certificate_id, "days": days}) if days is not None else None
        if taken is None:
            return False
        notify_holders(
            chain_id,
            WRITE,
            ENDS if days else ENDED,
            subject_id=certificate_id,
            facts={"pass_type": taken[0], "ends_at": ends_at.isoformat()},
            now=now,
        )
        return True
