"""Entering an order or a visit by hand, and changing an open one; a quote stands beside it while typing (ORD-2, ORD-11)."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from msgspec import structs

from regulars.kernel.amount import format_amount
from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, NotFound, Refused
from regulars.orders.actions.proceed import change_order
from regulars.orders.actions.quoting import quote_order
from regulars.orders.actions.record import record_order
from regulars.orders.errors import OrderExists, OrderNotOpen, TotalChanged
from regulars.orders.pages import words
from regulars.orders.pages.addresses import list_url, order_url
from regulars.orders.pages.browse import teller_of
from regulars.orders.pages.forms import (
    ROWS,
    LineRow,
    OrderForm,
    claim_of,
    content_hash,
    line_drafts,
    local_moment,
    read_rows,
    rows_of_order,
)
from regulars.orders.pages.told import tell_reward
from regulars.orders.queries.buyers import Buyers, Choice, Chosen, find_buyers, preset_buyer, read_buyer
from regulars.orders.queries.orders import access_order
from regulars.orders.queries.terms import current_terms
from regulars.orders.rules.command import OrderDraft
from regulars.orders.rules.redemptions import known_of
from regulars.orders.rules.redraft import gifts_of
from regulars.orders.rules.view import OrderView
from regulars.platform.claims import Answered
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

REFUSAL_FIELDS: Final = {
    "spend_limit": "spend_amount",
    "insufficient_balance": "spend_amount",
    "no_card": "spend_balance",
    "external_id_taken": "external_id",
    "spend": "spend_amount",
    "unknown_code": "gift_card",
    "gift_card_used_up": "gift_card",
    "gift_card_expired": "gift_card",
    "gift_card_blocked": "gift_card",
    "gift_card_cancelled": "gift_card",
    "gift_card_not_here": "gift_card",
    "gift_card_short": "gift_amount",
    "gift_card_limited": "gift_amount",
}


@dataclass(slots=True)
class Typed:
    """A form as it was sent: its fields, its lines, whose it is."""

    form: OrderForm
    rows: list[LineRow]
    buyers: Buyers
    preset: Choice | None = None
    buyer_problem: str = ""


@page(right="orders:write")
def new_order(request: PageRequest) -> HttpResponse:
    """A new order or visit: for whom, what, which codes, what points pay; saved as open, or recorded as paid."""
    if request.method != "POST":
        named = request.GET.get("customer", "") or request.GET.get("card", "")
        typed = Typed(_form(request, None), [LineRow() for _ in range(ROWS)], Buyers())
        typed.preset = preset_buyer(request, named[:40], now=request.now) if named else None
        return _render(request, typed)
    typed, draft = _read(request)
    if "more" in request.POST:
        typed.rows.append(LineRow())
        return _render(request, typed)
    if draft is not None:
        draft = structs.replace(draft, state="open" if request.POST.get("state") == "open" else "paid")
        try:
            view = record_order(
                request.actor,
                draft,
                now=request.now,
                claim=claim_of(typed.form, request.POST, request.actor, "order"),
                present=_present,
            )
        except Answered as answered:
            return done(request, order_url(answered.stored.answer))
        except Refused as refused:
            _show_problem(typed, refused)
        else:
            assert view.id is not None
            toast(request, _("Saved as open") if view.state == "open" else _("Order recorded"))
            return done(request, order_url(view.id))
    return _render(request, typed, status=UNPROCESSABLE)


@page(right="orders:write")
def edit_order(request: PageRequest, order: str) -> HttpResponse:
    """Change an open order: its lines, codes and time; it is decided anew by the rules of the moment."""
    if request.method != "POST":
        view = access_order(request.actor, order)
        _refuse_closed(view)
        form = _form(request, None, initial=_initial(request, view))
        buyer = view.card_id or view.customer_id
        named = encode("crd" if view.card_id else "cus", buyer) if buyer else ""
        typed = Typed(form, [*rows_of_order(view), LineRow()], Buyers(view.phone or ""))
        typed.preset = preset_buyer(request, named, now=request.now) if named else None
        return _render(request, typed, view=view)
    with unit_of_work(request.actor.chain_id):
        view = access_order(request.actor, order)
    _refuse_closed(view)
    typed, draft = _read(request)
    if "more" in request.POST:
        typed.rows.append(LineRow())
        return _render(request, typed, view=view)
    if draft is not None:
        names = [
            "lines",
            "codes",
            "channel",
            "starts_at",
            "shipping",
            "tips",
            "spend",
            "expected_total",
            "uses_memberships",
        ]
        if draft.uses_again:
            names.append("uses_again")
        if draft.card or draft.customer or draft.phone:
            names += ["card", "customer", "phone"]
        changes = {name: getattr(draft, name) for name in names}
        kept = _kept(request, view)
        changes["known"] = known_of(kept.redemptions)
        changes["spend"] = (*changes["spend"], *gifts_of(kept))
        try:
            change_order(request.actor, order, changes, now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            _show_problem(typed, refused)
        else:
            toast(request, _("Saved"))
            return done(request, order_url(order))
    return _render(request, typed, view=view, status=UNPROCESSABLE)


@require_POST
@page(right="orders:read")
def quote(request: PageRequest) -> HttpResponse:
    """What the typed order would cost, earn and could be paid with; nothing is stored."""
    typed, draft = _read(request)
    context: dict[str, Any] = {"quote": None, "problems": _problems(typed)}
    is_empty = all(row.is_blank for row in typed.rows)
    if draft is not None and not is_empty:
        try:
            view = quote_order(
                request.actor, structs.replace(draft, external_id=None, expected_total=None), now=request.now
            )
        except Refused as refused:
            _show_problem(typed, refused)
            context["problems"] = _problems(typed)
        else:
            context |= _quoted(request, view)
    context["is_empty"] = is_empty
    return render_page(request, "orders/quote.html", context, fragments={"quote": "orders/_quote.html"})


@require_safe
@page(right="orders:write")
def blank_line(request: PageRequest) -> HttpResponse:
    """One more line for the form."""
    return render_page(request, "orders/_line.html", {"row": LineRow()})


@require_safe
@page(right="orders:write")
def buyers_found(request: PageRequest) -> HttpResponse:
    """The people and cards that a typed text can mean, for the list below the field."""
    buyers = find_buyers(request, request.GET.get("buyer_text", ""), now=request.now)
    return render_page(request, "orders/buyers.html", {"buyers": buyers}, fragments={"buyers": "orders/_buyers.html"})


def balance_choices(request: PageRequest) -> list[tuple[str, str]]:
    """The balances that can pay, by their names."""
    terms = current_terms(request.actor.chain_id)
    return [(encode("bal", one.id), one.name) for one in terms.balances.values() if one.is_payment]


def planned_spend(request: PageRequest, view: OrderView) -> dict[str, str]:
    """What an open order is to be paid with, as the fields show it."""
    terms = current_terms(request.actor.chain_id)
    planned = [one for one in view.effects if one.kind == "spend" and one.promotion_id is None and one.amount]
    for one in planned[:1]:
        if (balance := terms.balances.get(one.balance_type_id)) is not None:
            total = sum(other.amount for other in planned if other.balance_type_id == one.balance_type_id)
            return {"spend_balance": encode("bal", balance.id), "spend_amount": format_amount(total, balance.decimals)}
    return {}


def _form(request: PageRequest, posted: Any, *, initial: dict[str, Any] | None = None) -> OrderForm:
    return OrderForm(posted, balances=balance_choices(request), initial=initial or {})


def _read(request: PageRequest) -> tuple[Typed, OrderDraft | None]:
    """What was sent, and the order it means; None where a field is wrong."""
    text = request.POST.get("buyer_text", "")
    chosen = request.POST.get("buyer", "")[:40]
    with unit_of_work(request.actor.chain_id):
        buyers = find_buyers(request, text, now=request.now) if text else Buyers()
        preset = preset_buyer(request, chosen, now=request.now) if chosen and not text else None
    typed = Typed(_form(request, request.POST), read_rows(request.POST), buyers, preset)
    buyer = read_buyer(buyers, chosen)
    typed.buyer_problem = buyer.problem
    if not typed.form.is_valid() or buyer.problem:
        return typed, None
    return typed, _draft(request, typed, buyer)


def _draft(request: PageRequest, typed: Typed, buyer: Chosen) -> OrderDraft:
    cleaned = typed.form.cleaned_data
    return OrderDraft(
        lines=line_drafts(typed.rows),
        external_id=cleaned["external_id"].strip() or None,
        card=buyer.card,
        customer=buyer.customer,
        phone=buyer.phone,
        location=encode("loc", request.location.id) if request.location else None,
        channel=cleaned["channel"],
        starts_at=cleaned["starts_at"],
        shipping=typed_amount(cleaned["shipping"]) or "0",
        tips=typed_amount(cleaned["tips"]) or "0",
        codes=tuple(code.strip() for code in cleaned["codes"].split(",") if code.strip()),
        spend=typed.form.wanted_spend,
        uses_memberships=cleaned["uses_memberships"],
        uses_again=cleaned["uses_again"],
        expected_total=cleaned["expected_total"] or None,
        content_hash=content_hash(request.POST),
    )


def _initial(request: PageRequest, view: OrderView) -> dict[str, Any]:
    decimals = view.currency_decimals
    shipping = view.shipping + view.shipping_discount
    return {
        "codes": ", ".join(view.codes),
        "channel": view.channel,
        "starts_at": local_moment(view.starts_at),
        "shipping": format_amount(shipping, decimals) if shipping else "",
        "tips": format_amount(view.tips, decimals) if view.tips else "",
        **planned_spend(request, view),
    }


def _kept(request: PageRequest, view: OrderView) -> OrderView:
    """The order with those of its codes and gift cards that stay with it: the form knows them by their place."""
    stay = set(request.POST.getlist("kept"))
    kept = tuple(one for at, one in enumerate(view.redemptions) if str(at) in stay)
    return structs.replace(view, redemptions=kept)


def _refuse_closed(view: OrderView) -> None:
    if view.state != "open":
        raise Refused(OrderNotOpen(state=str(words.STATES[view.state][0])))


def _present(view: OrderView) -> tuple[int, str]:
    assert view.id is not None
    return 303, encode("ord", view.id)


def _show_problem(typed: Typed, refused: Refused) -> None:
    """Put each problem where the reader looks for it: at its line, its field, or on top."""
    refusal = refused.refusal
    if isinstance(refusal, NotFound):
        typed.buyer_problem = sentence(refusal)
        return
    if isinstance(refusal, TotalChanged):
        typed.form.data = typed.form.data.copy()  # type: ignore[attr-defined]
        typed.form.data["expected_total"] = refusal.total  # type: ignore[index]
    if isinstance(refusal, OrderExists):
        typed.form.add_error("external_id", sentence(refusal))
        return
    if isinstance(refusal, Invalid) and refusal.errors:
        kept = [problem for problem in refusal.errors if not _show_at_line(typed, problem)]
        buyer = [one for one in kept if one.pointer.strip("/") in ("card", "customer", "phone")]
        if buyer:
            typed.buyer_problem = _(buyer[0].detail)
        rest = tuple(one for one in kept if one not in buyer)
        if rest:
            show_refusal(typed.form, Invalid(errors=rest), fields=REFUSAL_FIELDS)
        elif len(kept) < len(refusal.errors):
            typed.form.add_error(None, _("Some lines need another look."))
        return
    show_refusal(typed.form, refusal, fields=REFUSAL_FIELDS)


def _show_at_line(typed: Typed, problem: FieldProblem) -> bool:
    parts = problem.pointer.strip("/").split("/")
    if len(parts) < 2 or parts[0] != "lines":
        return False
    shown = [row for row in typed.rows if not row.is_blank]
    at = int(parts[1])
    if at >= len(shown):
        return False
    shown[at].problem = _(problem.detail)
    return True


def _problems(typed: Typed) -> list[str]:
    """Everything that is wrong with a typed order, for the quote beside it."""
    found = [typed.buyer_problem] if typed.buyer_problem else []
    found += [row.problem for row in typed.rows if row.problem]
    found += [
        str(text) for name, texts in typed.form.errors.items() for text in texts if name != "__all__" or not found
    ]
    return found


def _quoted(request: PageRequest, view: OrderView) -> dict[str, Any]:
    with unit_of_work(request.actor.chain_id):
        teller, _cards = teller_of(request, view)
    terms = teller.terms
    effects = [one for one in view.effects if one.amount]
    return {
        "quote": view,
        "expected_total": format_amount(view.total, view.currency_decimals),
        "to_pay": view.total - view.paid_by_balances,
        "applied": [(one, teller.steps(one), teller.result(one)) for one in view.verdicts if one.is_applied],
        "not_applied": [(one, teller.steps(one)) for one in view.verdicts if not one.is_applied],
        "spent": [
            *((teller.units(one), one.money) for one in effects if one.kind == "spend"),
            *(
                (teller.gift_name(one), one.money)
                for one in view.redemptions
                if one.kind in ("gift_card", "membership") and one.money
            ),
        ],
        "codes_told": [(one, teller.of_code(one)) for one in view.redemptions],
        "earned": [teller.units(one) for one in effects if one.kind == "earn"],
        "rewards": [tell_reward(teller, one) for one in view.rewards],
        "spendable": [
            (words.units_text(terms, one.balance_type_id, one.units), one.money) for one in view.spendable if one.units
        ],
    }


def _render(request: PageRequest, typed: Typed, *, view: OrderView | None = None, status: int = 200) -> HttpResponse:
    context = {
        "form": typed.form,
        "rows": typed.rows,
        "buyers": typed.buyers,
        "preset": typed.preset,
        "buyer_problem": typed.buyer_problem,
        "view": view,
        "action": request.get_full_path(),
        "back": order_url(view.id) if view and view.id else list_url(request),
        "kept": [
            (at, one, str(at) in request.POST.getlist("kept") if request.method == "POST" else True)
            for at, one in enumerate(view.redemptions if view else ())
            if one.owner_id
        ],
        "has_balances": bool(typed.form.fields["spend_balance"].choices),  # type: ignore[attr-defined]
    }
    return render_page(request, "orders/form.html", context, status=status)
