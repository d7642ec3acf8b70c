"""Whom a typed text can mean: somebody's phone, a name, an e-mail, or a phone that nobody has yet."""

from dataclasses import dataclass
from typing import Final

from regulars.customers.errors import AddALetter
from regulars.customers.queries.customers import (
    CustomerFilter,
    CustomerView,
    find_customer_by_phone,
    list_customers,
    list_customers_by_ids,
)
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import Refused
from regulars.platform.actor import Actor

PEOPLE_MAX: Final = 8
TEXT_LENGTH_MIN: Final = 2
TEXT_LENGTH_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class PeopleMeant:
    """The customers that a text can mean, or a phone that none has yet; `refused` says why nobody was looked for."""

    text: str = ""
    people: tuple[CustomerView, ...] = ()
    new_phone: str = ""
    refused: AddALetter | None = None


def people_meant(actor: Actor, text: str, *, country: str) -> PeopleMeant:
    """Whom a typed text can mean, PEOPLE_MAX at most, in at most four queries. Refuses: Forbidden."""
    cleaned = text.strip()[:TEXT_LENGTH_MAX]
    if len(cleaned) < TEXT_LENGTH_MIN:
        return PeopleMeant(cleaned)
    actor.require("customers:read")
    phone = parse_phone(cleaned, country) if any(map(str.isdigit, cleaned)) else None
    if phone:
        known = find_customer_by_phone(actor.chain_id, phone)
        if known is None:
            return PeopleMeant(cleaned, new_phone=phone)
        return PeopleMeant(cleaned, tuple(list_customers_by_ids(actor.chain_id, [known]).values()))
    try:
        page = list_customers(actor, CustomerFilter(search=cleaned), country=country, limit=PEOPLE_MAX)
    except Refused as refused:
        if isinstance(refused.refusal, AddALetter):
            return PeopleMeant(cleaned, refused=refused.refusal)
        raise
    return PeopleMeant(cleaned, tuple(page.customers))


def contact_of(one: CustomerView) -> str:
    """By what a person is reached, beside what they are called; "" where the list calls them by that."""
    return next((text for text in (one.email, one.phone) if text and text != one.label), "")
