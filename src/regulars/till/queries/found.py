"""From what was scanned or typed to what it means at the till: a card, something with a code, several cards, or why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from regulars.cards.actions.shown import find_shown_card
from regulars.cards.errors import CardReplaced
from regulars.cards.queries.cards import CardView, list_cards_by_ids
from regulars.cards.queries.links import find_door
from regulars.cards.queries.scan import LINK_FOLDER
from regulars.cards.queries.search import cards_in_hand, search_cards
from regulars.cards.queries.types import find_valid_places
from regulars.customers.errors import AddALetter
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work

CHOICES_MAX: Final = 8
Problem = Literal[
    "",
    "unknown",
    "elsewhere",
    "replaced",
    "blocked",
    "expired",
    "deleted",
    "not_here",
    "add_a_letter",
    "code_used",
    "code_late",
    "code_early",
    "code_off",
    "code_limit",
]

CODE_PROBLEMS: Final[dict[str, Problem]] = {
    "rotating_code_used": "code_used",
    "rotating_code_late": "code_late",
    "rotating_code_early": "code_early",
    "rotating_code_off": "code_off",
    "fixed_code_limit": "code_limit",
}
"""Why a card that was found by its code is not shown (TIL-6)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: one card, or several to choose from; with what stands against it."""

    card: CardView | None = None
    choices: tuple[CardView, ...] = ()
    problem: Problem = ""
    places: str = ""
    """Where the card is valid, where that is not here."""


def find_card_at_till(
    actor: Actor, text: str, *, country: str, location_id: UUID | None, searches: bool, now: datetime
) -> Found:
    """The card that a text means; `searches` looks for people as well: by phone, its last digits, or name.

    Refuses: Forbidden.
    """
    with unit_of_work(actor.chain_id):
        try:
            return judge_card(actor, find_shown_card(actor, text, now=now), location_id=location_id, now=now)
        except Refused as refused:
            match refused.refusal:
                case CardReplaced():
                    return Found(problem="replaced")
                case NotFound():
                    pass
                case one if one.code in CODE_PROBLEMS:
                    return Found(problem=CODE_PROBLEMS[one.code])
                case _:
                    raise
        if searches:
            return _search(actor, text, country=country, location_id=location_id, now=now)
    return Found(problem="elsewhere" if _is_of_another_chain(actor, text) else "unknown")


def judge_card(actor: Actor, card: CardView, *, location_id: UUID | None, now: datetime) -> Found:
    """The card with what stands against using it here and now."""
    if card.status in ("blocked", "deleted", "expired"):
        return Found(card=card, problem=card.status)  # type: ignore[arg-type]  # one of the three
    if card.expires_at is not None and card.expires_at <= now:
        return Found(card=card, problem="expired")
    places = find_valid_places(actor.chain_id, card.type_id) if location_id else None
    if places is not None and location_id not in places:
        return Found(card=card, problem="not_here", places=", ".join(sorted(places.values())))
    return Found(card=card)


def _search(actor: Actor, text: str, *, country: str, location_id: UUID | None, now: datetime) -> Found:
    ids: list[UUID] = cards_in_hand(actor.chain_id, text, country=country)
    if not ids:
        try:
            ids = list(search_cards(actor.chain_id, text, country=country, most=CHOICES_MAX).ids)
        except Refused as refused:
            if isinstance(refused.refusal, AddALetter):
                return Found(problem="add_a_letter")
            raise
    cards = list_cards_by_ids(actor.chain_id, ids[:CHOICES_MAX], now=now)
    found = [cards[card_id] for card_id in ids if card_id in cards and cards[card_id].status != "deleted"]
    if not found:
        return Found(problem="elsewhere" if _is_of_another_chain(actor, text) else "unknown")
    if len(found) == 1:
        return judge_card(actor, found[0], location_id=location_id, now=now)
    return Found(choices=tuple(found))


def _is_of_another_chain(actor: Actor, text: str) -> bool:
    """Whether it is the link of a card of another business on this server; which one, nobody is told."""
    token: str = text.strip()
    if LINK_FOLDER in token:
        token = token.rpartition(LINK_FOLDER)[2].partition("/")[0].partition("?")[0]
    door: Any = find_door(token)
    return door is not None and door[0] != actor.chain_id
