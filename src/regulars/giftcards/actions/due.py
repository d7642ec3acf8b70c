"""Gift cards whose time is over: what is left of them ends, by the chain's clock."""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.giftcards.actions.parts import Write, change_parts
from regulars.giftcards.events import GIFT_CARD_EXPIRED
from regulars.giftcards.queries.payable import lock_gift_cards_by_id
from regulars.giftcards.rules.change import plan_expiry
from regulars.ledger.actions.post import post
from regulars.platform.actor import system_actor
from regulars.platform.database import retried, unit_of_work
from regulars.platform.hot import open_cursor

AT_ONCE: Final = 500

_DUE: Final = """
SELECT id FROM gift_cards
WHERE chain_id = %(chain)s AND state IN ('active', 'blocked') AND expires_at <= %(now)s
ORDER BY expires_at, id LIMIT %(most)s
"""


def expire_gift_cards(chain_id: UUID, now: datetime) -> None:
    """Book the end of all gift cards of a chain whose time is over by now."""
    while _expire_some(chain_id, now) == AT_ONCE:
        continue


@retried
def _expire_some(chain_id: UUID, now: datetime) -> int:
    actor = system_actor(chain_id)
    with unit_of_work(chain_id):
        cursor = open_cursor()
        due = [values[0] for values in cursor.rows(_DUE, {"chain": chain_id, "now": now, "most": AT_ONCE})]
        locked = lock_gift_cards_by_id(cursor, chain_id, due)
        # One that a till used up, or gave something back to, while we waited for it is due no more.
        changes = [change for card in locked.values() if (change := plan_expiry(card, now=now)) is not None]
        if changes:
            writes = [Write(change, actor) for change in changes]
            post(cursor, actor, [], also=change_parts(writes, "gift_end", event=GIFT_CARD_EXPIRED, now=now))
        return len(due)
