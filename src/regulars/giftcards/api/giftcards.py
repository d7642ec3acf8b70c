"""Routes of gift cards: sell, find, read (RWD-5). Codes are bearer tokens: none is ever in an address (RWD-9)."""

from ninja import Query

from regulars.chains.queries import get_chain
from regulars.codes.actions.lookup import find_code_owner
from regulars.codes.errors import CodeTaken, CodeTooShort, UnknownCode
from regulars.customers.queries import find_customer
from regulars.giftcards.actions.sell import SaleCommand, reveal_code, sell_gift_card
from regulars.giftcards.api.places import location_id
from regulars.giftcards.api.schemas import (
    GiftCardCodeOut,
    GiftCardEntryList,
    GiftCardFilters,
    GiftCardList,
    GiftCardLookupIn,
    GiftCardOut,
    GiftCardSaleIn,
    GiftCardsOutstandingOut,
    SoldGiftCardOut,
    present_entry,
    present_gift_card,
)
from regulars.giftcards.errors import (
    GiftCardHasNoCode,
    GiftCardNeedsCustomer,
    GiftCardTypeArchived,
    GiftCardTypeOver,
    ValueNotSold,
)
from regulars.giftcards.queries.giftcards import (
    GiftCardFilter,
    access_gift_card,
    find_gift_card,
    list_entries,
    list_gift_cards,
    outstanding,
)
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import decode, new_id
from regulars.kernel.refusal import Refused
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.listing import Paged, list_body, page_of, read_cursor, read_id_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.database import unit_of_work

routes = Routes("Gift cards")


@routes.post(
    "/gift-cards",
    needs="rewards:write",
    answers={201: SoldGiftCardOut},
    refuses=[
        ValueNotSold,
        GiftCardTypeArchived,
        GiftCardTypeOver,
        GiftCardNeedsCustomer,
        GiftCardHasNoCode,
        CodeTaken,
        CodeTooShort,
    ],
    key="required",
)
def sell_one_gift_card(request: ApiRequest, body: GiftCardSaleIn) -> Answer:
    """Sell a gift card.

    It earns nothing and no promotion touches it: it is money that is owed. The answer tells the code.
    """
    sold = sell_gift_card(
        request.actor,
        SaleCommand(
            type=check_reference(body.type),
            value=body.value,
            code=body.code or "",
            customer=check_reference(body.customer) if body.customer else "",
            location_id=location_id(request, body.location),
            note=body.note,
        ),
        now=request.now,
    )
    return created(present_gift_card(sold, _decimals(request)) | {"code": sold.code}, version=sold.version)


@routes.post(
    "/gift-cards/lookup",
    needs="rewards:read",
    answers={200: GiftCardOut},
    refuses=[UnknownCode, TooManyAttempts],
    key="none",
    transaction="own",
)
def look_up_gift_card(request: ApiRequest, body: GiftCardLookupIn) -> Answer:
    """Find a gift card by its code, however it was typed.

    Every wrong code has the same answer; who tries too many waits.
    """
    owner = find_code_owner(request.actor, body.code, kinds=("gift_card",), now=request.now)
    with unit_of_work(request.actor.chain_id):
        assert owner.owner_id is not None
        card = find_gift_card(request.actor.chain_id, owner.owner_id, now=request.now)
        if card is None:
            raise Refused(UnknownCode())
        return answer(present_gift_card(card, _decimals(request)), version=card.version)


@routes.get("/gift-cards", needs="rewards:read", answers={200: GiftCardList})
def list_some_gift_cards(request: ApiRequest, filters: Query[GiftCardFilters]) -> Answer:
    """List gift cards, newest first."""
    # What names nothing finds nothing.
    type_id = (decode("gct", filters.type) or new_id()) if filters.type else None
    customer = find_customer(request.actor.chain_id, check_reference(filters.customer)) if filters.customer else None
    customer_id = (customer.id if customer else new_id()) if filters.customer else None
    page = list_gift_cards(
        request.actor,
        GiftCardFilter(state=filters.state or "", type_id=type_id, customer_id=customer_id),
        now=request.now,
        after=read_id_cursor("gift_cards", filters.cursor),
        limit=filters.limit,
    )
    decimals = _decimals(request)
    next_cursor = write_cursor("gift_cards", [str(page.last)]) if page.last else None
    return answer(list_body((present_gift_card(one, decimals) for one in page.cards), next_cursor))


@routes.get("/gift-cards/outstanding", needs="rewards:read", answers={200: GiftCardsOutstandingOut})
def get_outstanding_gift_cards(request: ApiRequest) -> Answer:
    """Read what the business owes to those who hold gift cards that are good."""
    found = outstanding(request.actor, now=request.now)
    return answer({"gift_cards": found.cards, "balance": format_amount(found.balance, _decimals(request))})


@routes.get("/gift-cards/{gift_card}", needs="rewards:read", answers={200: GiftCardOut})
def get_gift_card(request: ApiRequest, gift_card: str) -> Answer:
    """Read a gift card."""
    card = access_gift_card(request.actor, check_reference(gift_card), now=request.now)
    return answer(present_gift_card(card, _decimals(request)), version=card.version)


@routes.post("/gift-cards/{gift_card}/show-code", needs="rewards:write", answers={200: GiftCardCodeOut})
def show_code_of_gift_card(request: ApiRequest, gift_card: str) -> Answer:
    """Tell the code of a gift card, to print it once more; the journal keeps who asked."""
    return answer({"code": reveal_code(request.actor, check_reference(gift_card), now=request.now)})


@routes.get("/gift-cards/{gift_card}/entries", needs="rewards:read", answers={200: GiftCardEntryList})
def list_gift_card_entries(request: ApiRequest, gift_card: str, filters: Query[Paged]) -> Answer:
    """List what happened to the money of a gift card, newest first."""
    card = access_gift_card(request.actor, check_reference(gift_card), now=request.now)
    listing = f"gift_card_entries:{card.id}"
    position = read_cursor(listing, filters.cursor, length=1)
    entries = list_entries(
        request.actor.chain_id,
        card.id,
        before=int(str(position[0])) if position else None,
        limit=filters.limit + 1,
    )
    decimals = _decimals(request)
    return answer(
        page_of(
            entries,
            limit=filters.limit,
            listing=listing,
            position=lambda one: [one.number],
            present=lambda one: present_entry(one, decimals),
        )
    )


def _decimals(request: ApiRequest) -> int:
    return get_chain(request.actor.chain_id).currency_decimals
