"""What requests and answers about vouchers look like."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.kernel.ids import encode
from regulars.platform.actor import Actor
from regulars.platform.api.fields import In, Out, ReferenceIn, TimeIn, TimeOut, WholeIn
from regulars.platform.api.listing import Paged
from regulars.platform.api.references import public_id
from regulars.programs.rules.validity import present_validity
from regulars.vouchers.actions.many import COUNT_MAX, LISTED_MAX
from regulars.vouchers.queries.batches import VoucherBatchView
from regulars.vouchers.rules.states import State
from regulars.vouchers.rules.vouchers import (
    DESCRIPTION_LENGTH_MAX,
    REASON_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    Source,
    VoucherState,
)

LocationIn = Annotated[ReferenceIn, Field(description="Where it happens: `loc_…` or `ext:…`.")]
CODE_EXAMPLE = "7K3M-9PQX-2WRT-A4ZB"
BENEFIT = (
    "What it gives in an order: one of `promotion` (an id; unlocks that promotion), `percent`, `amount` (off the order),"
    " `product` (a SKU; one piece free), beside it `minimum` (the order's total from which it counts)."
    " null where staff hand it over."
)


class VoucherValidityIn(In):
    """How long it can be redeemed."""

    kind: Literal["unlimited", "days", "months", "until"]
    value: Annotated[
        WholeIn | str | None,
        Field(description="So many days or months, or the last day (`2026-12-31`); nothing for unlimited."),
    ] = None


class VoucherTermsIn(In):
    """What a voucher says, gives, and how long."""

    title: Annotated[str, Field(min_length=1, max_length=TITLE_LENGTH_MAX, examples=["A coffee on the house"])]
    description: Annotated[str, Field(max_length=DESCRIPTION_LENGTH_MAX)] = ""
    validity: VoucherValidityIn | None = None
    starts_at: Annotated[TimeIn | None, Field(description="From when it can be redeemed; now.")] = None
    benefit: Annotated[dict[str, Any] | None, Field(description=BENEFIT, examples=[{"percent": "10"}])] = None
    locations: Annotated[
        list[ReferenceIn] | None,
        Field(max_length=500, description="The only places where it is valid; null is wherever its card is."),
    ] = None
    customer_may_redeem: Annotated[
        bool, Field(description="Whether whoever holds the card can redeem it on the web card.")
    ] = False


class VoucherIn(VoucherTermsIn):
    """A voucher to issue, to a card, to a customer, or to whoever holds its code."""

    card: ReferenceIn | None = None
    customer: ReferenceIn | None = None
    code: Annotated[
        str | None,
        Field(max_length=64, description="At least 13 letters or digits; left out, one is made that nobody guesses."),
    ] = None


class VoucherBatchIn(VoucherTermsIn):
    """Alike vouchers: one for each of these cards or customers, or so many for whoever has their codes; one of the three."""

    cards: Annotated[list[ReferenceIn], Field(min_length=1, max_length=LISTED_MAX)] | None = None
    customers: Annotated[list[ReferenceIn], Field(min_length=1, max_length=LISTED_MAX)] | None = None
    count: Annotated[WholeIn, Field(ge=1, le=COUNT_MAX)] | None = None


class VoucherBatchOut(Out):
    """Vouchers that were issued together, and how far that is; they themselves are at `/vouchers?batch=`."""

    id: Annotated[str, Field(examples=["vbt_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    title: str
    state: Literal["waiting", "running", "done"]
    total: int
    done: int
    issued: int
    skipped: Annotated[int, Field(description="Not made, for their card or customer was gone by then.")]
    created_at: TimeOut
    finished_at: TimeOut | None


class VoucherBatchList(Out):
    """The newest, at most 50."""

    items: list[VoucherBatchOut]
    next_cursor: str | None


class VoucherCodeIn(In):
    """A code as somebody shows or types it."""

    code: Annotated[str, Field(min_length=1, max_length=200, examples=[CODE_EXAMPLE])]


class VoucherRedeemIn(In):
    """Where it is redeemed, and with which order."""

    location: LocationIn | None = None
    order: ReferenceIn | None = None


class VoucherWhyIn(In):
    """Why, for the journal."""

    reason: Annotated[str, Field(max_length=REASON_LENGTH_MAX)] = ""


class VoucherFilters(Paged):
    """Which vouchers; everything given must hold."""

    search: Annotated[
        str | None,
        Field(
            max_length=200,
            description="A card number, a part of the title (of the newest 20,000) or of the holder's name."
            " Codes are found by `POST /vouchers/lookup`.",
        ),
    ] = None
    state: State | None = None
    card: ReferenceIn | None = None
    customer: ReferenceIn | None = None
    source: Source | None = None
    batch: Annotated[str | None, Field(max_length=140, description="Those that were issued together: `vbt_…`.")] = None


class VoucherValidityOut(Out):
    """How long it can be redeemed."""

    kind: Literal["unlimited", "days", "months", "until"]
    value: int | str | None


class VoucherRedemptionOut(Out):
    """When, where and with which order it was redeemed."""

    at: TimeOut
    location: str | None
    order: str | None


class VoucherOut(Out):
    """A voucher."""

    id: Annotated[str, Field(examples=["vch_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    code: Annotated[
        str | None,
        Field(
            examples=[CODE_EXAMPLE], description="For `rewards:write`, else null: whoever has it redeems the voucher."
        ),
    ]
    code_end: Annotated[str, Field(examples=[CODE_EXAMPLE[-4:]], description="The last letters of its code.")]
    state: State
    title: str
    description: str
    picture: Annotated[str | None, Field(description="Where its picture is fetched; null without one.")]
    card: str | None
    customer: Annotated[str | None, Field(description="Who holds it: its customer, or the holder of its card.")]
    validity: VoucherValidityOut
    starts_at: TimeOut
    expires_at: TimeOut | None
    benefit: dict[str, str] | None
    locations: Annotated[list[str] | None, Field(description="The only places where it is valid.")]
    customer_may_redeem: bool
    source: Source
    issued_at: TimeOut
    redeemed: VoucherRedemptionOut | None
    version: int


class VoucherList(Out):
    """Vouchers, newest first."""

    items: list[VoucherOut]
    next_cursor: str | None


def present_voucher(voucher: VoucherState, actor: Actor) -> dict[str, Any]:
    """A voucher as the API writes it for this actor: its whole code is for those who redeem vouchers."""
    return {
        "id": encode("vch", voucher.id),
        "code": voucher.code if actor.may("rewards:write") else None,
        "code_end": voucher.code_end,
        "state": voucher.state,
        "title": voucher.title,
        "description": voucher.description,
        "picture": f"/api/v1/vouchers/{encode('vch', voucher.id)}/picture" if voucher.picture_id else None,
        "card": public_id("crd", voucher.card_id),
        "customer": public_id("cus", voucher.holder_id),
        "validity": present_validity(voucher.validity),
        "starts_at": voucher.starts_at,
        "expires_at": voucher.expires_at,
        "benefit": voucher.benefit,
        "locations": None if voucher.places is None else [encode("loc", place_id) for place_id, _ in voucher.places],
        "customer_may_redeem": voucher.customer_may_redeem,
        "source": voucher.source,
        "issued_at": voucher.issued_at,
        "redeemed": _redemption(voucher),
        "version": voucher.version,
    }


def present_batch(batch: VoucherBatchView) -> dict[str, Any]:
    """A batch as the API writes it."""
    return {
        "id": batch.public_id,
        "title": batch.title,
        "state": batch.state,
        "total": batch.total,
        "done": batch.done,
        "issued": batch.issued,
        "skipped": batch.skipped,
        "created_at": batch.created_at,
        "finished_at": batch.finished_at,
    }


def _redemption(voucher: VoucherState) -> dict[str, Any] | None:
    if voucher.redeemed_at is None:
        return None
    return {
        "at": voucher.redeemed_at,
        "location": public_id("loc", voucher.redeemed_location_id),
        "order": public_id("ord", voucher.order_id),
    }
