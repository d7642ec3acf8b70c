"""Through the secret link of a card to its chain and the card itself, before anything else is known (CRD-7)."""

from typing import Any

from django.conf import settings

from regulars.cards.rules.links import card_of_token, is_token_of
from regulars.platform.database import row


def find_door(token: str) -> Any:
    """The chain and the card that a token opens; None where it opens nothing."""
    card_id = card_of_token(token) if token.isascii() and len(token) < 100 else None
    if card_id is None:
        return None
    found = row("SELECT chain_id, link_version FROM door_card(%s)", [card_id])
    if found is None or not is_token_of(token, card_id, found[1], key=settings.LINK_KEY):
        return None
    return found[0], card_id
