"""What earlier orders of somebody add up to, for rates that grow with it (ORD-4)."""

import json
from collections.abc import Collection
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.platform.hot import HotCursor
from regulars.platform.migrations_support import CURRENT_CHAIN
from regulars.promotions.rules.facts import History, HistoryScope

# Whoever holds cards that were nobody's before keeps the orders of that time.
HISTORIES: Final = f"""
WITH mine AS (
    SELECT c.at, c.sold, c.paid, o.location_id FROM counted_orders c JOIN orders o ON o.id = c.id
    WHERE c.chain_id = {CURRENT_CHAIN} AND c.customer_id = %(holder)s
    UNION ALL
    SELECT c.at, c.sold, c.paid, o.location_id FROM cards k
    JOIN counted_orders c ON c.card_id = k.id AND c.customer_id IS NULL JOIN orders o ON o.id = c.id
    WHERE k.chain_id = {CURRENT_CHAIN} AND (k.customer_id = %(holder)s OR k.id = %(holder)s)
)
SELECT s.position, coalesce(sum(m.sold), 0)::bigint, coalesce(sum(m.paid), 0)::bigint, count(m.at)
FROM jsonb_to_recordset(%(scopes)s::jsonb) AS s (position int, since timestamptz, locations uuid[])
LEFT JOIN mine m ON (s.since IS NULL OR m.at >= s.since) AND (%(before)s::timestamptz IS NULL OR m.at < %(before)s)
    AND (s.locations IS NULL OR m.location_id = ANY (s.locations))
GROUP BY s.position
"""


def histories_of(
    cursor: HotCursor,
    scopes: Collection[HistoryScope],
    *,
    holder_id: UUID,
    zone: ZoneInfo,
    before: datetime | None = None,
) -> dict[HistoryScope, History]:
    """The sums of each scope for a customer, or a card that nobody has claimed; days begin in `zone`. No query for none.

    With `before`, as they were at that moment, as far as nothing was refunded since.
    """
    if not scopes:
        return {}
    listed = sorted(scopes, key=lambda one: (str(one.since), sorted(one.locations)))
    asked = [_scope(position, one, zone) for position, one in enumerate(listed)]
    found = cursor.rows(HISTORIES, {"holder": holder_id, "scopes": json.dumps(asked), "before": before})
    return {listed[position]: History(sold, paid, visits) for position, sold, paid, visits in found}


def _scope(position: int, scope: HistoryScope, zone: ZoneInfo) -> dict[str, Any]:
    since = datetime.combine(scope.since, time.min, zone).isoformat() if scope.since else None
    return {"position": position, "since": since, "locations": sorted(scope.locations) or None}
