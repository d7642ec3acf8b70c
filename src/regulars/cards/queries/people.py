"""Names and card numbers for a list of people that another feature reckoned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from regulars.kernel.refusal import Forbidden, Refused
from regulars.platform.actor import Actor
from regulars.platform.database import rows

_CUSTOMERS: Final = "SELECT id, name FROM customers WHERE chain_id = %s AND id = ANY(%s::uuid[])"
_CARDS: Final = "SELECT id, number, phone FROM cards WHERE chain_id = %s AND id = ANY(%s::uuid[])"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody by name, and the card that it is about, where it is about one."""

    customer_id: UUID | None
    card_id: UUID | None
    name: str
    number: str
    phone: str


def may_see_everybody(actor: Actor) -> bool:
    """Whether somebody may read a list of people of the whole business, by name."""
    return actor.may("customers:read") and actor.location_ids is None


def require_everybody(actor: Actor) -> None:
    """Refuse who may not read such a list. Refuses: Forbidden."""
    actor.require("customers:read")
    if actor.location_ids is not None:
        raise Refused(Forbidden(needs="customers:read"))


def name_people(actor: Actor, pairs: Iterable[tuple[UUID | None, UUID | None]]) -> list[Named]:
    """Customers and cards by name and number, in the order given, in two queries. Refuses: Forbidden."""
    require_everybody(actor)
    wanted = list(pairs)
    names = dict(rows(_CUSTOMERS, [actor.chain_id, _ids(customer for customer, _card in wanted)]))
    cards = {
        card_id: (number, phone or "")
        for card_id, number, phone in rows(_CARDS, [actor.chain_id, _ids(card for _customer, card in wanted)])
    }
    return [
        Named(customer, card, names.get(customer, "") or "", *(cards.get(card, ("", "")) if card else ("", "")))
        for customer, card in wanted
    ]


def _ids(given: Iterable[UUID | None]) -> Sequence[UUID]:
    return sorted({one for one in given if one is not None})
