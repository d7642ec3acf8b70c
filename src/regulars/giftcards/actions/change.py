"""What happens to a gift card by hand: pay, top up, give back, block, cancel. Paying and topping up are hot paths."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.cards.actions.balances import retry_lost_races
from regulars.chains.queries import get_chain
from regulars.giftcards.actions.allowed import refuse_beyond_limit, refuse_elsewhere
from regulars.giftcards.actions.parts import Write, change_parts, give_back_parts, write_off_parts
from regulars.giftcards.events import (
    GIFT_CARD_BLOCKED,
    GIFT_CARD_CANCELLED,
    GIFT_CARD_TOPPED_UP,
    GIFT_CARD_UNBLOCKED,
)
from regulars.giftcards.queries.payable import lock_for_payment, lock_gift_cards_by_id, payment_of_entry
from regulars.giftcards.rules.change import (
    plan_block,
    plan_cancel,
    plan_give_back,
    plan_top_up,
    plan_unblock,
    plan_write_off,
)
from regulars.giftcards.rules.types import check_note, read_money
from regulars.giftcards.rules.values import Change, GiftCardState
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal, Refused
from regulars.ledger.actions.post import Part, post
from regulars.platform.actor import Actor
from regulars.platform.claims import Claim, Present
from regulars.platform.database import unit_of_work
from regulars.platform.hot import HotCursor, hot_unit_of_work, open_cursor


@dataclass(frozen=True, slots=True)
class MoneyCommand:
    """So much money on to or off a gift card, where, and why."""

    gift_card: str
    amount: Any
    location_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GiveBackCommand:
    """So much of a payment to give back; all that is left of it where `amount` is None."""

    gift_card: str
    entry: str
    amount: Any = None
    location_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done, as the answer tells it."""

    change: Change
    decimals: int
    at: datetime


def write_off(
    actor: Actor,
    command: MoneyCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Moved] | None = None,
) -> Moved:
    """Pay with a gift card outside an order: exact, however many do so at the same instant. Two round trips.

    Refuses: Forbidden, NotFound, Invalid, GiftCardUsedUp, GiftCardExpired, GiftCardBlocked, GiftCardCancelled,
    GiftCardNotHere, GiftCardShort. Raises Answered where the key was used before.
    """
    return _pay(
        actor,
        command,
        lambda card, amount, decimals: plan_write_off(
            card, amount, now=now, location_id=command.location_id, decimals=decimals
        ),
        lambda write: write_off_parts([write], now=now),
        now=now,
        claim=claim,
        present=present,
    )


def top_up(
    actor: Actor,
    command: MoneyCommand,
    *,
    now: datetime,
    claim: Claim | None = None,
    present: Present[Moved] | None = None,
) -> Moved:
    """Put more money on a gift card; its time stays as it is. It earns nothing. Two round trips.

    It needs `promotions:write`, or an `adjust_limit` of the staff login that allows the amount. Refuses: Forbidden, AboveLimit,
    NotFound, Invalid, GiftCardSingleUse, GiftCardExpired, GiftCardBlocked, GiftCardCancelled,
    GiftCardTooLarge. Raises Answered where the key was used before.
    """
    return _pay(
        actor,
        command,
        lambda card, amount, decimals: plan_top_up(card, amount, now=now, decimals=decimals),
        lambda write: change_parts([write], "gift_up", event=GIFT_CARD_TOPPED_UP, now=now),
        now=now,
        claim=claim,
        present=present,
        is_limited=True,
    )


@retry_lost_races
def give_back(actor: Actor, command: GiveBackCommand, *, now: datetime) -> Moved:
    """Give back what a payment outside an order took, all or a part of it. What an order took goes back with the order.

    Who works in some locations gives back what was paid there. Refuses: Forbidden, NotFound, Invalid, GiftCardCancelled, NothingToGiveBack.
    """
    actor.require("rewards:write")
    note = _note(command.note)
    entry_id = decode("gce", command.entry)
    with unit_of_work(actor.chain_id):
        cursor, card = _lock(actor, command.gift_card)
        decimals = get_chain(actor.chain_id).currency_decimals
        paid = payment_of_entry(cursor, actor.chain_id, card.id, entry_id) if entry_id else ()
        if not paid:
            unknown = FieldProblem("/entry", "unknown_entry", "This gift card has no such payment outside an order.")
            raise Refused(Invalid(errors=(unknown,)))
        refuse_elsewhere(cursor, actor, paid[0].id)
        # Of what has all come back already, one cent more says so.
        amount = max(1, paid[0].left) if command.amount is None else _amount(command.amount, decimals)
        change = _planned(plan_give_back(card, paid, amount, now=now, decimals=decimals))
        write = Write(change, actor, location_id=command.location_id, note=note)
        post(cursor, actor, [], also=give_back_parts([write], now=now))
        return Moved(change, decimals, now)


