"""Looking at gift cards: the list with what is owed, one with its history, those of a customer, finding one by its code."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from regulars.chains.queries import list_locations
from regulars.codes.actions.lookup import find_code_owner
from regulars.customers.queries import access_customer
from regulars.giftcards.actions.allowed import may_move_money
from regulars.giftcards.pages import words
from regulars.giftcards.pages.forms import CodeForm
from regulars.giftcards.queries.giftcards import (
    EntryView,
    GiftCardFilter,
    GiftCardView,
    access_gift_card,
    list_entries,
    list_gift_cards,
    outstanding,
)
from regulars.giftcards.queries.types import find_type, list_types
from regulars.giftcards.rules.states import TRANSITIONS
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_id_cursor, write_cursor
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures, listing
from regulars.platform.pages.answer import done, render_page
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.words import THROUGHS
from regulars.platform.sessions import PageRequest, page

PAGE_SIZE: Final = 50
ENTRIES_MAX: Final = 100
OF_CUSTOMER_MAX: Final = 20
LISTING: Final = "gift-cards-page"
FILTERS: Final = ("state", "type", "customer")
NOTHING: Final = UUID(int=0)
OWN_VIEWS: Final = (
    (pgettext_lazy("gift cards", "All"), ""),
    (pgettext_lazy("gift cards", "Active"), "active"),
    (pgettext_lazy("gift cards", "Used up"), "used_up"),
    (pgettext_lazy("gift cards", "Expired"), "expired"),
    (pgettext_lazy("gift cards", "Blocked"), "blocked"),
    (pgettext_lazy("gift cards", "Cancelled"), "cancelled"),
)


@require_safe
@page(right="rewards:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The gift cards, newest first."""
    return _list(request, CodeForm())


