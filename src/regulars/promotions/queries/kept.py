"""Who keeps something that a promotion or a tier promised and gives to others no longer (ORD-13)."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.promotions.queries.running import Cursor, rows_of

_KEPT: Final = """
SELECT f.kept_id FROM kept_for f
WHERE f.chain_id = %(chain)s AND f.subject_id = ANY(%(subjects)s::uuid[]) AND f.kept_id = ANY(%(asked)s::uuid[])
UNION ALL
SELECT h.tier_id FROM holder_tiers h
WHERE h.chain_id = %(chain)s AND h.holder_id = ANY(%(subjects)s::uuid[]) AND h.tier_id = ANY(%(asked)s::uuid[])
    AND h.keeps_multiplier AND h.kept_until > %(now)s
"""


def kept_by(
    cursor: Cursor | None, chain_id: UUID, subjects: Collection[UUID], asked: Collection[UUID], *, now: datetime
) -> frozenset[UUID]:
    """Which of these decisions, or tiers, hold for somebody: a customer, a card, an open order. No query where none is asked.

    `cursor` None is the running unit of work.
    """
    if not asked or not subjects:
        return frozenset()
    values = {"chain": chain_id, "subjects": sorted(subjects), "asked": sorted(asked), "now": now}
    return frozenset(found for (found,) in rows_of(cursor, _KEPT, values))
