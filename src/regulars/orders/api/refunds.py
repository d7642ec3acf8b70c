"""Routes that undo orders: cancel, refund, and what was refunded."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from regulars.chains.queries import where_it_happens
from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound
from regulars.ledger.errors import BalanceTooLarge
from regulars.orders.actions.refund import Refunded, cancel_order, refund_order
from regulars.orders.errors import AmountExceedsPaid, OrderNotRefundable, QuantityExceedsSold, RefundExists
from regulars.orders.queries.orders import access_order
from regulars.orders.queries.refunds import RefundView, list_refunds
from regulars.orders.rules.refund.outcome import Moved, Outcome
from regulars.orders.rules.refund.reading import RefundDraft, RefundLineDraft
from regulars.platform.api.answers import Answer, answer, answer_text
from regulars.platform.api.fields import AmountIn, AmountOut, ExternalIdIn, In, Out, ReferenceIn, TimeOut, WholeIn
from regulars.platform.api.idempotency import REPLAY_HEADER
from regulars.platform.api.listing import whole_list
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.claims import Present
from regulars.platform.database import unit_of_work
from regulars.platform.wire import to_json

routes = Routes("Refunds")

LINES_MAX = 10_000


class RefundLineIn(In):
    """A line that comes back."""

    index: Annotated[WholeIn, Field(description="Its place in the order, from 0.")]
    quantity: Annotated[AmountIn, Field(description="Left out: all that is left of it.")] | None = None


class RefundIn(In):
    """What comes back: lines, or an amount of money that is shared over them."""

    lines: Annotated[list[RefundLineIn], Field(max_length=LINES_MAX)] | None = None
    amount: AmountIn | None = None
    external_id: ExternalIdIn | None = None
    location: ReferenceIn | None = None

    def draft(self) -> RefundDraft:
        """The refund as the rules read it."""
        lines = None if self.lines is None else tuple(RefundLineDraft(one.index, one.quantity) for one in self.lines)
        return RefundDraft(lines=lines, amount=self.amount, external_id=self.external_id, location=self.location)


class CancelIn(In):
    """Where an order is cancelled."""

    location: ReferenceIn | None = None


class TakenBackOut(Out):
    """Units that were earned and are taken back; `owed` of them had been spent and are a debt now."""

    card: str
    balance_type: str
    amount: AmountOut
    owed: AmountOut


class ReturnedOut(Out):
    """Units that had been spent and are back; `expires_at` where what they came from had expired meanwhile."""

    card: str
    balance_type: str
    amount: AmountOut
    money: AmountOut
    expires_at: str | None


class NotRecoveredOut(Out):
    """Units that could not be taken back (`kind` earn) or given back (spend): spent, expired or card_deleted."""

    card: str
    balance_type: str
    amount: AmountOut
    kind: str
    reason: str


class GivenBackOut(Out):
    """A code or voucher that can be used again, a gift card with `amount` back on it, or a membership with `visits` back.

    `code` is the end of its code; of visits `amount` is what they had paid.
    """

    kind: Literal["code", "voucher", "gift_card", "membership"]
    id: str
    code: str
    amount: AmountOut | None
    visits: int | None


class RefundOut(Out):
    """What a refund did."""

    money_back: AmountOut
    taken_back: list[TakenBackOut]
    returned: list[ReturnedOut]
    not_recovered: list[NotRecoveredOut]
    kept_rewards: Annotated[list[str], Field(description="Rewards that had been used, so that they stay: `grw_…`.")]
    given_back: list[GivenBackOut]


class RefundedLineOut(Out):
    """A line that came back; no quantity where money was given back and the goods stay."""

    index: int
    quantity: AmountOut
    money: AmountOut


class RecordedRefundOut(RefundOut):
    """A refund of an order."""

    id: str
    kind: str
    at: TimeOut
    external_id: str | None
    lines: list[RefundedLineOut]


class RefundList(Out):
    """The refunds of an order, the first one first."""

    items: list[RecordedRefundOut]
    next_cursor: str | None


@routes.post(
    "/orders/{order}/refunds",
    needs="orders:write",
    answers={201: RefundOut},
    refuses=[NotFound, OrderNotRefundable, QuantityExceedsSold, AmountExceedsPaid, RefundExists, BalanceTooLarge],
    key="required",
    transaction="own",
)
def refund_one_order(request: ApiRequest, order: str, body: RefundIn) -> Answer:
    """Give back some or all of a paid order.

    What is kept is priced again under the versions that priced it: the money back is what was paid less what the rest
    costs, earned points that the rest does not deserve are taken back, spent points return to their lots. The last
    refund takes all that is left. The same external id with the same content gives the first answer again.
    """
    place = _location(request, body.location)
    return _answer_refunded(
        lambda present: refund_order(
            request.actor,
            check_reference(order),
            body.draft(),
            now=request.now,
            location_id=place,
            claim=request.claim,
            present=present,
        ),
        status=201,
    )


@routes.post(
    "/orders/{order}/cancel",
    needs="orders:write",
    answers={200: RefundOut},
    refuses=[NotFound, OrderNotRefundable, BalanceTooLarge],
    key="required",
    transaction="own",
)
def cancel_one_order(request: ApiRequest, order: str, body: CancelIn | None = None) -> Answer:
    """Undo an order.

    Of an open one what it had reserved is free again; of a paid one all that is left is refunded.
    """
    place = _location(request, body.location if body else None)
    return _answer_refunded(
        lambda present: cancel_order(
            request.actor,
            check_reference(order),
            now=request.now,
            location_id=place,
            claim=request.claim,
            present=present,
        ),
        status=200,
    )


@routes.get("/orders/{order}/refunds", needs="orders:read", answers={200: RefundList})
def list_refunds_of_order(request: ApiRequest, order: str) -> Answer:
    """Read what was refunded of an order, first to last."""
    found = access_order(request.actor, check_reference(order))
    assert found.id is not None
    refunds = list_refunds(request.actor.chain_id, found.id)
    return answer(whole_list(present_refund(one, found.currency_decimals) for one in refunds))


def present_refund(one: RefundView, currency_decimals: int) -> dict[str, Any]:
    """A refund as the API writes it."""
    return {
        "id": encode("rfd", one.id),
        "kind": one.kind,
        "at": one.at,
        "external_id": one.external_id,
        "lines": [
            {
                "index": line.index,
                "quantity": format_amount(line.quantity, 3),
                "money": format_amount(line.money, currency_decimals),
            }
            for line in one.lines
        ],
        **present_outcome(one.outcome),
    }


def present_outcome(outcome: Outcome) -> dict[str, Any]:
    """What a refund did, in the members that it is answered with."""
    return {
        "money_back": outcome.money_back,
        "taken_back": [{**_moved(one), "owed": one.owed or "0"} for one in outcome.taken_back],
        "returned": [
            {**_moved(one), "money": one.money or "0", "expires_at": one.expires_at} for one in outcome.returned
        ],
        "not_recovered": [{**_moved(one), "kind": one.kind, "reason": one.reason} for one in outcome.not_recovered],
        "kept_rewards": list(outcome.kept_rewards),
        "given_back": [
            {"kind": one.kind, "id": one.id, "code": one.code, "amount": one.amount, "visits": one.visits}
            for one in outcome.given_back
        ],
    }


def _moved(one: Moved) -> dict[str, Any]:
    return {"card": one.card, "balance_type": one.balance_type, "amount": one.amount}


def _answer_refunded(run: Callable[[Present[Refunded]], Refunded], *, status: int) -> Answer:
    """Run an action and answer with the very text that it stored for the key."""

    def present(refunded: Refunded) -> tuple[int, str]:
        return status, to_json(present_outcome(refunded.outcome))

    refunded = run(present)
    told = answer_text(present(refunded)[1], status=status)
    if refunded.is_repeated:
        told[REPLAY_HEADER] = "true"
    return told


def _location(request: ApiRequest, named: str | None) -> UUID | None:
    """The location that a request names, else the only one of the actor."""
    with unit_of_work(request.actor.chain_id):
        return where_it_happens(request.actor, check_reference(named) if named else named)
