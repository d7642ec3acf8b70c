"""Routes of orders: quote, record, read."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ValidationError

from regulars.cards.errors import CardNotActive, CardNotAssigned, NotValidHere
from regulars.codes.errors import UnknownCode
from regulars.customers.errors import REFERRAL_REFUSALS
from regulars.giftcards.errors import (
    GiftCardBlocked,
    GiftCardCancelled,
    GiftCardExpired,
    GiftCardLimited,
    GiftCardNotHere,
    GiftCardShort,
    GiftCardUsedUp,
)
from regulars.kernel.ids import decode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refusal, Refused
from regulars.ledger.errors import BalanceTooLarge, InsufficientBalance
from regulars.orders.actions.batch import record_batch
from regulars.orders.actions.proceed import PayCommand, change_order, complete_order, pay_order
from regulars.orders.actions.quoting import answer_quote
from regulars.orders.actions.record import record_order
from regulars.orders.actions.release import release_order
from regulars.orders.api.present import present_order, present_quote, present_result
from regulars.orders.api.schemas import (
    BatchOut,
    OrderChange,
    OrderFilters,
    OrderIn,
    OrderList,
    OrderOut,
    PayIn,
    QuoteOut,
)
from regulars.orders.errors import (
    NothingKept,
    OrderExists,
    OrderNotOpen,
    OrderNotPaid,
    SpendLimited,
    SpendNeedsCard,
    TotalChanged,
)
from regulars.orders.queries.orders import OrderFilter, access_order, list_orders
from regulars.orders.queries.terms import current_terms
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.view import OrderView
from regulars.platform.api.answers import Answer, answer, answer_text
from regulars.platform.api.bodies import read_items
from regulars.platform.api.field_errors import invalid_of
from regulars.platform.api.idempotency import body_hash
from regulars.platform.api.listing import list_body, read_id_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.api.versions import expected_version
from regulars.platform.claims import Present
from regulars.platform.wire import to_json
from regulars.promotions.errors import LoyaltyOff

routes = Routes("Orders")

GIFT_CARD_REFUSALS: Final = [
    GiftCardUsedUp,
    GiftCardExpired,
    GiftCardBlocked,
    GiftCardCancelled,
    GiftCardNotHere,
    GiftCardShort,
    GiftCardLimited,
]
PRICE_REFUSALS: Final = [
    NotFound,
    TotalChanged,
    SpendLimited,
    SpendNeedsCard,
    LoyaltyOff,
    InsufficientBalance,
    CardNotActive,
    CardNotAssigned,
    NotValidHere,
    UnknownCode,
    *GIFT_CARD_REFUSALS,
]
BATCH_BYTES_MAX: Final = 32_000_000
BATCH_ITEMS_MAX: Final = 10_000
NO_SUCH_ID: Final = UUID(int=0)


@routes.post(
    "/orders/quote",
    needs="orders:read",
    answers={200: QuoteOut},
    refuses=PRICE_REFUSALS,
    key="none",
    transaction="own",
    is_hot=True,
)
def quote_one_order(request: ApiRequest, body: OrderIn) -> Answer:
    """Price an order without recording it.

    Says what promotions take off and bring, what each code does or why it does nothing, and the most that balances could
    pay. Nothing is stored, and no code is used up.
    """

    def present(view: OrderView) -> tuple[int, str]:
        return 200, to_json(present_quote(view, current_terms(request.actor.chain_id)))

    draft = read_body(request, body, is_kept=False)
    return answer_text(answer_quote(request.actor, draft, now=request.now, present=present), status=200)


@routes.post(
    "/orders",
    needs="orders:write",
    answers={201: OrderOut},
    refuses=[*PRICE_REFUSALS, *REFERRAL_REFUSALS, OrderExists, BalanceTooLarge],
    key="required",
    transaction="own",
    is_hot=True,
)
def record_one_order(request: ApiRequest, body: OrderIn) -> Answer:
    """Record an order.

    The same external id with the same content gives the first answer again; with another it answers
    `external_id_taken`. With `expected_total` an order whose total is another now answers `total_changed`. A code or
    voucher that somebody else has used meanwhile is no reason to refuse: the order is recorded without it and says so.
    """
    draft = read_body(request, body)
    return answer_order(
        request,
        lambda present: record_order(request.actor, draft, now=request.now, claim=request.claim, present=present),
        status=201,
    )


@routes.post(
    "/orders/batch",
    needs="orders:write",
    answers={200: BatchOut},
    key="none",
    transaction="own",
    body="items",
    bytes_max=BATCH_BYTES_MAX,
)
def record_many_orders(request: ApiRequest) -> Answer:
    """Record many orders at once.

    One JSON text a line (`application/x-ndjson`), or an array; up to 10,000 orders. Each has an `external_id`, so that
    the same batch can be sent again. The answer has one result for each, in their order: a status, and the order in
    short or what is wrong with it.
    """
    items = read_items(request, bytes_max=BATCH_BYTES_MAX, items_max=BATCH_ITEMS_MAX)
    drafts = [_draft_of_item(item) for item in items]
    results = iter(record_batch(request.actor, [one for one in drafts if isinstance(one, OrderDraft)], now=request.now))
    terms = current_terms(request.actor.chain_id)
    return answer(
        {"items": [present_result(next(results) if isinstance(one, OrderDraft) else one, terms) for one in drafts]}
    )


def _draft_of_item(item: Any) -> OrderDraft | Refusal:
    """One order of a batch, or what is wrong with it."""
    if isinstance(item, Refusal):
        return item
    try:
        body = OrderIn.model_validate(item)
        for reference in (body.customer, body.location, body.referred_by):
            if reference is not None:
                check_reference(reference)
    except ValidationError as problem:
        return invalid_of("", problem.errors(include_url=False))
    except Refused as refused:
        return refused.refusal
    if body.external_id is None:
        return Invalid(errors=(FieldProblem("/external_id", "required", _("This field is required.")),))
    return body.draft(body_hash({}, "", item))


@routes.get("/orders", needs="orders:read", answers={200: OrderList})
def list_all_orders(request: ApiRequest, filters: Query[OrderFilters]) -> Answer:
    """List orders, newest first."""
    wanted = OrderFilter(
        customer_id=_id("cus", filters.customer),
        card_id=_id("crd", filters.card),
        location_id=_id("loc", filters.location),
        promotion_id=_id("prm", filters.promotion),
        state=filters.state or "",
        external_id=filters.external_id or "",
        channel=filters.channel or "",
        start=filters.start,
        end=filters.end,
        locations=None if request.actor.location_ids is None else tuple(request.actor.location_ids),
    )
    found, last = list_orders(
        request.actor, wanted, after=read_id_cursor("orders", filters.cursor), limit=filters.limit
    )
    terms = current_terms(request.actor.chain_id)
    return answer(
        list_body((present_order(one, terms) for one in found), write_cursor("orders", [str(last)]) if last else None)
    )


@routes.get("/orders/{order}", needs="orders:read", answers={200: OrderOut})
def get_order(request: ApiRequest, order: str) -> Answer:
    """Read an order with what every promotion said about it."""
    found = access_order(request.actor, check_reference(order))
    return answer(present_order(found, current_terms(request.actor.chain_id)), version=found.version)


@routes.patch(
    "/orders/{order}",
    needs="orders:write",
    answers={200: OrderOut},
    refuses=[*PRICE_REFUSALS, OrderNotOpen],
)
def change_one_order(request: ApiRequest, order: str, body: OrderChange) -> Answer:
    """Change an open order.

    Fields that are left out stay. It is decided anew by the rules of the moment; what was set aside for it is given back
    and set aside anew.
    """
    changed = change_order(
        request.actor,
        check_reference(order),
        read_changes(body),
        now=request.now,
        version=expected_version(request),
    )
    return answer(present_order(changed, current_terms(request.actor.chain_id)), version=changed.version)


@routes.post(
    "/orders/{order}/pay",
    needs="orders:write",
    answers={200: OrderOut},
    refuses=[*PRICE_REFUSALS, OrderNotOpen, BalanceTooLarge],
    key="required",
)
def pay_one_order(request: ApiRequest, order: str, body: PayIn | None = None) -> Answer:
    """Pay an open order.

    Within the time that it was reserved for it never refuses; later it is decided by the rules of the moment.
    """
    body = body or PayIn()
    command = PayCommand(
        expected_total=body.expected_total,
        spend=None if body.spend is None else tuple(one.draft() for one in body.spend),
    )
    paid = pay_order(request.actor, check_reference(order), command, now=request.now)
    return answer(present_order(paid, current_terms(request.actor.chain_id)), version=paid.version)


@routes.post(
    "/orders/{order}/release",
    needs="orders:write",
    answers={200: OrderOut},
    refuses=[NotFound, OrderNotOpen, NothingKept],
    key="required",
)
def release_one_order(request: ApiRequest, order: str) -> Answer:
    """Let go what an open order keeps.

    Its codes, vouchers, gift cards, points and uses of limits are free for others from now on. The order stays open and is
    decided by the rules of the moment when it is paid.
    """
    released = release_order(request.actor, check_reference(order), now=request.now)
    return answer(present_order(released, current_terms(request.actor.chain_id)), version=released.version)


@routes.post(
    "/orders/{order}/complete",
    needs="orders:write",
    answers={200: OrderOut},
    refuses=[NotFound, OrderNotPaid],
    key="required",
)
def complete_one_order(request: ApiRequest, order: str) -> Answer:
    """Complete a paid order.

    What waited for that can be spent from now on, by the terms of its balance type.
    """
    completed = complete_order(request.actor, check_reference(order), now=request.now)
    return answer(present_order(completed, current_terms(request.actor.chain_id)), version=completed.version)


def read_changes(body: OrderChange) -> dict[str, Any]:
    """The fields of an order that were sent."""
    changes: dict[str, Any] = {}
    for name in body.model_fields_set:
        value = getattr(body, name)
        match name:
            case "lines" | "spend":
                value = tuple(one.draft() for one in value or ())
            case "memberships":
                if value is not None:
                    changes |= {"uses_memberships": value.of_customer, "uses_again": value.again}
                continue
            case "codes":
                value = tuple(value or ())
            case "location" if value is not None:
                check_reference(value)
            case "starts_at" | "location":
                pass
            case _ if value is None:
                continue
        changes[name] = value
    return changes


def read_body(request: ApiRequest, body: OrderIn, *, is_kept: bool = True) -> OrderDraft:
    """The order of a request. Where it is kept, its hash tells another content under the same external id."""
    for reference in (body.customer, body.location, body.referred_by):
        if reference is not None:
            check_reference(reference)
    if not is_kept:
        return body.draft(b"")
    content = request.claim.body_hash if request.claim else body_hash({}, "", request.parsed)  # type: ignore[attr-defined]
    return body.draft(content)


def answer_order(request: ApiRequest, run: Callable[[Present[OrderView]], OrderView], *, status: int) -> Answer:
    """Run an action and answer with the very text that it stored for the key."""
    texts: list[str] = []

    def present(view: OrderView) -> tuple[int, str]:
        texts.append(to_json(present_order(view, current_terms(request.actor.chain_id))))
        return status, texts[-1]

    view = run(present)
    return answer_text(texts[-1] if texts else present(view)[1], status=status)


def _id(prefix: str, text: str | None) -> UUID | None:
    """The id in a filter; what is none means no order at all, never silently all."""
    return None if text is None else decode(prefix, text) or NO_SUCH_ID
