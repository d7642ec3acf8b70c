"""Routes of holds: reserve, then capture or release (PRG-5)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from regulars.cards.actions.holds import (
    SECONDS_MAX,
    HoldCommand,
    access_hold,
    capture_hold,
    make_hold,
    release_hold,
)
from regulars.cards.api.schemas import LocationIn
from regulars.cards.api.transactions import BalanceTypeIn
from regulars.cards.api.types import location_id
from regulars.cards.errors import CardNotActive, CardNotAssigned
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import ExternalIdTaken, NotFound
from regulars.ledger.errors import (
    HoldEnded,
    HoldExpired,
    InsufficientBalance,
    MoreThanHeld,
    UnknownBalanceType,
    ZeroAmount,
)
from regulars.ledger.queries.holds import HoldView
from regulars.platform.api.answers import Answer, answer
from regulars.platform.api.fields import AmountIn, AmountOut, ExternalIdIn, In, Out, TimeOut, WholeIn
from regulars.platform.api.references import check_reference, public_id
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.programs.errors import ProgramNotActive

routes = Routes("Holds")


class HoldIn(In):
    """A part of a balance to set aside."""

    balance_type: BalanceTypeIn
    amount: Annotated[AmountIn, Field(description="Above zero.")]
    seconds: Annotated[WholeIn, Field(ge=1, le=SECONDS_MAX, description="How long it is set aside.")]
    external_id: ExternalIdIn | None = None


class CaptureIn(In):
    """How much of a hold to spend; all of it where nothing is said."""

    amount: AmountIn | None = None
    location: LocationIn | None = None


class HoldOut(Out):
    """A part of a balance that is, or was, set aside."""

    id: Annotated[str, Field(examples=["hld_01hf3zj7k8w9x0y1z2a3b4c5d6"])]
    card: str
    balance_type: Annotated[str, Field(description="External id.", examples=["points"])]
    amount: AmountOut
    captured: AmountOut
    state: Literal["active", "captured", "released", "expired"]
    expires_at: TimeOut
    external_id: str | None
    transaction: Annotated[str | None, Field(description="What was posted when it was captured.")]


@routes.post(
    "/cards/{card}/holds",
    needs="balances:write",
    answers={201: HoldOut},
    refuses=[
        NotFound,
        ZeroAmount,
        UnknownBalanceType,
        InsufficientBalance,
        CardNotActive,
        CardNotAssigned,
        ProgramNotActive,
        ExternalIdTaken,
    ],
    key="required",
)
def hold_on_card(request: ApiRequest, card: str, body: HoldIn) -> Answer:
    """Set a part of a balance aside for a while.

    Nothing else can spend it until it is captured or released, or its time is over; then it is free at once.
    """
    command = HoldCommand(
        card=check_reference(card),
        balance_type=body.balance_type,
        amount=body.amount,
        seconds=body.seconds,
        external_id=body.external_id,
    )
    return answer(present_hold(make_hold(request.actor, command, now=request.now)), status=201)


@routes.get("/holds/{hold}", needs="balances:read", answers={200: HoldOut})
def get_hold(request: ApiRequest, hold: str) -> Answer:
    """Read a hold; one whose time is over is expired."""
    return answer(present_hold(access_hold(request.actor, check_reference(hold), now=request.now)))


@routes.post(
    "/holds/{hold}/capture",
    needs="balances:write",
    answers={200: HoldOut},
    refuses=[NotFound, ZeroAmount, MoreThanHeld, HoldExpired, HoldEnded],
    key="required",
)
def capture_one_hold(request: ApiRequest, hold: str, body: CaptureIn) -> Answer:
    """Spend what a hold had set aside, or a part of it; the rest is free again.

    In time this is never refused for want of balance. Too late answers `hold_expired`.
    """
    captured = capture_hold(
        request.actor,
        check_reference(hold),
        amount=body.amount,
        location_id=location_id(request, body.location),
        now=request.now,
    )
    return answer(present_hold(captured))


@routes.post(
    "/holds/{hold}/release",
    needs="balances:write",
    answers={200: HoldOut},
    refuses=[NotFound, HoldEnded],
)
def release_one_hold(request: ApiRequest, hold: str) -> Answer:
    """Give back what a hold had set aside; once more, or after its time, changes nothing."""
    return answer(present_hold(release_hold(request.actor, check_reference(hold), now=request.now)))


def present_hold(hold: HoldView) -> dict[str, Any]:
    """A hold as the API writes it."""
    return {
        "id": encode("hld", hold.id),
        "card": encode("crd", hold.card_id),
        "balance_type": hold.balance_type,
        "amount": format_amount(hold.amount, hold.decimals),
        "captured": format_amount(hold.captured, hold.decimals),
        "state": hold.state,
        "expires_at": hold.expires_at,
        "external_id": hold.external_id,
        "transaction": public_id("txn", hold.transaction_id),
    }
