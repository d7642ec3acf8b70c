"""Routes that change a gift card: top up, write off, give back, block, cancel (RWD-5)."""

from collections.abc import Callable
from uuid import UUID

from regulars.cards.errors import AboveLimit
from regulars.giftcards.actions.change import (
    GiveBackCommand,
    MoneyCommand,
    Moved,
    block_gift_card,
    cancel_gift_card,
    give_back,
    top_up,
    unblock_gift_card,
    write_off,
)
from regulars.giftcards.api.giftcards import routes
from regulars.giftcards.api.places import location_id
from regulars.giftcards.api.schemas import (
    GiftCardBlockIn,
    GiftCardCancelIn,
    GiftCardGiveBackIn,
    GiftCardMoneyIn,
    GiftCardMovedOut,
    present_moved,
)
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
from regulars.kernel.refusal import NotFound
from regulars.platform.api.answers import Answer, answer, answer_text
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest
from regulars.platform.claims import Present
from regulars.platform.database import unit_of_work
from regulars.platform.wire import to_json

__all__ = ["routes"]


@routes.post(
    "/gift-cards/{gift_card}/top-up",
    needs="rewards:write",
    answers={201: GiftCardMovedOut},
    refuses=[
        NotFound,
        GiftCardSingleUse,
        GiftCardTooLarge,
        GiftCardExpired,
        GiftCardBlocked,
        GiftCardCancelled,
        AboveLimit,
    ],
    key="required",
    transaction="own",
    is_hot=True,
)
def top_up_gift_card(request: ApiRequest, gift_card: str, body: GiftCardMoneyIn) -> Answer:
    """Put more money on a gift card; how long it is good stays as it is. It earns nothing.

    It needs `promotions:write`, or a staff login whose `adjust_limit` allows the amount.
    """
    command = _command(request, gift_card, body)
    return _answer_moved(
        lambda present: top_up(request.actor, command, now=request.now, claim=request.claim, present=present)
    )


@routes.post(
    "/gift-cards/{gift_card}/write-off",
    needs="rewards:write",
    answers={201: GiftCardMovedOut},
    refuses=[
        NotFound,
        GiftCardShort,
        GiftCardUsedUp,
        GiftCardExpired,
        GiftCardBlocked,
        GiftCardCancelled,
        GiftCardNotHere,
    ],
    key="required",
    transaction="own",
    is_hot=True,
)
def write_off_gift_card(request: ApiRequest, gift_card: str, body: GiftCardMoneyIn) -> Answer:
    """Pay with a gift card outside an order; in an order it is a payment like any other (`spend`).

    One for a single payment is used up by it: what it leaves is `forfeited`.
    """
    command = _command(request, gift_card, body)
    return _answer_moved(
        lambda present: write_off(request.actor, command, now=request.now, claim=request.claim, present=present)
    )


@routes.post(
    "/gift-cards/{gift_card}/give-back",
    needs="rewards:write",
    answers={201: GiftCardMovedOut},
    refuses=[NotFound, GiftCardCancelled, NothingToGiveBack],
    key="required",
)
def give_back_to_gift_card(request: ApiRequest, gift_card: str, body: GiftCardGiveBackIn) -> Answer:
    """Give back what a payment outside an order took; what an order took goes back with the order.

    A used-up gift card is active again. One for a single payment can be used once more; what it forfeited comes back where
    all of the payment does. On one whose time is over the money is good for 30 more days. Who works in some locations gives back
    what was paid there.
    """
    moved = give_back(
        request.actor,
        GiveBackCommand(
            gift_card=check_reference(gift_card),
            entry=body.entry,
            amount=body.amount,
            location_id=location_id(request, body.location),
            note=body.note,
        ),
        now=request.now,
    )
    return answer(present_moved(moved), status=201)


@routes.post(
    "/gift-cards/{gift_card}/block",
    needs="rewards:write",
    answers={200: GiftCardMovedOut},
    refuses=[NotFound, GiftCardUsedUp, GiftCardExpired, GiftCardBlocked, GiftCardCancelled],
)
def block_one_gift_card(request: ApiRequest, gift_card: str, body: GiftCardBlockIn) -> Answer:
    """Let nobody pay with a gift card until it is unblocked."""
    name = check_reference(gift_card)
    return answer(present_moved(block_gift_card(request.actor, name, note=body.note, now=request.now)))


@routes.post(
    "/gift-cards/{gift_card}/unblock",
    needs="rewards:write",
    answers={200: GiftCardMovedOut},
    refuses=[NotFound, GiftCardNotBlocked, GiftCardExpired],
)
def unblock_one_gift_card(request: ApiRequest, gift_card: str) -> Answer:
    """Let a gift card be paid with again."""
    return answer(present_moved(unblock_gift_card(request.actor, check_reference(gift_card), now=request.now)))


@routes.post(
    "/gift-cards/{gift_card}/cancel",
    needs="rewards:write",
    answers={201: GiftCardMovedOut},
    refuses=[NotFound, GiftCardUsedUp, GiftCardExpired, GiftCardCancelled, AboveLimit],
    key="required",
)
def cancel_one_gift_card(request: ApiRequest, gift_card: str, body: GiftCardCancelIn) -> Answer:
    """Cancel a gift card for good; what is left of it is paid out in money, or is gone.

    Paying out needs `promotions:write`, or a staff login whose `adjust_limit` allows what is left.
    """
    kind = "pay_out" if body.pay_out else "cancel"
    moved = cancel_gift_card(request.actor, check_reference(gift_card), kind=kind, note=body.note, now=request.now)
    return answer(present_moved(moved), status=201)


def _command(request: ApiRequest, gift_card: str, body: GiftCardMoneyIn) -> MoneyCommand:
    return MoneyCommand(
        gift_card=check_reference(gift_card),
        amount=body.amount,
        location_id=_location(request, body.location),
        note=body.note,
    )


def _location(request: ApiRequest, named: str | None) -> UUID | None:
    if named is None:
        return location_id(request, None)
    with unit_of_work(request.actor.chain_id):
        return location_id(request, named)


def _answer_moved(run: Callable[[Present[Moved]], Moved]) -> Answer:
    """Run a hot action and answer with the very text that it stored for the key."""
    texts: list[str] = []

    def present(moved: Moved) -> tuple[int, str]:
        texts.append(to_json(present_moved(moved)))
        return 201, texts[-1]

    moved = run(present)
    return answer_text(texts[-1] if texts else to_json(present_moved(moved)), status=201)
