"""What requests and answers about gift cards hold."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from regulars.codes.rules.space import CODE_LETTERS_MAX
from regulars.giftcards.actions.change import Moved
from regulars.giftcards.queries.giftcards import EntryView, GiftCardView
from regulars.giftcards.rules.types import NOTE_LENGTH_MAX
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.platform.api.fields import AmountIn, AmountOut, In, Out, ReferenceIn, TimeOut
from regulars.platform.api.listing import Paged
from regulars.platform.api.references import public_id

GiftCardStateOut = Literal["active", "used_up", "expired", "blocked", "cancelled"]
EntryKindOut = Literal["sale", "opening", "top_up", "write_off", "forfeit", "give_back", "expire", "cancel", "pay_out"]
CodeIn = Annotated[
    str,
    Field(min_length=1, max_length=200, description="As it was typed or scanned.", examples=["7K3M-9PQX-2WRT-A8FD"]),
]
LocationIn = Annotated[ReferenceIn, Field(description="Where it happens: `loc_…` or `ext:…`.")]
NoteIn = Annotated[str, Field(max_length=NOTE_LENGTH_MAX, description="Why, for the history.")]
MoneyIn = Annotated[AmountIn, Field(description="Above zero, in the currency of the business.", examples=["12.50"])]


class GiftCardSaleIn(In):
    """A gift card to sell."""

    type: Annotated[str, Field(max_length=140, examples=["gct_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    value: MoneyIn
    code: Annotated[
        str | None,
        Field(max_length=CODE_LETTERS_MAX, description="At least 13 letters or digits; made where it is left out."),
    ] = None
    customer: Annotated[ReferenceIn | None, Field(description="Whose it is; needed where it has no code.")] = None
    location: LocationIn | None = None
    note: NoteIn = ""


class GiftCardLookupIn(In):
    """A code."""

    code: CodeIn


class GiftCardMoneyIn(In):
    """So much money."""

    amount: MoneyIn
    location: LocationIn | None = None
    note: NoteIn = ""


class GiftCardGiveBackIn(In):
    """A payment to give back: all that is left of it, or a part."""

    entry: Annotated[
        str, Field(max_length=140, description="The write-off.", examples=["gce_01hf3zj7k8w9x0y1z2a3b4c5d6"])
    ]
    amount: MoneyIn | None = None
    location: LocationIn | None = None
    note: NoteIn = ""


class GiftCardBlockIn(In):
    """Why."""

    note: NoteIn = ""


class GiftCardCancelIn(In):
    """Whether what is left is handed back in money."""

    pay_out: Annotated[bool, Field(description="false: what is left is gone.")]
    note: NoteIn = ""


class TypeOfGiftCard(Out):
    """The type of a gift card."""

    id: str
    name: str


class GiftCardOut(Out):
    """A gift card; its code only as its last letters."""

    id: Annotated[str, Field(examples=["gcd_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    type: TypeOfGiftCard
    state: GiftCardStateOut
    value: AmountOut
    balance: AmountOut
    single_use: bool
    with_code: bool
    code_end: Annotated[str | None, Field(examples=["A8FD"])]
    customer: str | None
    location: str | None
    sold_at: TimeOut
    expires_at: TimeOut | None
    version: int


class SoldGiftCardOut(GiftCardOut):
    """A gift card that was just sold, with its code: it is told now and never again by itself."""

    code: str | None


class GiftCardList(Out):
    """A page of gift cards."""

    items: list[GiftCardOut]
    next_cursor: str | None


class GiftCardsOutstandingOut(Out):
    """What the business owes to those who hold gift cards."""

    gift_cards: int
    balance: AmountOut


class GiftCardCodeOut(Out):
    """The code of a gift card."""

    code: str | None


class GiftCardMovedOut(Out):
    """What was done to a gift card. `entry` is null where no money moved; `forfeited` is what a single payment left."""

    gift_card: str
    entry: Annotated[str | None, Field(examples=["gce_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    kind: EntryKindOut | None
    amount: AmountOut
    forfeited: AmountOut
    balance: AmountOut
    state: GiftCardStateOut
    expires_at: TimeOut | None
    at: TimeOut


class GiftCardEntryOut(Out):
    """A line of a gift card's history; `left` is what can still be given back of a payment."""

    id: str
    kind: EntryKindOut
    amount: AmountOut
    balance_after: AmountOut
    left: AmountOut
    at: TimeOut
    source: str
    staff: str | None
    location: str | None
    order: str | None
    reverses: str | None
    note: str


class GiftCardEntryList(Out):
    """A page of a gift card's history."""

    items: list[GiftCardEntryOut]
    next_cursor: str | None


class GiftCardFilters(Paged):
    """Which gift cards; everything given must hold."""

    state: GiftCardStateOut | None = None
    type: Annotated[str | None, Field(max_length=140)] = None
    customer: Annotated[str | None, Field(max_length=140)] = None


MAIN: Final = ("write_off", "top_up", "give_back", "cancel", "pay_out")


def present_gift_card(card: GiftCardView, decimals: int) -> dict[str, Any]:
    """A gift card as the API writes it."""
    return {
        "id": encode("gcd", card.id),
        "type": {"id": encode("gct", card.type_id), "name": card.type_name},
        "state": card.state,
        "value": format_amount(card.value, decimals),
        "balance": format_amount(card.balance, decimals),
        "single_use": card.is_single_use,
        "with_code": card.code is not None,
        "code_end": card.code_end or None,
        "customer": _id("cus", card.customer_id),
        "location": _id("loc", card.location_id),
        "sold_at": card.sold_at,
        "expires_at": card.expires_at,
        "version": card.version,
    }


def present_moved(moved: Moved) -> dict[str, Any]:
    """What was done to a gift card as the API writes it."""
    change, decimals = moved.change, moved.decimals
    main = next((one for one in change.entries if one.kind in MAIN), None)
    forfeited = sum(-one.amount for one in change.entries if one.kind == "forfeit")
    amount = sum(one.amount for one in change.entries if main is not None and one.kind == main.kind)
    return {
        "gift_card": encode("gcd", change.after.id),
        "entry": encode("gce", main.id) if main else None,
        "kind": main.kind if main else None,
        "amount": format_amount(amount, decimals),
        "forfeited": format_amount(forfeited, decimals),
        "balance": format_amount(change.after.balance, decimals),
        "state": change.after.state,
        "expires_at": change.after.expires_at,
        "at": moved.at,
    }


def present_entry(entry: EntryView, decimals: int) -> dict[str, Any]:
    """A line of a gift card's history as the API writes it."""
    return {
        "id": encode("gce", entry.id),
        "kind": entry.kind,
        "amount": format_amount(entry.amount, decimals),
        "balance_after": format_amount(entry.balance_after, decimals),
        "left": format_amount(entry.left, decimals),
        "at": entry.at,
        "source": entry.source,
        "staff": _id("stf", entry.staff_id),
        "location": _id("loc", entry.location_id),
        "order": _id("ord", entry.order_id),
        "reverses": _id("gce", entry.reverses),
        "note": entry.note,
    }


def _id(prefix: str, identifier: UUID | None) -> str | None:
    return public_id(prefix, identifier)