def block_gift_card(actor: Actor, identifier: str, *, note: str = "", now: datetime) -> Moved:
    """Let nobody pay with a gift card: lost, stolen, in doubt.

    Refuses: Forbidden, NotFound, GiftCardUsedUp, GiftCardExpired, GiftCardBlocked, GiftCardCancelled.
    """
    return _turn(actor, identifier, lambda card: plan_block(card, now=now), GIFT_CARD_BLOCKED, note, now=now)


def unblock_gift_card(actor: Actor, identifier: str, *, now: datetime) -> Moved:
    """Let it be paid with again. Refuses: Forbidden, NotFound, GiftCardNotBlocked, GiftCardExpired."""
    return _turn(actor, identifier, lambda card: plan_unblock(card, now=now), GIFT_CARD_UNBLOCKED, "", now=now)


def cancel_gift_card(actor: Actor, identifier: str, *, kind: str, note: str = "", now: datetime) -> Moved:
    """Cancel a gift card for good: with the kind `pay_out` what is left of it is handed back in money, with `cancel` it is gone.

    Paying out needs `promotions:write`, or an `adjust_limit` of the staff login that allows what is left.
    Refuses: Forbidden, AboveLimit, NotFound, Invalid, GiftCardUsedUp, GiftCardExpired, GiftCardCancelled.
    """
    return _turn(
        actor,
        identifier,
        lambda card: plan_cancel(card, kind=kind, now=now),
        GIFT_CARD_CANCELLED,
        note,
        now=now,
        is_limited=kind == "pay_out",
    )


@retry_lost_races
def _pay(
    actor: Actor,
    command: MoneyCommand,
    plan: Callable[[GiftCardState, int, int], Change | Refusal],
    parts: Callable[[Write], list[Part]],
    *,
    now: datetime,
    claim: Claim | None,
    present: Present[Moved] | None,
    is_limited: bool = False,
) -> Moved:
    actor.require("rewards:write")
    note = _note(command.note)
    card_id = decode("gcd", command.gift_card)
    if card_id is None:
        raise Refused(NotFound())
    with hot_unit_of_work(actor.chain_id) as cursor:
        found = lock_for_payment(cursor, actor.chain_id, card_id, claim)
        if found is None:
            raise Refused(NotFound())
        card, currency = found
        decimals = get_currency_precision(currency)
        amount = _amount(command.amount, decimals)
        if is_limited:
            refuse_beyond_limit(cursor, actor, amount, decimals)
        change = _planned(plan(card, amount, decimals))
        moved = Moved(change, decimals, now)
        answers = []
        if claim is not None and present is not None:
            status, text = present(moved)
            answers.append(claim.answered(status=status, answer=text))
        written = parts(Write(change, actor, location_id=command.location_id, note=note))
        post(cursor, actor, [], answers=answers, also=written, and_commit=True)
    return moved


@retry_lost_races
def _turn(
    actor: Actor,
    identifier: str,
    plan: Callable[[GiftCardState], Change | Refusal],
    event: str,
    note: str,
    *,
    now: datetime,
    is_limited: bool = False,
) -> Moved:
    actor.require("rewards:write")
    note = _note(note)
    with unit_of_work(actor.chain_id):
        cursor, card = _lock(actor, identifier)
        change = _planned(plan(card))
        decimals = get_chain(actor.chain_id).currency_decimals
        if is_limited:
            refuse_beyond_limit(cursor, actor, card.balance, decimals)
        written = change_parts([Write(change, actor, note=note)], "gift_turn", event=event, now=now)
        post(cursor, actor, [], also=written)
        return Moved(change, decimals, now)


def _lock(actor: Actor, identifier: str) -> tuple[HotCursor, GiftCardState]:
    """The gift card under lock. Refuses: NotFound."""
    card_id = decode("gcd", identifier)
    cursor = open_cursor()
    locked = lock_gift_cards_by_id(cursor, actor.chain_id, [card_id]) if card_id else {}
    if card_id is None or card_id not in locked:
        raise Refused(NotFound())
    return cursor, locked[card_id]


def _planned(outcome: Change | Refusal) -> Change:
    if isinstance(outcome, Refusal):
        raise Refused(outcome)
    return outcome


def _amount(value: Any, decimals: int) -> int:
    read = read_money(value, "/amount", decimals)
    if isinstance(read, FieldProblem):
        raise Refused(Invalid(errors=(read,)))
    return read


def _note(text: str) -> str:
    problems = check_note(text)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return text.strip()
