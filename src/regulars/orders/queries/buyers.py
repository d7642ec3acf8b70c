"""Whose order it is: a card in the hand, a customer by name, or a phone that nobody has yet."""

from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from regulars.cards.queries.cards import CardView, find_card, list_cards_by_ids
from regulars.cards.queries.search import cards_in_hand
from regulars.customers.queries import CustomerView, find_customer
from regulars.customers.queries.meant import TEXT_LENGTH_MAX, TEXT_LENGTH_MIN, PeopleMeant, contact_of, people_meant
from regulars.kernel.ids import decode, encode
from regulars.kernel.phone import parse_phone
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest

CARDS_MAX = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A card or a customer as a choice."""

    id: str
    name: str
    detail: str
    is_card: bool = False


@dataclass(frozen=True, slots=True)
class Buyers:
    """What a typed text can mean."""

    text: str = ""
    choices: tuple[Choice, ...] = field(default=())
    new_phone: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose order it is, by one of three names; all empty is nobody. `problem` says why it is not clear."""

    card: str | None = None
    customer: str | None = None
    phone: str | None = None
    problem: str = ""


def find_buyers(request: PageRequest, text: str, *, now: datetime) -> Buyers:
    """The cards and people that a text names, in a number of queries that does not grow with them."""
    actor, cleaned = request.actor, text.strip()[:TEXT_LENGTH_MAX]
    if len(cleaned) < TEXT_LENGTH_MIN:
        return Buyers(cleaned)
    cards: list[CardView] = []
    if actor.may("cards:read"):
        ids = cards_in_hand(actor.chain_id, cleaned, country=request.chain.country)[:CARDS_MAX]
        found = list_cards_by_ids(actor.chain_id, ids, now=now)
        cards = [found[one] for one in ids if one in found and found[one].status == "active"]
    if actor.may("customers:read"):
        meant = people_meant(actor, cleaned, country=request.chain.country)
    else:
        # Who may not look people up may still write down a phone.
        meant = PeopleMeant(cleaned, new_phone=parse_phone(cleaned, request.chain.country) or "")
    return Buyers(
        text=cleaned,
        choices=(*(_person_choice(one) for one in meant.people), *(_card_choice(one) for one in cards)),
        new_phone="" if cards else meant.new_phone,
        refused=sentence(meant.refused) if meant.refused and not cards else "",
    )


def preset_buyer(request: PageRequest, identifier: str, *, now: datetime) -> Choice | None:
    """The card or customer with this id as a choice; None where there is none."""
    actor = request.actor
    if (card_id := decode("crd", identifier)) and actor.may("cards:read"):
        card = find_card(actor.chain_id, card_id, now=now)
        return _card_choice(card) if card else None
    if decode("cus", identifier) and actor.may("customers:read"):
        customer = find_customer(actor.chain_id, identifier)
        if customer:
            return _person_choice(customer)
    return None


def read_buyer(buyers: Buyers, chosen: str) -> Chosen:
    """Whose order a sent form means."""
    if decode("crd", chosen):
        return Chosen(card=chosen)
    if decode("cus", chosen):
        return Chosen(customer=chosen)
    if buyers.new_phone:
        return Chosen(phone=buyers.new_phone)
    if len(buyers.choices) == 1:
        only = buyers.choices[0]
        return Chosen(card=only.id) if only.is_card else Chosen(customer=only.id)
    if buyers.refused:
        return Chosen(problem=buyers.refused)
    if buyers.choices:
        return Chosen(problem=_("Choose the person or the card below."))
    if buyers.text:
        return Chosen(problem=_("Nobody is called that. Type a phone, a name or the number of a card."))
    return Chosen()


def _person_choice(one: CustomerView) -> Choice:
    return Choice(encode("cus", one.id), one.label, contact_of(one))


def _card_choice(card: CardView) -> Choice:
    holder = card.customer_name or card.customer_email or card.holder_phone or ""
    detail = f"{card.type_name} · {holder}" if holder else card.type_name
    return Choice(encode("crd", card.id), card.number, detail, is_card=True)
