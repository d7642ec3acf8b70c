"""How holders move over when the goals of their card type change: at once, or with their next round (TYP-5).

A holder who finishes the round that runs does so by the goals as they were: those are kept as an edition, and the round is
marked with it. The next round of the card has no mark, so it follows the goals of the type, and a round that an undo gives
back has its own again.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from regulars.platform.database import execute, row
from regulars.platform.hot import HotCursor
from regulars.rewards.queries.standings import FIRST_STAMPS

IN_ROUND: Final = f"""
SELECT count(*) FROM cards k JOIN card_types t ON t.id = k.card_type_id
JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = {FIRST_STAMPS}
WHERE k.chain_id = %(chain)s AND k.card_type_id = %(card_type)s AND k.status IN ('active', 'blocked') AND a.balance > 0
"""
FINISHING: Final = """
SELECT count(*) FROM card_round_goals g JOIN cards k ON k.id = g.card_id
WHERE k.chain_id = %(chain)s AND k.card_type_id = %(card_type)s AND k.status IN ('active', 'blocked')
"""
# In the order of their ids, as everybody locks them.
LOCK: Final = f"""
SELECT count(*) FROM (
    SELECT a.id FROM cards k JOIN card_types t ON t.id = k.card_type_id
    JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = {FIRST_STAMPS}
    WHERE k.chain_id = %(chain)s AND k.card_type_id = %(card_type)s ORDER BY a.id FOR NO KEY UPDATE OF a
) locked
"""
KEEP_GOALS: Final = """
INSERT INTO former_goals (card_type_id, edition, stamps, chain_id, reward_id)
SELECT card_type_id, %(edition)s, stamps, chain_id, reward_id FROM milestones
WHERE chain_id = %(chain)s AND card_type_id = %(card_type)s
"""
# A round that goes on by goals before these goes on by them.
KEEP_ROUNDS: Final = f"""
INSERT INTO kept_rounds (account_id, number, chain_id, card_type_id, edition)
SELECT a.id, coalesce(r.round, 0), a.chain_id, k.card_type_id, %(edition)s
FROM cards k JOIN card_types t ON t.id = k.card_type_id
JOIN accounts a ON a.card_id = k.id AND a.balance_type_id = {FIRST_STAMPS}
LEFT JOIN card_rounds r ON r.account_id = a.id
WHERE k.chain_id = %(chain)s AND k.card_type_id = %(card_type)s AND a.balance > 0
ON CONFLICT DO NOTHING
"""
SHOW: Final = """
WITH shown AS (
    SELECT a.card_id, a.chain_id, (SELECT max(f.stamps) FROM kept_rounds o
        JOIN former_goals f ON f.card_type_id = o.card_type_id AND f.edition = o.edition
        WHERE o.account_id = a.id AND o.number = coalesce(r.round, 0)) AS goal
    FROM accounts a LEFT JOIN card_rounds r ON r.account_id = a.id
    WHERE {which}
), gone AS (DELETE FROM card_round_goals g USING shown s WHERE g.card_id = s.card_id AND s.goal IS NULL)
INSERT INTO card_round_goals (card_id, chain_id, goal)
SELECT card_id, chain_id, goal FROM shown WHERE goal IS NOT NULL
ON CONFLICT (card_id) DO UPDATE SET goal = excluded.goal
"""
SHOW_ACCOUNTS: Final = SHOW.format(which="a.id = ANY(%(ids)s::uuid[])")
SHOW_TYPE: Final = SHOW.format(which="a.id IN (SELECT account_id FROM kept_rounds WHERE card_type_id = %(card_type)s)")
MOVE: Final = """
DELETE FROM kept_rounds o USING accounts a LEFT JOIN card_rounds r ON r.account_id = a.id
WHERE o.chain_id = %(chain)s AND o.card_type_id = %(card_type)s AND a.id = o.account_id AND o.number >= coalesce(r.round, 0)
"""
MOVE_SHOWN: Final = """
DELETE FROM card_round_goals g USING cards k
WHERE g.chain_id = %(chain)s AND k.id = g.card_id AND k.card_type_id = %(card_type)s
"""


def count_in_round(chain_id: UUID, card_type_id: UUID) -> int:
    """How many live cards of a type have stamps: those whose round a change of the goals concerns."""
    (count,) = row(IN_ROUND, {"chain": chain_id, "card_type": card_type_id}) or (0,)
    return int(count)


def count_finishing(chain_id: UUID, card_type_id: UUID) -> int:
    """How many live cards of a type are in a round that goes on by former goals."""
    (count,) = row(FINISHING, {"chain": chain_id, "card_type": card_type_id}) or (0,)
    return int(count)


def lock_holders(chain_id: UUID, card_type_id: UUID) -> None:
    """Hold the stamps of a card type until the change is made: who stamps in the same instant comes wholly before or after."""
    row(LOCK, {"chain": chain_id, "card_type": card_type_id})


def keep_rounds(chain_id: UUID, card_type_id: UUID, *, edition: int) -> None:
    """Let the rounds that run go on by the goals as they are now, in the running unit of work; then these may change."""
    values = {"chain": chain_id, "card_type": card_type_id, "edition": edition}
    execute(KEEP_GOALS, values)
    execute(KEEP_ROUNDS, values)
    execute(SHOW_TYPE, values)


def move_rounds(chain_id: UUID, card_type_id: UUID) -> None:
    """Let every round that runs go on by the goals of the type, in the running unit of work."""
    values = {"chain": chain_id, "card_type": card_type_id}
    execute(MOVE, values)
    execute(MOVE_SHOWN, values)


def show_goals(cursor: HotCursor, account_ids: Collection[UUID]) -> None:
    """Note which goal the cards of these locked accounts show, after a round of theirs began or was given back."""
    cursor.rows(SHOW_ACCOUNTS, {"ids": sorted(account_ids)})
