"""Routes of receipt codes: one for each receipt, made by the system at the till (TIL-4)."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from regulars.chains.queries import get_chain, where_it_happens
from regulars.kernel.amount import format_amount
from regulars.platform.actor import Actor
from regulars.platform.api.answers import Answer, answer, created
from regulars.platform.api.fields import AmountIn, In, Out, ReferenceIn, TimeIn, TimeOut, WholeIn
from regulars.platform.api.references import check_reference, public_id
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.till.actions.receipts import ReceiptDraft, make_receipt
from regulars.till.errors import ReceiptExists
from regulars.till.queries.receipts import ReceiptView, access_receipt, get_receipt

routes = Routes("Receipt codes")


class ReceiptCodeIn(In):
    """A code for one receipt, worth `stamps`, or what a purchase of `amount` brings: one of the two."""

    external_id: Annotated[str | None, Field(description="The receipt's own number; it names one code for ever.")] = (
        None
    )
    stamps: Annotated[WholeIn | None, Field(description="So many stamps, at most 100.")] = None
    amount: Annotated[AmountIn | None, Field(description="What was paid, in the chain's currency.")] = None
    location: Annotated[ReferenceIn | None, Field(description="Where the receipt was printed.")] = None
    expires_at: Annotated[TimeIn | None, Field(description="Until when it can be claimed; null has no end.")] = None


class ReceiptCodeOut(Out):
    """A code, to be printed as it is or as the address that holds it, and what became of it."""

    id: str
    external_id: str | None
    code: str
    url: Annotated[str, Field(description="What the QR code on the receipt holds.")]
    kind: Literal["receipt", "insert"]
    state: Literal["open", "claimed", "expired"]
    stamps: int | None
    amount: str | None
    location: str | None
    created_at: TimeOut
    expires_at: TimeOut | None
    claimed_at: TimeOut | None
    card: str | None


@routes.post(
    "/receipt-codes",
    needs="rewards:write",
    answers={201: ReceiptCodeOut},
    refuses=[ReceiptExists],
    key="required",
)
def make_one_receipt_code(request: ApiRequest, body: ReceiptCodeIn) -> Answer:
    """Make the code of a receipt: whoever scans it first adds it to their card, once."""
    draft = ReceiptDraft(
        external_id=body.external_id,
        stamps=body.stamps,
        amount=body.amount,
        location_id=where_it_happens(request.actor, body.location),
        expires_at=body.expires_at,
    )
    return created(_present(make_receipt(request.actor, draft, now=request.now), request.actor, request.now))


@routes.get("/receipt-codes/{receipt_code}", needs="rewards:read", answers={200: ReceiptCodeOut})
def get_receipt_code(request: ApiRequest, receipt_code: str) -> Answer:
    """Read a receipt code and whether it was claimed: by its id, or `ext:` with the receipt's own number."""
    return answer(_present(access_receipt(request.actor, check_reference(receipt_code)), request.actor, request.now))


def show_receipt_code(actor: Actor, receipt_id: UUID, now: datetime) -> dict[str, Any] | None:
    """The receipt code that a scanner read."""
    found = get_receipt(actor.chain_id, receipt_id)
    return {"receipt": _present(found, actor, now)} if found else None


def _present(one: ReceiptView, actor: Actor, now: datetime) -> dict[str, Any]:
    decimals = get_chain(actor.chain_id).currency_decimals
    return {
        "id": one.public_id,
        "external_id": one.external_id,
        "code": one.code,
        "url": one.url,
        "kind": one.kind,
        "state": one.state(now),
        "stamps": one.stamps,
        "amount": format_amount(one.amount, decimals) if one.amount is not None else None,
        "location": public_id("loc", one.location_id),
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "claimed_at": one.claimed_at,
        "card": public_id("crd", one.card_id),
    }
