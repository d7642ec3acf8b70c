"""When a card was last active: folded from events in batches, so that no hot path writes to cards (DESIGN section 4)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from regulars.platform.database import execute
from regulars.platform.dispatch.delivery import NumberedEvent

FOLD: Final = """
UPDATE cards SET last_activity_at = active.at
FROM unnest(%(cards)s::uuid[], %(ats)s::timestamptz[]) AS active (card_id, at)
WHERE cards.chain_id = %(chain)s AND cards.id = active.card_id
    AND (cards.last_activity_at IS NULL OR cards.last_activity_at < active.at)
"""


def note_activity(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Move the last activity of the cards that these events name forward, never back."""
    latest: dict[UUID, NumberedEvent] = {}
    for event in events:
        for card_id in event.card_ids:
            if card_id not in latest or latest[card_id].at < event.at:
                latest[card_id] = event
    # Sorted, as everybody who updates several cards does it.
    cards = sorted(latest)
    execute(FOLD, {"chain": chain_id, "cards": cards, "ats": [latest[card_id].at for card_id in cards]})
