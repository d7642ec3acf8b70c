"""Routes of cards: issue, find, and what happens to a card in its life."""

from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from regulars.cards.actions.issue import IssueCommand, issue_card
from regulars.cards.actions.lifecycle import (
    block_card,
    delete_card,
    renew_link,
    replace_card,
    restore_card,
    unblock_card,
)
from regulars.cards.actions.shown import find_shown_card
from regulars.cards.api.schemas import CardIn, CardList, CardOut, NumberIn, Status, present_card
from regulars.cards.api.types import location_id
from regulars.cards.errors import (
    BalanceLeft,
    CardExists,
    CardNotActive,
    CardReplaced,
    CardTypeArchived,
    CodeOfStrangeClock,
    FixedCodeTooOften,
    HolderRequired,
    NotRestorable,
    NotValidHere,
    NumberTaken,
    RotatingCodeLate,
    RotatingCodeOff,
    RotatingCodeUsed,
)
from regulars.cards.queries.cards import CardView, access_card, find_card_by_number
from regulars.cards.queries.listing import CardFilter, list_cards
from regulars.cards.queries.types import access_card_type
from regulars.chains.queries import get_chain
from regulars.customers.errors import AddALetter
from regulars.customers.queries import LISTED_MAX, access_customer
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import number_key
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import Filters, Flag, In, Out, ReasonIn, ReferenceIn
from regulars.platform.api.listing import Paged, list_body, read_text_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.scanning import find_otherwise
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.database import unit_of_work
from regulars.programs.errors import ProgramNotActive

routes = Routes("Cards")


class CardFilters(Paged):
    """Which cards; everything given must hold. Deleted ones only with `status=deleted`."""

    search: Annotated[
        str | None,
        Field(
            max_length=200,
            description="A number, till number, phone, e-mail, id or part of a name."
            f" At most {LISTED_MAX} of each are found: a longer text finds the rest.",
        ),
    ] = None
    number: Annotated[str | None, Field(max_length=64, description="The whole number; spaces do not count.")] = None
    short_number: Annotated[str | None, Field(max_length=20, description="The till number.")] = None
    phone: Annotated[str | None, Field(max_length=60, description="Of the holder, in any notation.")] = None
    customer: ReferenceIn | None = None
    card_type: ReferenceIn | None = None
    status: Status | None = None
    platform: Literal["web", "apple", "google"] | None = None
    order: Literal["-issued", "issued", "number", "-number", "name", "-name"] = "-issued"


class ReasonBody(In):
    """Why."""

    reason: ReasonIn


class ReplaceIn(In):
    """Why the card is replaced, and by which number."""

    reason: ReasonIn
    number: NumberIn | None = None


class DeleteFilters(Filters):
    """What becomes of what is left."""

    write_off: Annotated[Flag, Field(description="Post off what is left; never a deposit.")] = False


class ScanIn(In):
    """What a scanner read."""

    payload: Annotated[str, Field(min_length=1, max_length=1000, examples=["4807108474"])]


class ScanOut(Out):
    """What was found: one of these."""

    card: CardOut | None = None
    voucher: Annotated[dict[str, Any] | None, Field(description="As `GET /vouchers/{voucher}` tells it.")] = None
    membership: Annotated[dict[str, Any] | None, Field(description="As `GET /memberships/{membership}` tells it.")] = (
        None
    )
    gift_card: Annotated[dict[str, Any] | None, Field(description="As `GET /gift-cards/{gift_card}` tells it.")] = None
    receipt: Annotated[dict[str, Any] | None, Field(description="As `GET /receipt-codes/{receipt_code}` tells it.")] = (
        None
    )


@routes.post(
    "/cards",
    needs="cards:write",
    answers={201: CardOut},
    refuses=[
        NotFound,
        HolderRequired,
        NumberTaken,
        CardExists,
        ProgramNotActive,
        CardTypeArchived,
        NotValidHere,
    ],
)
def issue_one_card(request: ApiRequest, body: CardIn) -> Answer:
    """Issue a card.

    To a phone that belongs to a customer, the customer gets the card; to any other phone it is unclaimed until a
    customer has this phone.
    """
    command = IssueCommand(
        card_type=check_reference(body.card_type),
        phone=body.phone or "",
        customer=check_reference(body.customer or ""),
        number=body.number or "",
        location_id=location_id(request, body.location),
    )
    country = get_chain(request.actor.chain_id).country
    card = issue_card(request.actor, command, country=country, now=request.now)
    return created(present_card(card), version=card.version)


