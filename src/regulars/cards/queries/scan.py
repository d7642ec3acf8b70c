"""From what a scanner read to the card (CRD-3, API.md)."""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from regulars.cards.errors import CardReplaced
from regulars.cards.queries.cards import CardView, access_card, find_card, find_card_by_number
from regulars.cards.rules.links import card_of_token, is_token_of
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import number_key
from regulars.platform.actor import Actor
from regulars.platform.database import row

LINK_FOLDER: Final = "/c/"


def find_scanned(actor: Actor, payload: str, *, now: datetime) -> CardView:
    """The card that a payload names: its number, till number, id, link or token.

    Refuses: Forbidden, NotFound, CardReplaced for the number of a card that has another one by now.
    """
    actor.require("cards:read")
    text = payload.strip()
    if text.startswith("crd_"):
        return access_card(actor, text, now=now)
    found = _by_token(actor, text, now=now)
    if found is not None:
        return found
    numbered = find_card_by_number(actor.chain_id, number_key(text))
    if numbered and numbered[1]:
        raise Refused(CardReplaced())
    if numbered:
        return access_card(actor, encode("crd", numbered[0]), now=now)
    short = row(
        "SELECT card_id FROM card_short_numbers WHERE chain_id = %s AND number = %s AND freed_at IS NULL",
        [actor.chain_id, number_key(text)],
    )
    if short is None:
        raise Refused(NotFound())
    return access_card(actor, encode("crd", short[0]), now=now)


def _by_token(actor: Actor, text: str, *, now: datetime) -> CardView | None:
    token = text
    if "://" in text:
        try:
            path = urlsplit(text).path
        except ValueError:
            return None
        token = path.rpartition(LINK_FOLDER)[2].partition("/")[0]
    card_id = card_of_token(token)
    card = find_card(actor.chain_id, card_id, now=now) if card_id else None
    if card is None or not is_token_of(token, card.id, card.link_version, key=settings.LINK_KEY):
        return None
    return access_card(actor, encode("crd", card.id), now=now)
