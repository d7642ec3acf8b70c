"""Routes of vouchers: issue, find, redeem, cancel, undo (RWD-2, RWD-3)."""

from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Query

from regulars.cards.errors import AboveLimit, CardNotActive, CardNotAssigned
from regulars.cards.queries.cards import access_card
from regulars.chains.queries import where_it_happens
from regulars.codes.errors import CodeTaken, CodeTooShort, UnknownCode
from regulars.customers.queries import access_customer
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.orders.queries.orders import find_order, may_see
from regulars.platform.api.answers import Answer, answer, answer_text, created
from regulars.platform.api.listing import list_body, read_id_cursor, write_cursor
from regulars.platform.api.references import check_reference
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.platform.attempts import TooManyAttempts
from regulars.platform.database import unit_of_work
from regulars.platform.wire import to_json
from regulars.vouchers.actions.by_hand import issue_by_hand
from regulars.vouchers.actions.lookup import find_by_code
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.api.schemas import (
    VoucherCodeIn,
    VoucherFilters,
    VoucherIn,
    VoucherList,
    VoucherOut,
    VoucherRedeemIn,
    VoucherWhyIn,
    present_voucher,
)
from regulars.vouchers.api.terms import read_terms
from regulars.vouchers.errors import (
    AlreadyRedeemed,
    NotRedeemed,
    RedeemedInOrder,
    VoucherCancelled,
    VoucherElsewhere,
    VoucherExpired,
    VoucherNotActive,
    WrongLocation,
)
from regulars.vouchers.queries.batches import access_batch
from regulars.vouchers.queries.vouchers import VoucherFilter, access_voucher, list_vouchers
from regulars.vouchers.rules.vouchers import VoucherState

routes = Routes("Vouchers")
LISTING = "vouchers"


@routes.post(
    "/vouchers",
    needs="rewards:write",
    answers={201: VoucherOut},
    refuses=[NotFound, CodeTaken, CodeTooShort, CardNotActive, AboveLimit],
    key="required",
)
def issue_one_voucher(request: ApiRequest, body: VoucherIn) -> Answer:
    """Issue a voucher.

    To a card, whoever holds the card holds it; to a customer; or, with neither, to whoever has its code. A benefit is
    money: it takes `promotions:write`, or an `amount` within what the staff login may adjust by.
    """
    (made,) = issue_by_hand(
        request.actor,
        replace(
            read_terms(request, body),
            card=check_reference(body.card) if body.card else None,
            customer=check_reference(body.customer) if body.customer else None,
            code=body.code or "",
        ),
        now=request.now,
    )
    return created(present_voucher(made, request.actor), version=made.version)


@routes.get("/vouchers", needs="rewards:read", answers={200: VoucherList}, refuses=[NotFound])
def list_some_vouchers(request: ApiRequest, filters: Query[VoucherFilters]) -> Answer:
    """List or search vouchers, newest first."""
    actor = request.actor
    wanted = VoucherFilter(
        search=filters.search or "",
        state=filters.state,
        card_id=access_card(actor, check_reference(filters.card), now=request.now).id if filters.card else None,
        customer_id=access_customer(actor, check_reference(filters.customer)).id if filters.customer else None,
        source=filters.source or "",
        batch_id=access_batch(actor, filters.batch).id if filters.batch else None,
    )
    after = read_id_cursor(LISTING, filters.cursor)
    found, last = list_vouchers(actor, wanted, now=request.now, after=after, limit=filters.limit)
    next_cursor = write_cursor(LISTING, [str(last)]) if last else None
    return answer(list_body([present_voucher(one, actor) for one in found], next_cursor))


@routes.post(
    "/vouchers/lookup",
    needs="rewards:read",
    answers={200: VoucherOut},
    refuses=[UnknownCode, TooManyAttempts],
    key="none",
    transaction="own",
)
def look_up_voucher(request: ApiRequest, body: VoucherCodeIn) -> Answer:
    """Find a voucher by its code, however it is typed: blanks, dashes, case and look-alike letters do not count.

    Every wrong code gets the same answer.
    """
    found = find_by_code(request.actor, body.code, now=request.now)
    return answer(present_voucher(found, request.actor), version=found.version)


@routes.get("/vouchers/{voucher}", needs="rewards:read", answers={200: VoucherOut})
def get_voucher(request: ApiRequest, voucher: str) -> Answer:
    """Read a voucher."""
    found = access_voucher(request.actor, voucher, now=request.now)
    return answer(present_voucher(found, request.actor), version=found.version)


@routes.post(
    "/vouchers/{voucher}/redeem",
    needs="rewards:write",
    answers={200: VoucherOut},
    refuses=[
        NotFound,
        AlreadyRedeemed,
        VoucherExpired,
        VoucherCancelled,
        VoucherNotActive,
        CardNotActive,
        CardNotAssigned,
        WrongLocation,
    ],
    key="required",
    transaction="own",
    is_hot=True,
)
def redeem_one_voucher(request: ApiRequest, voucher: str, body: VoucherRedeemIn) -> Answer:
    """Redeem a voucher: once, whoever else tries at the same instant.

    A second time answers `already_redeemed` with when, where and by whom it was.
    """
    command = RedeemCommand(voucher, *_where_and_with_what(request, body))
    texts: list[str] = []

    def present(redeemed: VoucherState) -> tuple[int, str]:
        texts.append(to_json(present_voucher(redeemed, request.actor)))
        return 200, texts[-1]

    redeemed = redeem_voucher(request.actor, command, now=request.now, claim=request.claim, present=present)
    return answer_text(texts[-1] if texts else to_json(present_voucher(redeemed, request.actor)), status=200)


@routes.post(
    "/vouchers/{voucher}/cancel",
    needs="rewards:write",
    answers={200: VoucherOut},
    refuses=[NotFound, AlreadyRedeemed, VoucherExpired, VoucherCancelled, VoucherElsewhere],
    key="required",
)
def cancel_one_voucher(request: ApiRequest, voucher: str, body: VoucherWhyIn) -> Answer:
    """Cancel a voucher that nobody has redeemed; for ever."""
    gone = cancel_voucher(request.actor, voucher, reason=body.reason, now=request.now)
    return answer(present_voucher(gone, request.actor), version=gone.version)


@routes.post(
    "/vouchers/{voucher}/undo-redeem",
    needs="rewards:write",
    answers={200: VoucherOut},
    refuses=[NotFound, NotRedeemed, RedeemedInOrder, VoucherElsewhere],
    key="required",
)
def undo_one_redemption(request: ApiRequest, voucher: str, body: VoucherWhyIn) -> Answer:
    """Take a redemption back: the voucher can be redeemed again, unless its time is over.

    What an order redeemed comes back with the order: `redeemed_in_order`.
    """
    back = undo_redemption(request.actor, voucher, reason=body.reason, now=request.now)
    return answer(present_voucher(back, request.actor), version=back.version)


def _where_and_with_what(request: ApiRequest, body: VoucherRedeemIn) -> tuple[UUID | None, UUID | None]:
    if body.location is None and body.order is None:
        return where_it_happens(request.actor, None), None
    with unit_of_work(request.actor.chain_id):
        place = where_it_happens(request.actor, check_reference(body.location) if body.location else None)
        return place, _order(request, body.order) if body.order else None


def _order(request: ApiRequest, named: str) -> UUID:
    found = find_order(request.actor.chain_id, check_reference(named))
    if found is None or not may_see(request.actor, found.location_id):
        problem = FieldProblem("/order", "unknown_order", _("There is no such order."))
        raise Refused(Invalid(errors=(problem,)))
    assert found.id is not None
    return found.id
