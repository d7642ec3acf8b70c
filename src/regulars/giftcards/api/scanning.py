"""A scanner read the code of a gift card."""

from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.giftcards.api.schemas import present_gift_card
from regulars.giftcards.queries.giftcards import find_gift_card
from regulars.platform.actor import Actor


def show_gift_card(actor: Actor, gift_card_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The gift card that a scanned code belongs to."""
    found = find_gift_card(actor.chain_id, gift_card_id, now=now)
    if found is None:
        return None
    return {"gift_card": present_gift_card(found, get_chain(actor.chain_id).currency_decimals)}
