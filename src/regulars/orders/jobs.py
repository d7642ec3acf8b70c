"""Entry points of the background: new cards take orders over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from regulars.orders.actions.take_over import cards_taking_over, take_over_orders
from regulars.platform.clock import now_in
from regulars.platform.dispatch.delivery import NumberedEvent

CARDS_AT_ONCE: Final = 200


@app.task(queue="cards", name="orders.take_over", retry=3)
def take_over(chain_id: str, card_ids: list[str], at: str) -> None:
    """Let cards that became somebody's at a moment earn what orders before could not; safe to run twice."""
    chain = UUID(chain_id)
    for card_id in card_ids:
        take_over_orders(chain, UUID(card_id), at=datetime.fromisoformat(at), now=now_in(chain))


def look_for_orders(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Put what new cards take over into the background, with the events that told of them or not at all."""
    cards = cards_taking_over(chain_id, events)
    for start in range(0, len(cards), CARDS_AT_ONCE):
        some = [str(card_id) for card_id in cards[start : start + CARDS_AT_ONCE]]
        take_over.defer(chain_id=str(chain_id), card_ids=some, at=events[-1].at.isoformat())
