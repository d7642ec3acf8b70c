"""Everything that `verify` proves, from all features together."""

from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from regulars.cards.queries.promises import CARD_PROMISES
from regulars.codes.queries.promises import CODE_PROMISES
from regulars.giftcards.queries.promises import GIFT_CARD_PROMISES
from regulars.ledger.verify import Report, prove
from regulars.ledger.verify.guards import GUARDS
from regulars.ledger.verify.promises import LEDGER_PROMISES
from regulars.ledger.verify.proof import Progress
from regulars.ledger.verify.seals import SEAL_PROMISES, prove_seals
from regulars.memberships.queries.promises import MEMBERSHIP_PROMISES
from regulars.orders.queries.promises import ORDER_PROMISES
from regulars.rewards.queries.promises import REWARD_PROMISES
from regulars.vouchers.queries.promises import VOUCHER_PROMISES

PROMISES: Final = (
    *GUARDS,
    *LEDGER_PROMISES,
    *CARD_PROMISES,
    *CODE_PROMISES,
    *VOUCHER_PROMISES,
    *GIFT_CARD_PROMISES,
    *REWARD_PROMISES,
    *MEMBERSHIP_PROMISES,
    *ORDER_PROMISES,
)

__all__ = ["PROMISES", "SEAL_PROMISES", "verify"]


def verify(
    *, now: datetime, card_id: UUID | None = None, progress: Progress | None = None, seal_log: Path | None = None
) -> Report:
    """Prove all promises over all chains, seals included, or those about one card, on one snapshot."""

    def seals(report: Report) -> None:
        prove_seals(report, now=now, log=seal_log)

    return prove(PROMISES, card_id=card_id, progress=progress, more=() if card_id else (seals,))
