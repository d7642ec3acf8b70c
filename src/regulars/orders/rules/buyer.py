"""Who buys, and with which cards: by card that card alone; else one card of each program, the fullest (ORD-3, CRD-2)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from msgspec import Struct

from regulars.cards.errors import CardNotActive, CardNotAssigned, NotValidHere
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal
from regulars.orders.rules.command import Purchase
from regulars.orders.rules.decide import Balance, Buyer, Holding
from regulars.orders.rules.terms import Terms
from regulars.promotions.rules.facts import Customer


class CardRow(Struct, frozen=True):
    """A card as it was read, before anybody asked whether it takes part."""

    id: UUID
    card_type_id: UUID
    status: str
    customer_id: UUID | None
    phone: str | None
    is_expired: bool
    balances: tuple[Balance, ...]

    @property
    def is_blank(self) -> bool:
        """Whether nobody holds it yet (CRD-10)."""
        return self.customer_id is None and self.phone is None


class Person(Struct, frozen=True):
    """The customer as it was read."""

    facts: Customer
    id: UUID
    takes_part: bool = True
    is_customer: bool = True
    """False where a card that nobody has claimed yet stands for somebody."""


def find_buyer(purchase: Purchase, terms: Terms, person: Person | None, rows: Sequence[CardRow]) -> Buyer | Refusal:
    """The buyer of an order, out of what was read of the card, customer or phone that it names.

    Refuses: NotFound and Invalid (a card or customer that is not there), CardNotActive, NotValidHere, CardNotAssigned.
    """
    named = purchase.card_id
    if (purchase.customer_id or purchase.customer_key) and person is None:
        return NotFound()
    if named is not None:
        card = next((row for row in rows if row.id == named), None)
        if card is None:
            return NotFound()
        if (refusal := _unfit(card, purchase, terms)) is not None:
            return refusal
    further = {wish.card_id for wish in purchase.wishes if wish.card_id} - {named}
    for index, wish in enumerate(purchase.wishes):
        if (refusal := _unfit_to_pay(wish.card_id, f"/spend/{index}/card", rows, purchase, terms)) is not None:
            return refusal
    holdings = [_holding(row, terms) for row in rows if _takes_part(row, purchase, terms)]
    own = [one for one in holdings if one.id == named or (named is None and one.id not in further)]
    # Highest available balance, then newest (CRD-2).
    own.sort(key=lambda one: (one.available, one.issued_order), reverse=True)
    picked: dict[UUID, Holding] = {}
    for one in own:
        picked.setdefault(one.card_type.program_id, one)
    return Buyer(
        customer=_with_base_tiers(person.facts, own, terms) if person else None,
        holdings=tuple(own) + tuple(one for one in holdings if one not in own),
        picked=picked,
        holder_id=person.id if person else next((one.id for one in own), None),
        takes_part=person is None or person.takes_part,
    )


def lacks_automatic_card(purchase: Purchase, terms: Terms, person: Person | None, rows: Sequence[CardRow]) -> bool:
    """Whether a customer who is known has no card of a program that gives them one here by itself (ORD-3, TYP-2)."""
    if not terms.automatic or person is None or not person.is_customer or not person.takes_part or purchase.card_id:
        return False
    held = {terms.card_types[row.card_type_id].program_id for row in rows if row.card_type_id in terms.card_types}
    return any(one.program_id not in held and one.gives_at(purchase.location_id) for one in terms.automatic)


def _with_base_tiers(customer: Customer, own: Sequence[Holding], terms: Terms) -> Customer:
    """The customer with the tiers that ask for nothing, in programs that they have a card of."""
    programs = {one.card_type.program_id for one in own}
    more = [
        one.tier for one in terms.base_tiers if one.program_id in programs and one.of_group.isdisjoint(customer.tiers)
    ]
    return replace(customer, tiers=customer.tiers.union(more)) if more else customer


def _unfit(card: CardRow, purchase: Purchase, terms: Terms) -> Refusal | None:
    if card.status != "active" or card.is_expired:
        return CardNotActive(status_of_card="expired" if card.status == "active" else card.status)
    card_type = terms.card_types.get(card.card_type_id)
    if card_type is not None and not _is_valid_at(card_type.location_ids, purchase.location_id):
        places = sorted(
            terms.place_names[place] for place in card_type.location_ids or () if place in terms.place_names
        )
        return NotValidHere(places=", ".join(places))
    return None


def _unfit_to_pay(
    card_id: UUID | None, pointer: str, rows: Sequence[CardRow], purchase: Purchase, terms: Terms
) -> Refusal | None:
    if card_id is None:
        return None
    card = next((row for row in rows if row.id == card_id), None)
    if card is None:
        return Invalid(errors=(FieldProblem(pointer, "unknown_card", "There is no such card."),))
    if card.is_blank:
        return CardNotAssigned()
    return _unfit(card, purchase, terms)


def _is_valid_at(location_ids: frozenset[UUID] | None, place: UUID | None) -> bool:
    return location_ids is None or place is None or place in location_ids


def _takes_part(card: CardRow, purchase: Purchase, terms: Terms) -> bool:
    """Whether a card can earn and pay here: it is active, valid at this place, and its program runs."""
    card_type = terms.card_types.get(card.card_type_id)
    if card_type is None or card.status != "active" or card.is_expired:
        return False
    program = terms.programs.get(card_type.program_id)
    return program is not None and program.is_active and _is_valid_at(card_type.location_ids, purchase.location_id)


def _holding(card: CardRow, terms: Terms) -> Holding:
    return Holding(
        id=card.id,
        card_type=terms.card_types[card.card_type_id],
        is_blank=card.is_blank,
        balances=card.balances,
        issued_order=card.id,
    )
