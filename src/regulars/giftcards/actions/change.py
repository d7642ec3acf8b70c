"""What happens to a gift card by hand: pay, top up, give back, block, cancel. Paying is a hot path."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from regulars.cards.actions.balances import retry_lost_races
from regulars.chains.queries import get_chain
from regulars.giftcards.actions.parts import Write, change_parts, give_back_parts, write_off_parts
from regulars.giftcards.events import (
    GIFT_CARD_BLOCKED,
    GIFT_CARD_CANCELLED,
    GIFT_CARD_TOPPED_UP,
    GIFT_CARD_UNBLOCKED,
)
from regulars.giftcards.queries.payable import lock_gift_cards_by_id, payment_of_entry
from regulars.giftcards.rules.change import (
    plan_block,
    plan_cancel,
    plan_give_back,
    plan_top_up,
    plan_unblock,
    plan_write_off,
)
from regulars.giftcards.rules.types import read_money
from regulars.giftcards.rules.values import Change, GiftCardState
from regulars.kernel.fields import check_text
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal, Refused
from regulars.ledger.actions.post import Part, post
from regulars.platform.actor import Actor
from regulars.platform.database import unit_of_work
from regulars.platform.hot import HotCursor, open_cursor

NOTE_LENGTH_MAX = 500


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


def write_off(actor: Actor, command: MoneyCommand, *, now: datetime) -> Change:
    """Pay with a gift card outside an order: exact, however many do so at the same instant.

    Refuses: Forbidden, NotFound, Invalid, GiftCardUsedUp, GiftCardExpired, GiftCardBlocked, GiftCardCancelled,
    GiftCardNotHere, GiftCardShort.
    """
    return _pay(
        actor,
        command,
        lambda card, amount, decimals: plan_write_off(
            card, amount, now=now, location_id=command.location_id, decimals=decimals
        ),
        lambda write: write_off_parts([write], now=now),
    )


def top_up(actor: Actor, command: MoneyCommand, *, now: datetime) -> Change:
    """Put more money on a gift card; its time stays as it is.

    Refuses: Forbidden, NotFound, Invalid, GiftCardSingleUse, GiftCardExpired, GiftCardBlocked, GiftCardCancelled,
    GiftCardTooLarge.
    """
    return _pay(
        actor,
        command,
        lambda card, amount, decimals: plan_top_up(card, amount, now=now, decimals=decimals),
        lambda write: change_parts([write], "gift_up", event=GIFT_CARD_TOPPED_UP, now=now),
    )


@retry_lost_races
def give_back(actor: Actor, command: GiveBackCommand, *, now: datetime) -> Change:
    """Give back what a payment outside an order took, all or a part of it. What an order took goes back with the order.

    Refuses: Forbidden, NotFound, Invalid, GiftCardCancelled, NothingToGiveBack.
    """
    actor.require("rewards:write")
    note = _note(command.note)
    entry_id = decode("gce", command.entry)
    with unit_of_work(actor.chain_id):
        cursor, card, decimals = _lock(actor, command.gift_card)
        paid = payment_of_entry(cursor, actor.chain_id, card.id, entry_id) if entry_id else ()
        if not paid or _is_of_order(cursor, actor.chain_id, paid[0].id):
            unknown = FieldProblem("/entry", "unknown_entry", "This gift card has no such payment outside an order.")
            raise Refused(Invalid(errors=(unknown,)))
        amount = _amount(command.amount, decimals) if command.amount is not None else max(1, paid[0].left)
        change = _planned(plan_give_back(card, paid, amount, now=now, decimals=decimals))
        post(
            cursor,
            actor,
            [],
            also=give_back_parts([Write(change, actor, location_id=command.location_id, note=note)], now=now),
        )
        return change


def block_gift_card(actor: Actor, identifier: str, *, now: datetime) -> Change:
    """Let nobody pay with a gift card: lost, stolen, in doubt.

    Refuses: Forbidden, NotFound, GiftCardUsedUp, GiftCardExpired, GiftCardBlocked, GiftCardCancelled.
    """
    return _turn(actor, identifier, lambda card: plan_block(card, now=now), GIFT_CARD_BLOCKED, "", now=now)


def unblock_gift_card(actor: Actor, identifier: str, *, now: datetime) -> Change:
    """Let it be paid with again. Refuses: Forbidden, NotFound, GiftCardNotBlocked, GiftCardExpired."""
    return _turn(actor, identifier, lambda card: plan_unblock(card, now=now), GIFT_CARD_UNBLOCKED, "", now=now)


def cancel_gift_card(actor: Actor, identifier: str, *, pays_out: bool, note: str, now: datetime) -> Change:
    """Cancel a gift card for good; what is left of it is paid out in money, or is gone.

    Refuses: Forbidden, NotFound, Invalid, GiftCardUsedUp, GiftCardExpired, GiftCardCancelled.
    """
    kind = "pay_out" if pays_out else "cancel"
    return _turn(
        actor, identifier, lambda card: plan_cancel(card, kind=kind, now=now), GIFT_CARD_CANCELLED, note, now=now
    )


@retry_lost_races
def _pay(
    actor: Actor,
    command: MoneyCommand,
    plan: Callable[[GiftCardState, int, int], Change | Refusal],
    parts: Callable[[Write], list[Part]],
) -> Change:
    actor.require("rewards:write")
    note = _note(command.note)
    with unit_of_work(actor.chain_id):
        cursor, card, decimals = _lock(actor, command.gift_card)
        change = _planned(plan(card, _amount(command.amount, decimals), decimals))
        post(cursor, actor, [], also=parts(Write(change, actor, location_id=command.location_id, note=note)))
        return change


@retry_lost_races
def _turn(
    actor: Actor,
    identifier: str,
    plan: Callable[[GiftCardState], Change | Refusal],
    event: str,
    note: str,
    *,
    now: datetime,
) -> Change:
    actor.require("rewards:write")
    note = _note(note)
    with unit_of_work(actor.chain_id):
        cursor, card, _decimals = _lock(actor, identifier)
        change = _planned(plan(card))
        post(
            cursor,
            actor,
            [],
            also=change_parts([Write(change, actor, note=note)], "gift_turn", event=event, now=now),
        )
        return change


def _lock(actor: Actor, identifier: str) -> tuple[HotCursor, GiftCardState, int]:
    """The gift card under lock, and the decimals of its money. Refuses: NotFound."""
    card_id = decode("gcd", identifier)
    cursor = open_cursor()
    locked = lock_gift_cards_by_id(cursor, actor.chain_id, [card_id]) if card_id else {}
    if card_id not in locked:
        raise Refused(NotFound())
    return cursor, locked[card_id], get_chain(actor.chain_id).currency_decimals


def _is_of_order(cursor: HotCursor, chain_id: UUID, entry_id: UUID) -> bool:
    found = cursor.row(
        "SELECT order_id FROM gift_card_entries WHERE chain_id = %(chain)s AND id = %(id)s",
        {"chain": chain_id, "id": entry_id},
    )
    return found is not None and found[0] is not None


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
    problems = check_text(text, "/note", length_max=NOTE_LENGTH_MAX)
    if problems:
        raise Refused(Invalid(errors=tuple(problems)))
    return text.strip()
