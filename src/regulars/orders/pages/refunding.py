"""Refunding an order and cancelling it: what it would do is shown before anything is done (LED-4)."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Invalid, Refused
from regulars.orders.actions.refund import Refunded, cancel_order, preview_refund, refund_order
from regulars.orders.errors import OrderNotRefundable, QuantityExceedsSold
from regulars.orders.pages import words
from regulars.orders.pages.addresses import order_url
from regulars.orders.pages.browse import teller_of
from regulars.orders.pages.forms import CancelForm, RefundForm, claim_of
from regulars.orders.pages.told import tell_outcome
from regulars.orders.queries.orders import access_order
from regulars.orders.rules.refund.outcome import Outcome
from regulars.orders.rules.refund.reading import RefundDraft, RefundLineDraft
from regulars.orders.rules.view import OrderView, PricedLine
from regulars.platform.claims import Answered
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast, wanted_fragment
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page

QUANTITY_LENGTH_MAX = 20
FRAGMENTS = {"preview": "orders/_preview.html"}
REFUSAL_FIELDS = {"amount_exceeds_paid": "amount", "lines": "mode"}


@dataclass(slots=True)
class LineBackRow:
    """A line that can come back: how much of it is left, and what was typed."""

    index: int
    line: PricedLine
    left: int
    left_text: str
    typed: str = ""
    problem: str = ""

    @property
    def is_single(self) -> bool:
        """Whether there is exactly one of it left, so that a tick says it all."""
        return self.left == 1000


@dataclass(slots=True)
class Preview:
    """What a refund would do, in sentences; `mark` is what it was reckoned from."""

    told: list[str]
    mark: str
    is_last: bool


@page(right="orders:write")
def refund(request: PageRequest, order: str) -> HttpResponse:
    """Choose what comes back, see what that does, confirm it."""
    if request.method != "POST":
        view = access_order(request.actor, order)
        _refuse_unrefundable(view)
        return _render_refund(request, view, RefundForm(), back_rows(view), None)
    with unit_of_work(request.actor.chain_id):
        view = access_order(request.actor, order)
    form, rows = RefundForm(request.POST), back_rows(view, request.POST)
    if not form.is_valid():
        return _render_refund(request, view, form, rows, None, status=UNPROCESSABLE)
    draft = _draft(form, rows)
    is_nothing = not draft.lines and draft.amount is None
    if is_nothing and wanted_fragment(request, FRAGMENTS):
        # Nothing is chosen yet, or no longer: that is no mistake while somebody is at it.
        return _render_refund(request, view, form, rows, None)
    if is_nothing:
        form.add_error("mode", _("Choose what comes back, or give an amount."))
        return _render_refund(request, view, form, rows, None, status=UNPROCESSABLE)
    place = request.location.id if request.location else None
    try:
        would = preview_refund(request.actor, order, draft, now=request.now, location_id=place)
        preview = _preview(request, view, would, draft)
        if "confirm" not in request.POST:
            return _render_refund(request, view, form, rows, preview)
        if request.POST.get("mark") != preview.mark:
            form.add_error(None, _("This has changed meanwhile. Look at it again before you confirm."))
            return _render_refund(request, view, form, rows, preview, status=UNPROCESSABLE)
        refund_order(
            request.actor,
            order,
            draft,
            now=request.now,
            location_id=place,
            claim=claim_of(form, request.POST, request.actor, "refund"),
            present=_present,
        )
    except Answered:
        return done(request, order_url(order))
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        _show(form, rows, refused)
        return _render_refund(request, view, form, rows, None, status=UNPROCESSABLE)
    toast(request, _("Refunded"))
    return done(request, order_url(order))


@page(right="orders:write")
def cancel(request: PageRequest, order: str) -> HttpResponse:
    """Undo all that is left of an order, after showing what that does."""
    place = request.location.id if request.location else None
    if request.method == "POST":
        form = CancelForm(request.POST)
        form.is_valid()
        try:
            cancel_order(
                request.actor,
                order,
                now=request.now,
                location_id=place,
                claim=claim_of(form, request.POST, request.actor, "cancel"),
                present=_present,
            )
        except Answered:
            return done(request, order_url(order))
        toast(request, _("Order cancelled"))
        return done(request, order_url(order))
    view = access_order(request.actor, order)
    would = preview_refund(request.actor, order, None, now=request.now, location_id=place)
    assert view.id is not None
    context = {
        "view": view,
        "form": CancelForm(),
        "told": [] if view.state == "open" else tell_outcome(teller_of(request, view)[0], would.outcome),
        "partial": "orders/_cancel.html",
        "title": _("Cancel the order"),
        "action": order_url(view.id, "cancel"),
        "back": order_url(view.id),
    }
    return render_page(request, "orders/dialog.html", context, fragments={"modal": "orders/_cancel.html"})


def back_rows(view: OrderView, typed: Any = None) -> list[LineBackRow]:
    """The lines that can still come back."""
    rows = []
    for index, one in enumerate(view.lines):
        left = one.line.quantity - one.refunded_quantity
        if left > 0:
            text = typed.get(f"back_{index}", "")[:QUANTITY_LENGTH_MAX] if typed is not None else ""
            rows.append(LineBackRow(index, one, left, words.quantity_text(left), text))
    return rows


def _draft(form: RefundForm, rows: list[LineBackRow]) -> RefundDraft:
    if form.cleaned_data["mode"] == "amount":
        return RefundDraft(amount=typed_amount(form.cleaned_data["amount"]) or None)
    typed = [(row, typed_amount(row.typed)) for row in rows]
    return RefundDraft(
        lines=tuple(RefundLineDraft(row.index, text) for row, text in typed if text and text.strip("0."))
    )


def _preview(request: PageRequest, view: OrderView, would: Refunded, draft: RefundDraft) -> Preview:
    with unit_of_work(request.actor.chain_id):
        teller, _cards = teller_of(request, view)
    mark = hashlib.sha256(f"{draft.content_hash('')} {_written(would.outcome)}".encode()).hexdigest()[:32]
    return Preview(tell_outcome(teller, would.outcome), mark, would.state == "refunded")


def _written(outcome: Outcome) -> str:
    # Until when something lives that had expired depends on the minute; all else must be as it was shown.
    moved = [(one.card, one.balance_type, one.amount, one.owed, one.reason) for one in _all(outcome)]
    return repr((outcome.money_back, moved))


def _all(outcome: Outcome) -> tuple[Any, ...]:
    return (*outcome.returned, *outcome.taken_back, *outcome.not_recovered)


def _refuse_unrefundable(view: OrderView) -> None:
    if view.state not in ("paid", "completed", "partly_refunded"):
        raise Refused(OrderNotRefundable(state=str(words.STATES[view.state][0])))


def _present(refunded: Refunded) -> tuple[int, str]:
    return 303, str(refunded.order_id)


def _show(form: RefundForm, rows: list[LineBackRow], refused: Refused) -> None:
    refusal = refused.refusal
    if isinstance(refusal, QuantityExceedsSold):
        for row in rows:
            if row.index == refusal.index:
                row.problem = _("Only %(left)s can still come back.") % {"left": row.left_text}
                form.add_error("mode", row.problem)
                return
    if isinstance(refusal, Invalid):
        sent = [row for row in rows if typed_amount(row.typed).strip("0.")]
        for problem in refusal.errors:
            parts = problem.pointer.strip("/").split("/")
            if parts[0] == "lines" and len(parts) > 1 and int(parts[1]) < len(sent):
                sent[int(parts[1])].problem = _(problem.detail)
    show_refusal(form, refusal, fields=REFUSAL_FIELDS)


def _render_refund(
    request: PageRequest,
    view: OrderView,
    form: RefundForm,
    rows: list[LineBackRow],
    preview: Preview | None,
    *,
    status: int = 200,
) -> HttpResponse:
    assert view.id is not None
    left = view.total - view.refunded
    context = {
        "view": view,
        "form": form,
        "rows": rows,
        "preview": preview,
        "left": left,
        "left_typed": format_amount(left, view.currency_decimals),
        "action": order_url(view.id, "refund"),
        "back": order_url(view.id),
    }
    return render_page(request, "orders/refund.html", context, fragments=FRAGMENTS, status=status)
