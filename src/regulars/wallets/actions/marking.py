"""Noting that a card changed: its passes are looked at a moment later, so that ten changes are one push (WAL-5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import execute
from regulars.wallets.rules.sending import GAP, GATHER, SPENT

_MARK: Final = """
INSERT INTO wallet_refreshes (pass_id, chain_id, provider, is_urgent, changed_at, due_at, revision, tries, problem)
SELECT p.id, p.chain_id, p.provider, %(urgent)s, m.at, greatest(m.at + %(gather)s, coalesce(p.told_at + %(gap)s, m.at)), 1, 0, ''
FROM (
    -- Phones are told by the clock of the world, wherever a test chain has moved its own.
    SELECT card_id, least(min(at), now()) AS at FROM unnest(%(cards)s::uuid[], %(times)s::timestamptz[]) AS m (card_id, at) GROUP BY card_id
) m
JOIN wallet_passes p ON p.card_id = m.card_id AND p.chain_id = %(chain)s
ORDER BY p.id
ON CONFLICT (pass_id) DO UPDATE SET revision = wallet_refreshes.revision + 1, is_urgent = wallet_refreshes.is_urgent OR excluded.is_urgent,
    -- What waits for the next day is looked at now: a phone that asks gets the newest, and this may be what presses.
    due_at = CASE WHEN wallet_refreshes.problem = %(spent)s THEN least(wallet_refreshes.due_at, excluded.due_at) ELSE wallet_refreshes.due_at END
"""


def mark_cards(chain_id: UUID, changed: Sequence[tuple[UUID, datetime]], *, is_urgent: bool = True) -> None:
    """Note the passes of cards that changed, each with its moment, in the running unit of work.

    What is not urgent, because time brought it to many at once, is told behind what happens at tills.
    """
    if changed:
        ids, times = zip(*changed, strict=True)
        values = {"chain": chain_id, "gather": GATHER, "gap": GAP, "spent": SPENT, "urgent": is_urgent}
        execute(_MARK, values | {"cards": list(ids), "times": list(times)})
