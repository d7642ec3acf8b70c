"""What may be done to a gift card and what it makes of it; pure. Money in the currency's smallest unit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from regulars.giftcards.errors import (
    GiftCardBlocked,
    GiftCardCancelled,
    GiftCardExpired,
    GiftCardNotBlocked,
    GiftCardNotHere,
    GiftCardShort,
    GiftCardSingleUse,
    GiftCardTooLarge,
    GiftCardUsedUp,
    NothingToGiveBack,
)
from regulars.giftcards.rules.states import State, Verb, state_after
from regulars.giftcards.rules.values import Change, GiftCardState, NewEntry, PastEntry
from regulars.kernel.amount import AMOUNT_MAX, format_amount
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refusal

GRACE: Final = timedelta(days=30)
"""How long what is given back to a gift card whose time is over can be spent (LED-4)."""

Move = tuple[str, int, UUID | None]
"""The kind of an entry, its amount, and the entry whose amount it gives back."""


def refusal_of(card: GiftCardState, *, now: datetime) -> Refusal | None:
    """Why nothing can be paid with a gift card now; None where something can."""
    return _refusals(card, card.state_at(now))


def refusal_here(card: GiftCardState, location_id: UUID | None) -> Refusal | None:
    """Why it is not good in a location; where no location is known, only what is good everywhere is."""
    if card.location_ids is not None and location_id not in card.location_ids:
        return GiftCardNotHere()
    return None


def plan_write_off(
    card: GiftCardState, amount: int, *, now: datetime, location_id: UUID | None, decimals: int
) -> Change | Refusal:
    """Pay with a gift card. What is left of one for a single payment is forfeited.

    Refuses: GiftCardUsedUp, GiftCardExpired, GiftCardBlocked, GiftCardCancelled, GiftCardNotHere, GiftCardShort.
    """
    assert amount > 0
    refusal = refusal_of(card, now=now) or refusal_here(card, location_id)
    if refusal is not None:
        return refusal
    if amount > card.balance:
        return GiftCardShort(available=format_amount(card.balance, decimals), wanted=format_amount(amount, decimals))
    rest = card.balance - amount
    moves: list[Move] = [("write_off", -amount, None)]
    if card.is_single_use and rest:
        moves.append(("forfeit", -rest, None))
    verb: Verb = "use_up" if card.is_single_use or not rest else "write_off"
    return _changed(card, verb, moves)


def plan_top_up(card: GiftCardState, amount: int, *, now: datetime, decimals: int) -> Change | Refusal:
    """Put more money on a gift card.

    Refuses: GiftCardSingleUse, GiftCardExpired, GiftCardBlocked, GiftCardCancelled, GiftCardTooLarge.
    """
    assert amount > 0
    state = card.state_at(now)
    if state_after(state, "top_up") is None:
        refusal = _refusals(card, state)
        assert refusal is not None
        return refusal
    if card.is_single_use:
        return GiftCardSingleUse()
    if card.expires_at is not None and card.expires_at <= now:
        # It was used up before its time was over: what came on it now would be gone at once.
        return GiftCardExpired(expired_at=card.expires_at.isoformat())
    largest = AMOUNT_MAX if card.value_max is None else card.value_max
    if card.balance + amount > largest:
        return GiftCardTooLarge(largest=format_amount(largest, decimals))
    return _changed(card, "top_up", [("top_up", amount, None)])


def plan_give_back(
    card: GiftCardState, paid: Sequence[PastEntry], amount: int, *, now: datetime, decimals: int
) -> Change | Refusal:
    """Give back what a payment took, all or a part of it: `paid` are its write-off and, where there is one, its forfeit.

    A used-up card is active again. One for a single payment can be used once more; where all of its payment has come
    back, what it forfeited comes back with it. On a card whose time is over the money lives 30 more days. One that was
    blocked stays blocked, also where it expired since.
    Refuses: GiftCardCancelled, NothingToGiveBack.
    """
    assert amount > 0
    write_off = next(one for one in paid if one.kind == "write_off")
    if amount > write_off.left:
        return NothingToGiveBack(left=format_amount(max(0, write_off.left), decimals))
    state = card.state_at(now)
    if state_after(state, "give_back") is None:
        return GiftCardCancelled()
    moves: list[Move] = [("give_back", amount, write_off.id)]
    forfeit = next((one for one in paid if one.kind == "forfeit" and one.left), None)
    if forfeit is not None and amount == write_off.left:
        moves.append(("give_back", forfeit.left, forfeit.id))
    is_over = card.expires_at is not None and card.expires_at <= now
    alive = replace(card, expires_at=now + GRACE) if is_over else card
    if card.state in ("active", "blocked") and state == "expired":
        # Its end is due and not booked yet: that comes first, so that only what is given back lives on.
        moves.insert(0, ("expire", -card.balance, None))
    verb: Verb = "give_back_blocked" if state == "expired" and card.is_blocked else "give_back"
    return _changed(card, verb, moves, alive=alive, state=state)


def plan_release(
    card: GiftCardState, kept: Sequence[PastEntry], amount: int, *, cancelled_as: str, now: datetime, decimals: int
) -> Change | Refusal:
    """Give back what an open order kept, as if it had stayed on the card: keeping it makes no card live longer.

    What comes back to a card whose time is over ends with it. What comes to one that is cancelled goes the way that its
    money went: paid out, or gone, as `cancelled_as` says. Refuses: NothingToGiveBack.
    """
    if card.state == "cancelled":
        return plan_pass_back(card, kept, amount, kind=cancelled_as)
    given = plan_give_back(card, kept, amount, now=now, decimals=decimals)
    if isinstance(given, Refusal) or card.expires_at is None or card.expires_at > now:
        return given
    back = [move for move in _moves(given) if move[0] == "give_back"]
    ended: list[Move] = [*back, ("expire", -card.balance - sum(one[1] for one in back), None)]
    return _changed(card, "expire", ended, state="active")


def plan_pass_back(card: GiftCardState, paid: Sequence[PastEntry], amount: int, *, kind: str) -> Change:
    """Give back to a gift card that is cancelled, and take it away at once as `pay_out` or `cancel`: nothing is lost track of."""
    assert card.state == "cancelled"
    assert kind in ("pay_out", "cancel")
    write_off = next(one for one in paid if one.kind == "write_off")
    assert 0 < amount <= write_off.left
    return _entered(card, [("give_back", amount, write_off.id), (kind, -amount, None)])


def plan_expiry(card: GiftCardState, *, now: datetime) -> Change | None:
    """What is left of a gift card ends with its time; None where its time is not over or nothing is left."""
    if card.state_at(now) != "expired" or card.state == "expired":
        return None
    return _changed(card, "expire", [("expire", -card.balance, None)])


def plan_cancel(card: GiftCardState, *, kind: str, now: datetime) -> Change | Refusal:
    """Cancel a gift card for good; `kind` is `pay_out` where its money is handed back, else `cancel`.

    Refuses: GiftCardUsedUp, GiftCardExpired, GiftCardCancelled.
    """
    assert kind in ("pay_out", "cancel")
    state = card.state_at(now)
    if state_after(state, "cancel") is None:
        refusal = _refusals(card, state)
        assert refusal is not None
        return refusal
    return _changed(card, "cancel", [(kind, -card.balance, None)])


def plan_block(card: GiftCardState, *, now: datetime) -> Change | Refusal:
    """Let nobody pay with it until it is unblocked. Refuses what stands against paying with it."""
    return refusal_of(card, now=now) or _changed(card, "block", [], alive=replace(card, is_blocked=True))


def plan_unblock(card: GiftCardState, *, now: datetime) -> Change | Refusal:
    """Let it be paid with again. Refuses: GiftCardNotBlocked, GiftCardExpired."""
    state = card.state_at(now)
    if state_after(state, "unblock") is not None:
        return _changed(card, "unblock", [], alive=replace(card, is_blocked=False))
    refusal = _refusals(card, state)
    return refusal if isinstance(refusal, GiftCardExpired) else GiftCardNotBlocked()


def _refusals(card: GiftCardState, state: State) -> Refusal | None:
    match state:
        case "active":
            return None
        case "used_up":
            return GiftCardUsedUp()
        case "expired":
            return GiftCardExpired(expired_at=card.expires_at.isoformat() if card.expires_at else "")
        case "blocked":
            return GiftCardBlocked()
        case "cancelled":
            return GiftCardCancelled()


def _changed(
    card: GiftCardState,
    verb: Verb,
    moves: Sequence[Move],
    *,
    alive: GiftCardState | None = None,
    state: State | None = None,
) -> Change:
    """The card after a verb that is allowed, with an entry for each move."""
    after = state_after(state or card.state, verb)
    assert after is not None
    return _entered(card, moves, alive=replace(alive or card, state=after))


def _entered(card: GiftCardState, moves: Sequence[Move], *, alive: GiftCardState | None = None) -> Change:
    balance, entries = card.balance, []
    for number, (kind, amount, reverses) in enumerate(moves, card.last_number + 1):
        balance += amount
        entries.append(NewEntry(new_id(), number, kind, amount, balance, reverses))
    made = replace(
        alive or card,
        balance=balance,
        version=card.version + 1,
        last_number=card.last_number + len(moves),
    )
    return Change(card, made, tuple(entries))


def _moves(change: Change) -> list[Move]:
    return [(one.kind, one.amount, one.reverses) for one in change.entries]
