"""Selling memberships, and taking them back (RWD-6)."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.cards.queries.cards import CardView, access_card
from regulars.codes.actions.space import take_code, take_new_codes
from regulars.codes.rules.space import CODE_LETTERS_MAX, check_chosen
from regulars.customers.queries import access_customer
from regulars.kernel.amount import format_amount
from regulars.kernel.fields import check_external_id, check_text
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import ExternalIdTaken, FieldProblem, Invalid, Refused
from regulars.memberships.actions.worth import refuse_refund
from regulars.memberships.actions.write import Place, read_reason, tell, view_of, write
from regulars.memberships.errors import (
    CardNotInUse,
    CardOfSomebodyElse,
    HolderNeeded,
    MembershipCancelled,
    MembershipTypeArchived,
    RefundTooHigh,
)
from regulars.memberships.events import MEMBERSHIP_CANCELLED, MEMBERSHIP_SOLD
from regulars.memberships.models import Membership
from regulars.memberships.queries.memberships import MembershipView
from regulars.memberships.queries.types import TypeView, access_type
from regulars.memberships.rules.states import follow
from regulars.memberships.rules.terms import terms_json
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, unit_of_work


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCommand:
    """What is sold to whom. The price in smallest units, None: the type's. `code`: one that was chosen; `with_code`: a new one."""

    type: str
    customer: str | None = None
    card: str | None = None
    price: int | None = None
    code: str | None = None
    with_code: bool = False
    external_id: str | None = None
    location_id: UUID | None = None


def sell_membership(actor: Actor, command: SaleCommand, *, zone: ZoneInfo, now: datetime) -> MembershipView:
    """Sell a membership; it begins today, or with its first use, as its type says.

    Refuses: Forbidden, NotFound, Invalid, MembershipTypeArchived, HolderNeeded, CardOfSomebodyElse, CardNotInUse,
    CodeTaken, CodeTooShort, ExternalIdTaken.
    """
    actor.require("rewards:write")
    today = now.astimezone(zone).date()
    with unit_of_work(actor.chain_id):
        kind = access_type(actor, command.type)
        if kind.archived_at is not None:
            raise Refused(MembershipTypeArchived(name=kind.name))
        price = _price(kind, command)
        customer_id, card = _holder(actor, command, now=now)
        if customer_id is None and card is None and not command.with_code and command.code is None:
            raise Refused(HolderNeeded())
        _refuse_taken(actor.chain_id, command.external_id)
        starts_on = today if kind.terms.begins == "sale" else None
        ends_on = kind.terms.last_day(today) if starts_on else None
        made = Membership(
            id=new_id(),
            chain_id=actor.chain_id,
            type_id=kind.id,
            external_id=command.external_id,
            customer_id=customer_id,
            card_id=card.id if card else None,
            state="active" if starts_on else "sold",
            terms=terms_json(kind.terms),
            price=price,
            sold_at=now,
            location_id=command.location_id,
            staff_id=actor.staff_id,
            visits=kind.terms.visits,
            starts_on=starts_on,
            first_ends_on=ends_on,
            ends_on=ends_on,
        )
        made.code = _take_code(actor.chain_id, made.id, command)
        made.save(force_insert=True)
        view = view_of(actor.chain_id, made.id, today)
        tell(
            actor,
            view.now,
            MEMBERSHIP_SOLD,
            now=now,
            after_facts={"type": kind.name, "price": price, "ends_on": ends_on},
            location_id=command.location_id,
        )
        return view


def cancel_membership(
    actor: Actor, membership: str, *, reason: str, refund: int | None, at: Place, now: datetime
) -> MembershipView:
    """Take a membership back for good, with what of its price is given back, in smallest units; None: nothing.

    Refuses: Forbidden, NotFound, Invalid, MembershipCancelled, RefundTooHigh, AboveLimit.
    """
    actor.require("rewards:write")
    reason = read_reason(reason)
    money = refund or 0
    if money < 0:
        raise Refused(Invalid(errors=(FieldProblem("/refund", "out_of_range", "Not below zero."),)))
    with write(actor, membership, zone=at.zone, now=now) as locked:
        before = locked.state
        if before.state == "cancelled":
            raise Refused(MembershipCancelled())
        if money > before.price:
            raise Refused(RefundTooHigh(paid=format_amount(before.price, at.decimals)))
        refuse_refund(actor, money, at.decimals)
        after = locked.save(replace(before, state=follow(before.state, "cancel")))
        execute(
            "UPDATE memberships SET cancelled_at = %s, refunded = %s WHERE chain_id = %s AND id = %s",
            [now, money, actor.chain_id, before.id],
        )
        tell(
            actor,
            after,
            MEMBERSHIP_CANCELLED,
            now=now,
            before={"state": before.state},
            after_facts={"reason": reason, "refund": money},
            location_id=at.location_id,
            payload={"refund": format_amount(money, at.decimals)},
        )
        return view_of(actor.chain_id, after.id, locked.today)


def _price(kind: TypeView, command: SaleCommand) -> int:
    price = kind.price if command.price is None else command.price
    if price is None:
        raise Refused(Invalid(errors=(FieldProblem("/price", "required", "Say what is paid: the type has no price."),)))
    if price < 0:
        raise Refused(Invalid(errors=(FieldProblem("/price", "out_of_range", "A price is not below zero."),)))
    return price


def _holder(actor: Actor, command: SaleCommand, *, now: datetime) -> tuple[UUID | None, CardView | None]:
    """Whose it becomes: the customer who is named, else the holder of the card."""
    reader = actor.acting_with("customers:read").acting_with("cards:read")
    customer = access_customer(reader, command.customer) if command.customer else None
    card = access_card(reader, command.card, now=now) if command.card else None
    if card is None:
        return (customer.id if customer else None), None
    if card.status != "active":
        raise Refused(CardNotInUse())
    if customer is not None and card.customer_id not in (None, customer.id):
        raise Refused(CardOfSomebodyElse())
    return (customer.id if customer else card.customer_id), card


def _refuse_taken(chain_id: UUID, external_id: str | None) -> None:
    problems = check_external_id(external_id, "/external_id")
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    if external_id is None:
        return
    # Two who sell under one external id at the same instant take turns.
    row("SELECT pg_advisory_xact_lock(hashtextextended('membership:' || %s || %s, 0))", [str(chain_id), external_id])
    if row("SELECT 1 FROM memberships WHERE chain_id = %s AND external_id = %s", [chain_id, external_id]):
        raise Refused(ExternalIdTaken(external_id=external_id))


def _take_code(chain_id: UUID, membership_id: UUID, command: SaleCommand) -> str | None:
    if command.code is None:
        return take_new_codes(chain_id, "membership", [membership_id])[0] if command.with_code else None
    text = command.code.strip()
    problems = check_text(text, "/code", length_max=CODE_LETTERS_MAX)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    if refusal := check_chosen(text):
        raise Refused(refusal)
    take_code(chain_id, "membership", membership_id, text)
    return text
