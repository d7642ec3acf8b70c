"""Looking at vouchers: the list, one with its code and history, those of a card and of a customer (RWD-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from regulars.cards.queries.cards import access_card
from regulars.customers.queries import access_customer
from regulars.kernel.codes import code_key
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_id_cursor, write_cursor
from regulars.platform.pages import listing
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.words import THROUGHS, VOUCHER_STEPS
from regulars.platform.sessions import PageRequest, page
from regulars.promotions.queries.promotions import find_row
from regulars.vouchers.actions.lookup import find_by_code
from regulars.vouchers.pages import words
from regulars.vouchers.pages.forms import CodeForm
from regulars.vouchers.pages.pictures import picture_url
from regulars.vouchers.queries.batches import VoucherBatchView, access_batch, find_batch
from regulars.vouchers.queries.history import StepLine, list_steps
from regulars.vouchers.queries.rows import VoucherView
from regulars.vouchers.queries.vouchers import VoucherFilter, access_voucher, list_vouchers
from regulars.vouchers.rules.redeeming import check_cancel, check_redeem, check_undo
from regulars.vouchers.rules.states import STATES

PAGE_SIZE: Final = 50
OF_HOLDER_MAX: Final = 10
LISTING: Final = "vouchers-page"
FILTERS: Final = ("q", "state", "source", "customer", "card", "batch")
NOTHING: Final = UUID(int=0)
OWN_VIEWS: Final = (
    (pgettext_lazy("vouchers", "All"), ""),
    (pgettext_lazy("vouchers", "Active"), "active"),
    (pgettext_lazy("vouchers", "Redeemed"), "redeemed"),
    (pgettext_lazy("vouchers", "Expired"), "expired"),
    (pgettext_lazy("vouchers", "Cancelled"), "cancelled"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherRow:
    """A voucher as lists show it."""

    voucher: VoucherView
    url: str
    state: tuple[Any, str, str]
    holder: str
    last_day: Any


@require_safe
@page(right="rewards:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The vouchers, newest first."""
    return render_page(request, "vouchers/list.html", _context(request), fragments={"list": "vouchers/_rows.html"})


@require_POST
@page(right="rewards:read")
def find(request: PageRequest) -> HttpResponse:
    """Open the voucher whose code was typed or scanned; every wrong code gets the same answer, and tries are counted."""
    form = CodeForm(request.POST)
    try:
        found = find_by_code(request.actor, form.cleaned_data["code"] if form.is_valid() else "", now=request.now)
    except Refused as refused:
        if refused.refusal.status == 403:
            raise
        toast(request, words.refusal_text(refused.refusal), tone="bad")
        return done(request, reverse("vouchers:list"))
    return done(request, reverse("vouchers:show", args=[encode("vch", found.id)]))


def _context(request: PageRequest) -> dict[str, Any]:
    wanted = read_filter(request)
    try:
        after = read_id_cursor(LISTING, request.GET.get("after"))
    except Refused:
        after = None
    found, last = list_vouchers(request.actor, wanted, now=request.now, after=after, limit=PAGE_SIZE)
    state = request.GET.get("state", "")
    chosen_batch = encode("vbt", wanted.batch_id) if wanted.batch_id and wanted.batch_id != NOTHING else ""
    batch = find_batch(request.actor.chain_id, wanted.batch_id) if wanted.batch_id else None
    return {
        "batch": batch,
        "batch_url": reverse("vouchers:batch", args=[chosen_batch]) if batch else "",
        "now": request.now,
        "rows": rows_of(found),
        "views": [
            (label, listing.address_with(request, state=key or None, after=None), key == state)
            for label, key in OWN_VIEWS
        ],
        "wanted": wanted,
        "sources": words.SOURCES,
        "chips": _chips(request, wanted, batch),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "clear_url": reverse("vouchers:list"),
        "print_url": f"{reverse('vouchers:print')}?batch={chosen_batch}"
        if chosen_batch and request.actor.may("rewards:write")
        else "",
        "export_url": _export_url(request),
        "may_write": request.actor.may("rewards:write"),
        "find_url": reverse("vouchers:find"),
        "pager": listing.Pager(
            next_url=listing.address_with(request, after=write_cursor(LISTING, [str(last)])) if last else "",
            previous_url=listing.address_with(request, after=None) if after else "",
        ),
    }


@require_safe
@page(right="rewards:read")
def show_batch(request: PageRequest, batch: str) -> HttpResponse:
    """How far vouchers are that are made in the background, for the list that shows them."""
    found = access_batch(request.actor, batch)
    if not request.htmx:
        return redirect(f"{reverse('vouchers:list')}?batch={found.public_id}")
    context = {"batch": found, "batch_url": reverse("vouchers:batch", args=[found.public_id])}
    return render_page(request, "vouchers/_batch.html", context)


def read_filter(request: PageRequest) -> VoucherFilter:
    """What the address asks for; an id that is none means no voucher at all, never silently all of them."""
    asked = {name: request.GET.get(name, "")[:200] for name in FILTERS}
    return VoucherFilter(
        search=asked["q"],
        state=next((one for one in STATES if one == asked["state"]), None),
        source=asked["source"] if asked["source"] in words.SOURCES else "",
        customer_id=_id(asked["customer"], "cus"),
        card_id=_id(asked["card"], "crd"),
        batch_id=_id(asked["batch"], "vbt"),
    )


def _id(text: str, prefix: str) -> UUID | None:
    return (decode(prefix, text) or NOTHING) if text else None


