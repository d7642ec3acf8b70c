"""What passes show by time alone: points that waited can be spent, points or the card itself end (PRG-3, PRG-5, WAL-5).

Whoever looks at a pass keeps when it turns next, by its balances and its card: so what is due is found by an index over passes, and
neither lots are looked through for it nor does anything happen for the many cards that nobody has in a wallet.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import retried, rows, unit_of_work
from regulars.wallets.actions.marking import mark_cards

CHUNK: Final = 1_000
"""Passes that are noted in one transaction."""
# One that somebody looks at at this moment is passed by: that look sees what the time has brought, or the next hour does.
_TAKE: Final = """
UPDATE wallet_passes SET turns_at = NULL WHERE id = ANY(ARRAY(
    SELECT id FROM wallet_passes WHERE chain_id = %(chain)s AND turns_at <= %(now)s
    ORDER BY turns_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING card_id
"""


def tell_turned(chain_id: UUID, now: datetime) -> int:
    """Note the passes that show something else by the chain's time, behind what happens at tills; how many passes.

    What became of each, and when it turns next, is found when it is looked at.
    """
    told = 0
    while True:
        some = _step(chain_id, now)
        told += some
        if some < CHUNK:
            return told


@retried
def _step(chain_id: UUID, now: datetime) -> int:
    with unit_of_work(chain_id):
        cards = [card_id for (card_id,) in rows(_TAKE, {"chain": chain_id, "now": now, "limit": CHUNK})]
        mark_cards(chain_id, [(card_id, now) for card_id in cards], is_urgent=False)
    return len(cards)
