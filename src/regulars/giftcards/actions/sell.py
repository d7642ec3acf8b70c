"""Selling gift cards: the first entry of each is what was paid for it (RWD-5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.chains.queries import get_chain
from regulars.codes.actions.space import take_code, take_new_codes
from regulars.codes.rules.space import CODE_LETTERS_MAX, check_chosen
from regulars.customers.queries import access_customer
from regulars.giftcards.errors import (
    GiftCardHasNoCode,
    GiftCardNeedsCustomer,
    GiftCardTypeArchived,
    GiftCardTypeOver,
)
from regulars.giftcards.events import GIFT_CARD_SOLD
from regulars.giftcards.models import GiftCard, GiftCardEntry, GiftCardNote
from regulars.giftcards.queries.giftcards import GiftCardView, access_gift_card, find_gift_card
from regulars.giftcards.queries.types import TypeView, access_type
from regulars.giftcards.rules.types import check_note, check_value, read_money
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import check_text
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.platform.actor import Actor
from regulars.platform.audit import record
from regulars.platform.database import unit_of_work
from regulars.platform.events import announce
from regulars.programs.rules.validity import end_of


@dataclass(frozen=True, slots=True)
class SaleCommand:
    """A gift card to sell: of which type, for how much, with which code where somebody chose one, to whom."""

    type: str
    value: Any
    code: str = ""
    customer: str = ""
    location_id: UUID | None = None
    note: str = ""


def sell_gift_card(actor: Actor, command: SaleCommand, *, now: datetime) -> GiftCardView:
    """Sell a gift card. Selling one earns nothing, and no promotion touches it: it is money that is owed from now on.

    Refuses: Forbidden, Invalid, GiftCardTypeArchived, GiftCardTypeOver, ValueNotSold, GiftCardNeedsCustomer,
    GiftCardHasNoCode, CodeTaken, CodeTooShort.
    """
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        chain = get_chain(actor.chain_id)
        kind = _type(actor, command.type)
        value = read_money(command.value, "/value", chain.currency_decimals)
        problems = check_note(command.note)
        problems += check_text(command.code, "/code", length_max=CODE_LETTERS_MAX)
        if isinstance(value, FieldProblem):
            raise Refused(Invalid(errors=(value, *problems)))
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        refusal = check_value(kind.terms, value, decimals=chain.currency_decimals)
        if refusal is not None:
            raise Refused(refusal)
        expires_at = end_of(kind.terms.validity, now, chain.zone)
        if expires_at is not None and expires_at <= now:
            raise Refused(GiftCardTypeOver(until=str(kind.terms.validity.day)))
        customer_id = _customer(actor, command.customer)
        if not kind.terms.has_code and customer_id is None:
            raise Refused(GiftCardNeedsCustomer())
        if not kind.terms.has_code and command.code.strip():
            raise Refused(GiftCardHasNoCode())
        made = GiftCard(
            chain_id=actor.chain_id,
            type_id=kind.id,
            customer_id=customer_id,
            value=value,
            balance=value,
            location_id=command.location_id,
            sold_at=now,
            expires_at=expires_at,
        )
        if kind.terms.has_code:
            made.code = _code(actor.chain_id, made.id, command.code.strip())
        made.save(force_insert=True)
        _enter(actor, made, "sale", command.note.strip(), now=now)
        _tell(actor, made, kind, decimals=chain.currency_decimals, now=now)
        view = find_gift_card(actor.chain_id, made.id, now=now)
        assert view is not None
        return view


def reveal_code(actor: Actor, identifier: str, *, now: datetime) -> str | None:
    """The code of a gift card, for whoever holds it; None where it has none. The journal keeps who looked.

    Refuses: Forbidden, NotFound.
    """
    actor.require("rewards:write")
    with unit_of_work(actor.chain_id):
        card = access_gift_card(actor.acting_with("rewards:read"), identifier, now=now)
        if card.code is not None:
            record(actor, verb="gift_card.code_shown", object_kind="gift_card", object_id=card.id, now=now)
        return card.code


def _type(actor: Actor, identifier: str) -> TypeView:
    try:
        found = access_type(actor.acting_with("rewards:read"), identifier)
    except Refused as refused:
        if isinstance(refused.refusal, NotFound):
            unknown = FieldProblem("/type", "unknown_type", "There is no such type of gift cards.")
            raise Refused(Invalid(errors=(unknown,))) from None
        raise
    if found.archived_at is not None:
        raise Refused(GiftCardTypeArchived())
    return found


def _customer(actor: Actor, identifier: str) -> UUID | None:
    if not identifier:
        return None
    try:
        return access_customer(actor, identifier).id
    except Refused as refused:
        if isinstance(refused.refusal, NotFound):
            unknown = FieldProblem("/customer", "unknown_customer", "There is no such customer.")
            raise Refused(Invalid(errors=(unknown,))) from None
        raise


def _code(chain_id: UUID, card_id: UUID, chosen: str) -> str:
    if not chosen:
        return take_new_codes(chain_id, "gift_card", [card_id])[0]
    refusal = check_chosen(chosen)
    if refusal is not None:
        raise Refused(refusal)
    take_code(chain_id, "gift_card", card_id, chosen)
    return chosen


def _enter(actor: Actor, card: GiftCard, kind: str, note: str, *, now: datetime) -> None:
    entry = GiftCardEntry(
        id=new_id(),
        chain_id=actor.chain_id,
        gift_card=card,
        number=1,
        kind=kind,
        amount=card.value,
        balance_after=card.value,
        at=now,
        source=actor.through,
        staff_id=actor.staff_id,
        key_id=actor.key_id,
        location_id=card.location_id,
    )
    entry.save(force_insert=True)
    if note:
        GiftCardNote(entry_id=entry.id, chain_id=actor.chain_id, text=note).save(force_insert=True)


def _tell(actor: Actor, card: GiftCard, kind: TypeView, *, decimals: int, now: datetime) -> None:
    record(
        actor,
        verb=GIFT_CARD_SOLD,
        object_kind="gift_card",
        object_id=card.id,
        now=now,
        after={"type": kind.name, "value": format_amount(card.value, decimals)},
        location_id=card.location_id,
    )
    payload = {"gift_card_id": str(card.id), "amount": card.value, "balance": card.value, "state": "active"}
    if card.customer_id is not None:
        payload["customer_id"] = str(card.customer_id)
    announce(actor.chain_id, GIFT_CARD_SOLD, now=now, payload=payload)
