"""What is done with vouchers on pages: issue, redeem, cancel, undo (RWD-3, CRD-5)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from regulars.cards.actions.shown import find_shown_card
from regulars.cards.queries.cards import CardView, access_card
from regulars.chains.queries import list_locations
from regulars.customers.queries import CustomerView, access_customer
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.claims import Answered, claimed
from regulars.platform.database import edge_unit_of_work, unit_of_work
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page
from regulars.promotions.queries.promotions import list_promotions
from regulars.vouchers.actions.by_hand import IssueByHand, gift_limit, issue_by_hand
from regulars.vouchers.actions.redeem import RedeemCommand, cancel_voucher, redeem_voucher, undo_redemption
from regulars.vouchers.pages import words
from regulars.vouchers.pages.forms import BENEFITS, FIELDS, IssueVoucherForm, WhyForm
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import access_voucher

PROMOTIONS_MAX = 200
Held = tuple[CardView | None, CustomerView | None]


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:write")
def issue(request: PageRequest) -> HttpResponse:
    """The dialog that issues a voucher: to the card or customer that the address names, to a card that is typed, or to nobody."""
    if request.method != "POST":
        held = _held(request)
        return _render_issue(request, _form(request, held), held)
    with unit_of_work(request.actor.chain_id):
        held = _held(request)
        form = _form(request, held)
        card = _typed_card(request, form) if form.is_valid() else None
    if form.is_valid():
        try:
            first, count = _issue(request, form, held, card)
        except Answered as answered:
            return _issued(request, held, *answered.stored.answer.split(" "))
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden | NotFound):
                raise
            show_refusal(form, refused.refusal, fields=_fields(form))
        else:
            toast(request, _("Voucher issued") if count == "1" else words.count_text(int(count)))
            return _issued(request, held, first, count)
    return _render_issue(request, form, held, status=UNPROCESSABLE)


def _issue(request: PageRequest, form: IssueVoucherForm, held: Held, card: CardView | None) -> tuple[str, str]:
    """Issue what a sound form says; the id of the first one, or of the sheet, and how many."""
    actor, typed = request.actor, form.cleaned_data
    places = [place for text in typed.get("places") or () if (place := decode("loc", text))]
    to_card = held[0] or card
    command = IssueByHand(
        title=typed["title"],
        description=typed["description"],
        card=encode("crd", to_card.id) if to_card else None,
        customer=encode("cus", held[1].id) if held[1] else None,
        code=typed.get("code") or "",
        validity=form.validity_written(),
        benefit=form.benefit_written(),
        location_ids=tuple(places) or None,
        customer_may_redeem=typed["customer_may_redeem"],
        count=typed.get("how_many") or 1,
    )
    with edge_unit_of_work(actor.chain_id), claimed(actor, form.claim(actor, "issue voucher")) as answer:
        made = issue_by_hand(actor, command, now=request.now)
        batch = made[0].batch_id
        told = (encode("vbt", batch) if batch else encode("vch", made[0].id), str(len(made)))
        answer(lambda parts: (303, " ".join(parts)), told)
    return told


def _issued(request: PageRequest, held: Held, first: str, count: str) -> HttpResponse:
    card, customer = held
    if card is not None:
        return done(request, _card_url(card), target="panel", changed="list-changed")
    if customer is not None:
        return done(request, reverse("customers:show", args=[encode("cus", customer.id)]))
    if count != "1":
        return done(request, f"{reverse('vouchers:print')}?batch={first}")
    return done(request, reverse("vouchers:show", args=[first]))


def _card_url(card: CardView) -> str:
    return reverse("cards:show", args=[encode("crd", card.id)])


def _held(request: PageRequest) -> Held:
    card, customer = request.GET.get("card", ""), request.GET.get("customer", "")
    return (
        access_card(request.actor, card, now=request.now) if card else None,
        access_customer(request.actor, customer) if customer and not card else None,
    )


def _form(request: PageRequest, held: Held) -> IssueVoucherForm:
    promotions = []
    if request.actor.may("promotions:read"):
        found = list_promotions(request.actor, limit=PROMOTIONS_MAX)
        promotions = [(encode("prm", one.id), one.name) for one in found if one.state in ("active", "draft", "paused")]
    return IssueVoucherForm(
        request.POST if request.method == "POST" else None,
        places=[(encode("loc", one.id), one.name) for one in list_locations(request.actor)],
        promotions=promotions,
        benefits=_benefits(request),
        is_held=any(held),
    )


def _benefits(request: PageRequest) -> list[str]:
    if request.actor.may("promotions:write"):
        return list(BENEFITS)
    return ["", "amount"] if gift_limit(request.actor) is not None else [""]


def _typed_card(request: PageRequest, form: IssueVoucherForm) -> CardView | None:
    text = form.cleaned_data.get("card") or ""
    if not text:
        return None
    try:
        return find_shown_card(request.actor, text, now=request.now)
    except Refused as refused:
        form.add_error(
            "card",
            _("No card has this number.") if refused.refusal.status == 404 else words.refusal_text(refused.refusal),
        )
        return None


def _fields(form: IssueVoucherForm) -> dict[str, str]:
    """Where the problems of the rules stand in this form: value and validity have fields of their own."""
    typed = form.cleaned_data
    benefit = typed.get("benefit") or "benefit"
    return FIELDS | {
        "benefit": benefit if benefit in ("product", "promotion") else "value",
        "validity": "until" if typed.get("validity") == "until" else "count",
        "count": "how_many",
    }


def _render_issue(request: PageRequest, form: IssueVoucherForm, held: Held, *, status: int = 200) -> HttpResponse:
    card, customer = held
    back = reverse("vouchers:list")
    if card is not None:
        back = _card_url(card)
    elif customer is not None:
        back = reverse("customers:show", args=[encode("cus", customer.id)])
    context: dict[str, Any] = {
        "form": form,
        "sub": (card.customer_name or card.number) if card else customer.label if customer else "",
        "is_held": any(held),
        "currency": request.chain.currency,
        "action": request.get_full_path(),
        "back": back,
    }
    return render_page(
        request, "vouchers/issue.html", context, fragments={"modal": "vouchers/_issue.html"}, status=status
    )


@require_POST
@page(right="rewards:write")
def redeem(request: PageRequest, voucher: str) -> HttpResponse:
    """Redeem a voucher here; a second press says when and where it was."""
    place = request.location.id if request.location else None
    try:
        redeem_voucher(request.actor, RedeemCommand(voucher, place), now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, words.refusal_text(refused.refusal), tone="bad")
    else:
        toast(request, _("Redeemed"), undo_url=reverse("vouchers:undo", args=[voucher]))
    return done(request, reverse("vouchers:show", args=[voucher]))


@require_POST
@page(right="rewards:write")
def undo(request: PageRequest, voucher: str) -> HttpResponse:
    """Take a redemption back."""
    try:
        undo_redemption(request.actor, voucher, now=request.now)
    except Refused as refused:
        if refused.refusal.status in (403, 404):
            raise
        toast(request, words.refusal_text(refused.refusal), tone="bad")
    else:
        toast(request, _("The redemption is undone"))
    return done(request, reverse("vouchers:show", args=[voucher]))


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:write")
def cancel(request: PageRequest, voucher: str) -> HttpResponse:
    """The dialog that cancels a voucher for ever."""
    form = WhyForm(request.POST or None)
    if request.method != "POST":
        return _ask_cancel(request, access_voucher(request.actor, voucher, now=request.now), form)
    if form.is_valid():
        try:
            cancel_voucher(request.actor, voucher, reason=form.cleaned_data["reason"], now=request.now)
        except Refused as refused:
            if refused.refusal.status in (403, 404):
                raise
            form.add_error(None, words.refusal_text(refused.refusal))
        else:
            toast(request, _("Voucher cancelled"))
            return done(request, reverse("vouchers:show", args=[voucher]))
    with unit_of_work(request.actor.chain_id):
        view = access_voucher(request.actor, voucher, now=request.now)
    return _ask_cancel(request, view, form, status=UNPROCESSABLE)


def _ask_cancel(request: PageRequest, view: VoucherView, form: WhyForm, *, status: int = 200) -> HttpResponse:
    public = encode("vch", view.id)
    context = {
        "voucher": view,
        "form": form,
        "action": reverse("vouchers:cancel", args=[public]),
        "back": reverse("vouchers:show", args=[public]),
    }
    return render_page(
        request, "vouchers/cancel.html", context, fragments={"modal": "vouchers/_cancel.html"}, status=status
    )