@require_POST
@page(right="rewards:read")
def find(request: PageRequest) -> HttpResponse:
    """Open the gift card whose code was typed or scanned; every wrong code gets the same answer."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            owner = find_code_owner(request.actor, form.cleaned_data["code"], kinds=("gift_card",), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"unknown_code": "code", "too_many_attempts": "code"})
        else:
            assert owner.owner_id is not None
            return done(request, reverse("giftcards:show", args=[encode("gcd", owner.owner_id)]))
    return _list(request, form, status=422)


def _list(request: PageRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    if request.method != "POST":
        context = _context(request)
    else:
        with unit_of_work(request.actor.chain_id):
            context = _context(request)
    fragments = {"list": "giftcards/_rows.html"}
    return render_page(request, "giftcards/list.html", context | {"form": form}, fragments=fragments, status=status)


def _context(request: PageRequest) -> dict[str, Any]:
    wanted, after = _filter(request), _after(request)
    found = list_gift_cards(request.actor, wanted, now=request.now, after=after, limit=PAGE_SIZE)
    owed = outstanding(request.actor, now=request.now)
    types = list_types(request.actor)
    sub = ngettext("%(count)s gift card is good", "%(count)s gift cards are good", owed.cards) % {
        "count": figures.number(owed.cards)
    }
    return {
        "now": request.now,
        "rows": rows_of(found.cards),
        "views": [
            (label, listing.address_with(request, state=key or None, after=None), key == wanted.state)
            for label, key in OWN_VIEWS
        ],
        "types": [(encode("gct", one.id), one.name) for one in types],
        "wanted_type": encode("gct", wanted.type_id) if wanted.type_id else "",
        "owed": owed,
        "sub": sub,
        "currency": request.chain.currency,
        "has_types": bool(types),
        "chips": _chips(request, wanted),
        "export_url": _export_url(request),
        "import_url": f"{reverse('imports:new')}?kind=gift_cards"
        if request.actor.may("imports:write") and request.actor.may("rewards:write")
        else "",
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "clear_url": reverse("giftcards:list"),
        "may_write": request.actor.may("rewards:write"),
        "may_edit_types": request.actor.may("promotions:write"),
        "pager": listing.Pager(
            next_url=listing.address_with(request, after=write_cursor(LISTING, [str(found.last)]))
            if found.last
            else "",
            previous_url=listing.address_with(request, after=None) if after else "",
        ),
    }


def _export_url(request: PageRequest) -> str:
    if not request.actor.may("exports:write"):
        return ""
    names = {"state": "state", "type": "gift_card_type", "customer": "customer"}
    chosen = {names[name]: request.GET[name][:140] for name in FILTERS if request.GET.get(name)}
    return f"{reverse('exports:new')}?{urlencode({'kind': 'gift_cards', **chosen})}"


def _after(request: PageRequest) -> UUID | None:
    try:
        return read_id_cursor(LISTING, request.GET.get("after"))
    except Refused:
        return None


def _filter(request: PageRequest) -> GiftCardFilter:
    asked = {name: request.GET.get(name, "")[:140] for name in FILTERS}
    return GiftCardFilter(
        state=asked["state"] if asked["state"] in words.STATES else "",
        type_id=(decode("gct", asked["type"]) or NOTHING) if asked["type"] else None,
        customer_id=(decode("cus", asked["customer"]) or NOTHING) if asked["customer"] else None,
    )


def _chips(request: PageRequest, wanted: GiftCardFilter) -> list[listing.Chip]:
    kind = find_type(request.actor.chain_id, wanted.type_id) if wanted.type_id else None
    found = (
        (_("Type"), kind.name if kind else "", "type"),
        (_("Of"), _("one customer") if wanted.customer_id else "", "customer"),
    )
    return [listing.chip(request, label=label, value=value, parameters=[name]) for label, value, name in found if value]


def rows_of(cards: Sequence[GiftCardView]) -> list[dict[str, Any]]:
    """The gift cards of a list in words."""
    return [
        {
            "card": one,
            "url": reverse("giftcards:show", args=[encode("gcd", one.id)]),
            "state": words.STATES[one.state],
            "last_day": one.last_day,
        }
        for one in cards
    ]


@require_safe
@page(right="rewards:read")
def show_gift_card(request: PageRequest, gift_card: str) -> HttpResponse:
    """One gift card: what is left on it, what happened to it, and what can be done with it."""
    view = access_gift_card(request.actor, gift_card, now=request.now)
    return render_page(request, "giftcards/gift_card.html", gift_card_context(request, view))


def gift_card_context(request: PageRequest, view: GiftCardView) -> dict[str, Any]:
    """Everything the page of a gift card shows."""
    actor, public = request.actor, encode("gcd", view.id)
    kind = find_type(actor.chain_id, view.type_id)
    assert kind is not None
    may_write = actor.may("rewards:write")
    verbs = {verb for state, verb in TRANSITIONS if state == view.state} if may_write else set()
    return {
        "now": request.now,
        "card": view,
        "card_id": public,
        "title": _name(view),
        "state": words.STATES[view.state],
        "currency": request.chain.currency,
        "last_day": view.last_day,
        "pays": words.limit_words(kind.terms.limits),
        "places": _places(request, kind.location_ids),
        "customer_url": reverse("customers:show", args=[encode("cus", view.customer_id)])
        if view.customer_id and actor.may("customers:read")
        else "",
        "type_url": reverse("giftcards:type", args=[encode("gct", view.type_id)]),
        "lines": [
            _line(request, public, one, can_return=may_write and view.state != "cancelled")
            for one in list_entries(actor.chain_id, view.id, limit=ENTRIES_MAX)
        ],
        "may_write_off": "write_off" in verbs,
        "may_top_up": "top_up" in verbs and not view.is_single_use and may_move_money(actor),
        "may_block": "block" in verbs,
        "may_unblock": "unblock" in verbs,
        "may_cancel": "cancel" in verbs,
        "may_show_code": may_write and view.code is not None,
    }


def _name(view: GiftCardView) -> str:
    return f"{view.type_name} …{view.code_end}" if view.code else view.type_name


def _places(request: PageRequest, ids: Sequence[UUID] | None) -> list[str]:
    if ids is None:
        return []
    return [one.name for one in list_locations(request.actor, archived=True) if one.id in ids]


def _line(request: PageRequest, public: str, entry: EntryView, *, can_return: bool) -> dict[str, Any]:
    actor = request.actor
    told = filter(None, (entry.staff_name, str(THROUGHS.get(entry.source, ""))))
    is_open = can_return and entry.left > 0 and entry.order_id is None
    return {
        "entry": entry,
        "text": words.ENTRIES[entry.kind],
        "detail": " · ".join(told),
        "order_url": reverse("orders:show", args=[encode("ord", entry.order_id)])
        if entry.order_id and actor.may("orders:read")
        else "",
        "give_back_url": reverse("giftcards:give_back", args=[public, encode("gce", entry.id)]) if is_open else "",
    }


@require_safe
@page(right="rewards:read")
def show_of_customer(request: PageRequest, customer: str) -> HttpResponse:
    """The newest gift cards of a customer, for the customer's page."""
    found = access_customer(request.actor, customer)
    public = encode("cus", found.id)
    page_of = list_gift_cards(
        request.actor, GiftCardFilter(customer_id=found.id), now=request.now, limit=OF_CUSTOMER_MAX
    )
    context = {
        "rows": rows_of(page_of.cards),
        "title": found.label,
        "currency": request.chain.currency,
        "all_url": f"{reverse('giftcards:list')}?customer={public}" if page_of.last else "",
        "sell_url": f"{reverse('giftcards:sell')}?customer={public}" if request.actor.may("rewards:write") else "",
    }
    fragments = {"gift-cards-of": "giftcards/_of_customer.html"}
    return render_page(request, "giftcards/of_customer.html", context, fragments=fragments)
