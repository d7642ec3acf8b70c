"""Birthdays on passes: a pass shows a greeting on the day, and the day after it shows none (WAL-4).

What is shown follows from the day alone. This tells the phones: once when the day begins, and once when it is over. Cards
that were greeted are kept with the day, so that a birthday that was corrected meanwhile leaves no greeting behind, and that
nobody is told twice, whatever is called how often.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from regulars.chains.queries import find_chain
from regulars.customers.events import CustomersRemoved
from regulars.customers.rules import birthdays_kept_on
from regulars.platform.actor import Actor
from regulars.platform.database import execute, retried, rows, unit_of_work
from regulars.wallets.actions.marking import mark_cards

CHUNK: Final = 1_000
_END: Final = """
UPDATE wallet_greetings SET is_over = true WHERE card_id = ANY(ARRAY(
    SELECT card_id FROM wallet_greetings WHERE chain_id = %(chain)s AND NOT is_over AND day <> %(day)s
    ORDER BY card_id LIMIT %(limit)s FOR UPDATE
))
RETURNING card_id
"""
_BEGIN: Final = """
INSERT INTO wallet_greetings (card_id, chain_id, day, is_over)
SELECT k.id, k.chain_id, %(day)s, false FROM customers c
JOIN cards k ON k.customer_id = c.id AND k.chain_id = c.chain_id AND k.status = 'active'
WHERE c.chain_id = %(chain)s AND c.birthday_day = ANY(%(days)s::int[])
    AND EXISTS (SELECT FROM wallet_passes p WHERE p.card_id = k.id)
    AND NOT EXISTS (SELECT FROM wallet_greetings g WHERE g.card_id = k.id AND g.day = %(day)s)
ORDER BY k.id LIMIT %(limit)s
ON CONFLICT (card_id) DO UPDATE SET day = excluded.day, is_over = false
RETURNING card_id
"""


def greet_birthdays(chain_id: UUID, now: datetime) -> int:
    """Tell the passes of those who have their birthday by the chain's clock, and those whose birthday is over; how many cards."""
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
    if chain is None:
        return 0
    today = now.astimezone(chain.zone).date()
    told = 0
    for statement in (_END, _BEGIN):
        while some := _step(chain_id, statement, today, now=now):
            told += some
    return told


def forget_birthdays(actor: Actor, fact: CustomersRemoved) -> None:
    """Forget at once which birthday the cards of customers who are deleted were told of: the cards are over (CUS-7)."""
    execute(
        "DELETE FROM wallet_greetings WHERE chain_id = %s"
        " AND card_id IN (SELECT id FROM cards WHERE chain_id = %s AND customer_id = ANY(%s::uuid[]))",
        [actor.chain_id, actor.chain_id, list(fact.customer_ids)],
    )


@retried
def _step(chain_id: UUID, statement: str, today: date, *, now: datetime) -> int:
    values = {"chain": chain_id, "day": today, "days": list(birthdays_kept_on(today)), "limit": CHUNK}
    with unit_of_work(chain_id):
        cards = [card_id for (card_id,) in rows(statement, values)]
        mark_cards(chain_id, [(card_id, now) for card_id in cards])
    return len(cards)
