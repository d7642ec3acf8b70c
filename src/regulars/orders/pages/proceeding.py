"""What becomes of an open order: paid, completed (ORD-1, ORD-11)."""

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from regulars.kernel.amount import format_amount
from regulars.kernel.refusal import Refused
from regulars.orders.actions.proceed import PayCommand, complete_order, pay_order
from regulars.orders.actions.release import release_order
from regulars.orders.errors import OrderNotOpen, TotalChanged
from regulars.orders.pages import words
from regulars.orders.pages.addresses import order_url
from regulars.orders.pages.forms import PayForm, read_spend
from regulars.orders.pages.writing import REFUSAL_FIELDS, balance_choices, planned_spend
from regulars.orders.queries.orders import access_order
from regulars.orders.queries.terms import current_terms
from regulars.orders.rules.redraft import gifts_of
from regulars.orders.rules.view import OrderView
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page

SPEND_FIELDS: Final = ("spend_balance", "spend_amount")


@page(right="orders:write")
def pay(request: PageRequest, order: str) -> HttpResponse:
    """The dialog that pays an open order, with points where they are wanted."""
    if request.method != "POST":
        view = access_order(request.actor, order)
        _refuse_closed(view)
        expected = format_amount(view.total, view.currency_decimals)
        initial = {"expected_total": expected, **planned_spend(request, view)}
        return _render(request, view, PayForm(balances=balance_choices(request), initial=initial))
    with unit_of_work(request.actor.chain_id):
        view = access_order(request.actor, order)
        planned = planned_spend(request, view)
    form = PayForm(request.POST, balances=balance_choices(request))
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in SPEND_FIELDS}
        is_as_planned = not form.cleaned_data["spend_all"] and (
            typed == planned or (not planned and not typed["spend_amount"])
        )
        # What was planned keeps the reservation, under which paying never refuses.
        spend = None if is_as_planned else (*read_spend(form.cleaned_data), *gifts_of(view))
        command = PayCommand(expected_total=form.cleaned_data["expected_total"] or None, spend=spend)
        try:
            pay_order(request.actor, order, command, now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            if isinstance(refused.refusal, TotalChanged):
                form.data = form.data.copy()  # type: ignore[attr-defined]
                form.data["expected_total"] = refused.refusal.total  # type: ignore[index]
            show_refusal(form, refused.refusal, fields=REFUSAL_FIELDS)
        else:
            toast(request, _("Paid"))
            return done(request, order_url(order))
    return _render(request, view, form, status=UNPROCESSABLE)


@require_POST
@page(right="orders:write")
def complete(request: PageRequest, order: str) -> HttpResponse:
    """Complete a paid order: what waited for that can be spent from now on."""
    complete_order(request.actor, order, now=request.now)
    toast(request, _("Completed"))
    return done(request, order_url(order))


@require_POST
@page(right="orders:write")
def release(request: PageRequest, order: str) -> HttpResponse:
    """Let go what an open order keeps: its codes, gift cards and points are free for others."""
    release_order(request.actor, order, now=request.now)
    toast(request, _("Nothing is kept for this order any more."))
    return done(request, order_url(order))


def _refuse_closed(view: OrderView) -> None:
    if view.state != "open":
        raise Refused(OrderNotOpen(state=str(words.STATES[view.state][0])))


def _render(request: PageRequest, view: OrderView, form: PayForm, *, status: int = 200) -> HttpResponse:
    assert view.id is not None
    terms = current_terms(request.actor.chain_id)
    context: dict[str, Any] = {
        "view": view,
        "form": form,
        "partial": "orders/_pay.html",
        "title": _("Pay the order"),
        "action": order_url(view.id, "pay"),
        "back": order_url(view.id),
        "has_balances": bool(balance_choices(request)) and bool(view.customer_id or view.card_id),
        "spendable": [
            (words.units_text(terms, one.balance_type_id, one.units), one.money) for one in view.spendable if one.units
        ],
    }
    return render_page(request, "orders/dialog.html", context, fragments={"modal": "orders/_pay.html"}, status=status)