@routes.get(
    "/cards",
    needs="cards:read",
    answers={200: CardList},
    refuses=[NotFound, AddALetter, CardReplaced],
)
def list_some_cards(request: ApiRequest, filters: Query[CardFilters]) -> Answer:
    """List or search cards.

    `number` with a number that was replaced answers `card_replaced`.
    """
    actor = request.actor
    if filters.number:
        found = find_card_by_number(actor.chain_id, number_key(filters.number))
        if found and found[1]:
            raise Refused(CardReplaced())
    wanted = CardFilter(
        search=filters.search or "",
        number=filters.number or "",
        short_number=filters.short_number or "",
        phone=filters.phone or "",
        customer_id=access_customer(actor, check_reference(filters.customer)).id if filters.customer else None,
        card_type_id=access_card_type(actor, check_reference(filters.card_type)).id if filters.card_type else None,
        status=filters.status or "",
        platform=filters.platform or "",
    )
    listing = f"cards:{filters.order}"
    page = list_cards(
        actor,
        wanted,
        country=get_chain(actor.chain_id).country,
        now=request.now,
        order=filters.order,
        after=read_text_cursor(listing, filters.cursor),
        limit=filters.limit,
    )
    next_cursor = write_cursor(listing, [page.last[0], str(page.last[1])]) if page.last else None
    return answer(list_body(map(present_card, page.cards), next_cursor))


@routes.post(
    "/cards/scan",
    needs="cards:read",
    answers={200: ScanOut},
    refuses=[
        NotFound,
        CardReplaced,
        TooManyAttempts,
        RotatingCodeUsed,
        RotatingCodeLate,
        CodeOfStrangeClock,
        RotatingCodeOff,
        FixedCodeTooOften,
    ],
    key="none",
    transaction="own",
)
def scan_card(request: ApiRequest, body: ScanIn) -> Answer:
    """Find what a scanner read: a card number, a till number, the card's link or its token, or the code of a voucher, a
    membership or a gift card.

    The number of a card that was replaced answers `card_replaced`, without a balance. Codes need `rewards:read`; who tries
    too many wrong ones waits. What cannot be a code, as the number of a card, is not counted.

    Where the design of the card type has a rotating code, the code that the web card or Google Wallet shows is good once and for
    half a minute before and after; the number, the link and prints of such a card are taken three times a day.
    """
    try:
        with unit_of_work(request.actor.chain_id):
            card = find_shown_card(request.actor, body.payload, now=request.now)
        return answer({"card": present_card(card)})
    except Refused as refused:
        other = None
        if isinstance(refused.refusal, NotFound):
            other = find_otherwise(request.actor, body.payload, request.now)
        if other is None:
            raise
    return answer(other)


@routes.get("/cards/{card}", needs="cards:read", answers={200: CardOut})
def get_card(request: ApiRequest, card: str) -> Answer:
    """Read a card."""
    return _answer_card(access_card(request.actor, check_reference(card), now=request.now))


@routes.delete("/cards/{card}", needs="cards:delete", answers={200: CardOut}, refuses=[BalanceLeft, CardNotActive])
def delete_one_card(request: ApiRequest, card: str, filters: Query[DeleteFilters]) -> Answer:
    """Delete a card; it can be restored for 30 days.

    With something left on it, `write_off=true` is needed; a card with a deposit is never deleted.
    """
    deleted = delete_card(request.actor, check_reference(card), write_off=filters.write_off, now=request.now)
    return _answer_card(deleted)


@routes.post(
    "/cards/{card}/restore",
    needs="cards:delete",
    answers={200: CardOut},
    refuses=[CardNotActive, NotRestorable, CardExists],
)
def restore_one_card(request: ApiRequest, card: str) -> Answer:
    """Bring a deleted card back, with what was posted off it."""
    return _answer_card(restore_card(request.actor, check_reference(card), now=request.now))


@routes.post("/cards/{card}/block", needs="cards:write", answers={200: CardOut}, refuses=[CardNotActive])
def block_one_card(request: ApiRequest, card: str, body: ReasonBody) -> Answer:
    """Block a card: it shows its balance and does nothing more."""
    return _answer_card(block_card(request.actor, check_reference(card), reason=body.reason, now=request.now))


@routes.post("/cards/{card}/unblock", needs="cards:write", answers={200: CardOut}, refuses=[CardNotActive])
def unblock_one_card(request: ApiRequest, card: str) -> Answer:
    """Make a blocked card active again."""
    return _answer_card(unblock_card(request.actor, check_reference(card), now=request.now))


@routes.post("/cards/{card}/replace", needs="cards:write", answers={200: CardOut}, refuses=[CardNotActive, NumberTaken])
def replace_one_card(request: ApiRequest, card: str, body: ReplaceIn) -> Answer:
    """Give a lost card a new number, till number and link.

    The card stays the same: id, balances, history and passes. Its old number answers `card_replaced`.
    """
    replaced = replace_card(
        request.actor, check_reference(card), reason=body.reason, number=body.number or "", now=request.now
    )
    return _answer_card(replaced)


@routes.post("/cards/{card}/renew-link", needs="cards:write", answers={200: CardOut})
def renew_link_of_card(request: ApiRequest, card: str) -> Answer:
    """Make a new public link; every older one is dead at once."""
    return _answer_card(renew_link(request.actor, check_reference(card), now=request.now))


def _answer_card(card: CardView) -> Answer:
    body: dict[str, Any] = present_card(card)
    return answer(body, version=card.version)