def _chips(request: PageRequest, wanted: VoucherFilter, batch: VoucherBatchView | None) -> list[listing.Chip]:
    found = (
        (_("From"), str(words.SOURCES.get(wanted.source, "")), "source"),
        (_("Of"), _("one customer") if wanted.customer_id else "", "customer"),
        (_("With"), _("one card") if wanted.card_id else "", "card"),
        (_("Of"), (batch.title if batch else _("one sheet")) if wanted.batch_id else "", "batch"),
    )
    return [listing.chip(request, label=label, value=value, parameters=[name]) for label, value, name in found if value]


def _export_url(request: PageRequest) -> str:
    if not request.actor.may("exports:write"):
        return ""
    pairs = [("kind", "vouchers"), *((name, request.GET[name][:200]) for name in FILTERS if request.GET.get(name))]
    return listing_url("exports:new", pairs)


def listing_url(name: str, pairs: Sequence[tuple[str, str]]) -> str:
    """An address with a query."""
    return f"{reverse(name)}?{urlencode(pairs)}"


def rows_of(vouchers: Sequence[VoucherView]) -> list[VoucherRow]:
    """The vouchers of a list in words."""
    return [
        VoucherRow(
            voucher=one,
            url=reverse("vouchers:show", args=[encode("vch", one.id)]),
            state=words.STATES[one.state],
            holder=one.holder_name or one.card_phone or one.card_number,
            last_day=words.last_day(one),
        )
        for one in vouchers
    ]


@require_safe
@page(right="rewards:read")
def show_voucher(request: PageRequest, voucher: str) -> HttpResponse:
    """One voucher: what it gives, its code to be read, what happened to it, and what can be done with it."""
    view = access_voucher(request.actor, voucher, now=request.now)
    return render_page(request, "vouchers/voucher.html", voucher_context(request, view))


def voucher_context(request: PageRequest, view: VoucherView) -> dict[str, Any]:
    """Everything the page of a voucher shows."""
    actor, public = request.actor, encode("vch", view.id)
    may_write = actor.may("rewards:write")
    place = request.location.id if request.location else None
    refusal = check_redeem(view, location_id=place, now=request.now)
    return {
        "now": request.now,
        "voucher": view,
        "voucher_id": public,
        "state": words.STATES[view.state],
        "source": words.SOURCES[view.source],
        "benefit": told_benefit(request, view),
        "letters": code_key(view.code) if may_write else "",
        "last_day": words.last_day(view),
        "begins": view.starts_at if view.state == "issued" else None,
        "places": [name for _place, name in view.places or ()],
        "holder": view.holder_name or view.card_phone,
        "holder_url": reverse("customers:show", args=[encode("cus", view.holder_id)])
        if view.holder_id and actor.may("customers:read")
        else "",
        "card_url": reverse("cards:show", args=[encode("crd", view.card_id)])
        if view.card_id and actor.may("cards:read")
        else "",
        "steps": [_step(one) for one in list_steps(actor, view.id)],
        "why_not": words.refusal_text(refusal) if refusal and view.state == "active" else "",
        "may_redeem": may_write and refusal is None,
        "may_cancel": may_write and check_cancel(view, own_places=actor.location_ids, now=request.now) is None,
        "may_undo": may_write and check_undo(view, own_places=actor.location_ids, now=request.now) is None,
        "print_url": f"{reverse('vouchers:print')}?voucher={public}",
        "picture": picture_url(view.id, view.picture_id),
        "picture_change_url": reverse("vouchers:change_picture", args=[public])
        if may_write and view.state in ("issued", "active")
        else "",
        "batch_url": f"{reverse('vouchers:list')}?batch={encode('vbt', view.batch_id)}" if view.batch_id else "",
        "order_url": reverse("orders:show", args=[encode("ord", view.order_id)])
        if view.order_id and actor.may("orders:read")
        else "",
    }


def told_benefit(request: PageRequest, view: VoucherView) -> str:
    """What it gives, with the name of a promotion that it opens."""
    names = {}
    if view.benefit and "promotion" in view.benefit:
        found = find_row(request.actor.chain_id, view.benefit["promotion"])
        names = {view.benefit["promotion"]: found.name} if found else {}
    return words.benefit_text(
        view.benefit, currency=request.chain.currency, decimals=request.chain.currency_decimals, names=names
    )


def _step(one: StepLine) -> dict[str, Any]:
    text, tone = VOUCHER_STEPS[one.verb]
    told = filter(None, (one.place_name, one.staff_name, str(THROUGHS.get(one.through, ""))))
    return {"text": text, "tone": tone, "at": one.at, "detail": " · ".join(told)}


@require_safe
@page(right="rewards:read")
def show_of_customer(request: PageRequest, customer: str) -> HttpResponse:
    """The newest vouchers of a customer and their cards, for the customer's page."""
    found = access_customer(request.actor, customer)
    public = encode("cus", found.id)
    return _of_holder(request, VoucherFilter(customer_id=found.id), "customer", public, found.label)


@require_safe
@page(right="rewards:read")
def show_of_card(request: PageRequest, card: str) -> HttpResponse:
    """The newest vouchers of a card, for its side panel."""
    found = access_card(request.actor, card, now=request.now)
    return _of_holder(request, VoucherFilter(card_id=found.id), "card", encode("crd", found.id), found.number)


def _of_holder(request: PageRequest, wanted: VoucherFilter, kind: str, public: str, title: str) -> HttpResponse:
    found, last = list_vouchers(request.actor, wanted, now=request.now, limit=OF_HOLDER_MAX)
    context = {
        "rows": rows_of(found),
        "title": title,
        "now": request.now,
        "all_url": f"{reverse('vouchers:list')}?{kind}={public}" if last else "",
        "issue_url": f"{reverse('vouchers:issue')}?{kind}={public}" if request.actor.may("rewards:write") else "",
    }
    fragments = {"vouchers-of": "vouchers/_of_holder.html"}
    return render_page(request, "vouchers/of_holder.html", context, fragments=fragments)
