"""Routes that issue vouchers to many at once (RWD-3)."""

from regulars.cards.errors import AboveLimit
from regulars.kernel.refusal import NotFound
from regulars.platform.api.answers import Answer, accepted, answer, created
from regulars.platform.api.listing import whole_list
from regulars.platform.api.routes import ApiRequest, Routes
from regulars.vouchers.actions.many import IssueMany, issue_many
from regulars.vouchers.api.schemas import VoucherBatchIn, VoucherBatchList, VoucherBatchOut, present_batch
from regulars.vouchers.api.terms import read_terms
from regulars.vouchers.jobs import defer_batch
from regulars.vouchers.queries.batches import access_batch, list_batches

routes = Routes("Many vouchers")


@routes.post(
    "/voucher-batches",
    needs="rewards:write",
    answers={201: VoucherBatchOut, 202: VoucherBatchOut},
    refuses=[AboveLimit],
    key="required",
)
def issue_voucher_batch(request: ApiRequest, body: VoucherBatchIn) -> Answer:
    """Issue alike vouchers to many: all of them, or none where one cannot be.

    Each of `cards` or `customers` gets one, or there are `count` of them for whoever has their codes. What is wrong is
    told by its place in the list. Up to 5,000 are there with the answer (201); more are made in the background (202),
    and the batch says how far that is.
    """
    command = IssueMany(
        terms=read_terms(request, body),
        cards=None if body.cards is None else tuple(body.cards),
        customers=None if body.customers is None else tuple(body.customers),
        count=body.count,
    )
    batch = issue_many(request.actor, command, now=request.now, defer=defer_batch)
    return accepted(present_batch(batch)) if batch.is_moving else created(present_batch(batch))


@routes.get("/voucher-batches", needs="rewards:read", answers={200: VoucherBatchList})
def list_voucher_batches(request: ApiRequest) -> Answer:
    """List the newest batches of vouchers, from here and from the pages."""
    return answer(whole_list(map(present_batch, list_batches(request.actor))))


@routes.get("/voucher-batches/{batch}", needs="rewards:read", answers={200: VoucherBatchOut}, refuses=[NotFound])
def get_voucher_batch(request: ApiRequest, batch: str) -> Answer:
    """Read how far a batch of vouchers is."""
    return answer(present_batch(access_batch(request.actor, batch)))
