"""Looking at customers: the list, the side panel, one customer's page with their time line (CUS-2, CUS-8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from regulars.cards.queries.cards import CardView, list_cards_by_ids
from regulars.customers.pages import words
from regulars.customers.pages.addresses import customer_url, list_url, reverse_or_none
from regulars.customers.pages.listing import list_context
from regulars.customers.queries import (
    ConsentView,
    CustomerView,
    access_customer,
    has_ever_held,
    list_card_ids,
    list_consents,
    list_field_views,
    list_timeline,
)
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.memberships.queries.types import has_types
from regulars.orders.queries.statistics import find_statistics
from regulars.platform.pages.answer import render_page, wanted_fragment
from regulars.platform.pages.card_face import CardFace
from regulars.platform.pages.tier_lines import tier_lines
from regulars.platform.sessions import PageRequest, page
from regulars.programs.queries.tiers import list_tier_changes

FRAGMENTS: Final = {"list": "customers/_rows.html", "panel": "customers/_panel.html"}
PANEL_LINES_MAX: Final = 6
PAGE_LINES_MAX: Final = 30
CARDS_SHOWN_MAX: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCard:
    """A card on its holder's page: how it looks, where it opens, its public link, its balances in words."""

    card: CardView
    face: CardFace
    text: str
    url: str
    balances: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLine:
    """A consent in words."""

    consent: ConsentView
    text: str


@require_safe
@page(right="customers:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The customers, with one of them open beside the list where the address says so."""
    now = request.now
    opened = _opened(request)
    fragment = wanted_fragment(request, FRAGMENTS)
    if fragment == FRAGMENTS["panel"]:
        context = panel_context(request, opened, now=now) if opened else {}
    else:
        context = list_context(request, now=now) | (panel_context(request, opened, now=now) if opened else {})
    return render_page(
        request, "customers/list.html", context | {"is_fragment": fragment is not None}, fragments=FRAGMENTS
    )


def _opened(request: PageRequest) -> CustomerView | None:
    identifier = request.GET.get("open", "")
    if not decode("cus", identifier):
        return None
    try:
        return access_customer(request.actor, identifier)
    except Refused:
        # Deleted meanwhile, or another chain's: the list stands, and nothing is open beside it.
        return None


@page(right="customers:read")
def show_customer(request: PageRequest, customer: str) -> HttpResponse:
    """Everything about one customer on a page."""
    now = request.now
    view = access_customer(request.actor, customer)
    context = customer_context(request, view, now=now, cards_max=CARDS_SHOWN_MAX) | timeline_context(request, view)
    context |= statistics_context(request, view, now=now) | tiers_context(request, view, context["cards"])
    context["doubles"] = _doubles(context["cards"]) if request.actor.may("balances:write") else []
    return render_page(request, "customers/customer.html", context | {"now": now})


@page(right="customers:read")
def show_timeline(request: PageRequest, customer: str) -> HttpResponse:
    """One page of a customer's time line: the older part, below the one before, or a page by itself."""
    view = access_customer(request.actor, customer)
    context = timeline_context(request, view) | {"customer": view, "customer_url": customer_url(view.id)}
    return render_page(
        request,
        "customers/timeline.html",
        context | {"now": request.now},
        fragments={"older": "customers/_timeline.html"},
    )


def timeline_context(request: PageRequest, view: CustomerView, *, limit: int = PAGE_LINES_MAX) -> dict[str, Any]:
    """A page of the time line, in words, and where the next one goes on."""
    before = decode("itm", request.GET.get("from", ""))
    items, last = list_timeline(request.actor, view.id, before=before, limit=limit)
    lines = [
        words.line_of(
            item, currency=request.chain.currency, url_of_card=lambda card: reverse_or_none("cards:show", card)
        )
        for item in items
    ]
    return {
        "lines": lines,
        "older": encode("itm", last) if last else "",
        "is_first": before is None,
        "open_id": encode("cus", view.id),
    }


def statistics_context(request: PageRequest, view: CustomerView, *, now: datetime) -> dict[str, Any]:
    """What their purchases add up to, for those who may see orders or customers' figures (CUS-5)."""
    statistics = find_statistics(request.actor.chain_id, view.id)
    expected = statistics.expected_next(request.chain.zone)
    return {
        "statistics": statistics,
        "currency": request.chain.currency,
        "expected": expected,
        "is_overdue": expected is not None and expected < now.astimezone(request.chain.zone).date(),
    }


def tiers_context(request: PageRequest, view: CustomerView, held: list[HeldCard]) -> dict[str, Any]:
    """Where they stand in every program that they have cards of, and how it came (PRG-6)."""
    shown = {one.group.id: one for card in held for one in card.card.tiers}
    changes = list_tier_changes(request.actor.chain_id, [view.id, *(one.card.id for one in held)]) if shown else []
    return {"tiers": tier_lines(shown.values(), request.chain.currency), "tier_changes": changes}


def panel_context(request: PageRequest, view: CustomerView, *, now: datetime) -> dict[str, Any]:
    """What the side panel shows."""
    return {
        **customer_context(request, view, now=now, cards_max=4),
        "now": now,
        "close_url": list_url(request),
        "recent": SimpleLazyObject(lambda: timeline_context(request, view, limit=PANEL_LINES_MAX)),
    }


def customer_context(request: PageRequest, view: CustomerView, *, now: datetime, cards_max: int) -> dict[str, Any]:
    """What panel and page share."""
    actor = request.actor
    card_ids = list_card_ids(actor.chain_id, [view.id], each=cards_max + 1).get(view.id, [])
    may_see_cards = actor.may("cards:read")
    fields = list_field_views(actor.chain_id) if view.custom else []
    return {
        "customer": view,
        "open_id": encode("cus", view.id),
        "customer_url": customer_url(view.id),
        "phones": [(phone, words.phone_text(phone)) for phone in view.phones],
        "birthday": words.birthday_text(view.birthday),
        "language": words.language_name(view.language),
        "custom": [
            (one.name, words.custom_text(one, view.custom[one.key]))
            for one in fields
            if view.custom.get(one.key) is not None
        ],
        "consents": [
            ConsentLine(consent=one, text=words.purpose_text(one.purpose))
            for one in list_consents(actor.chain_id, view.id)
        ],
        "cards": _held(request, card_ids[:cards_max], now=now) if may_see_cards else [],
        "has_more_cards": len(card_ids) > cards_max,
        "all_cards_url": f"{url}?customer={encode('cus', view.id)}" if (url := reverse_or_none("cards:list")) else "",
        "issue_url": _issue_url(request, view),
        "orders_url": _orders_url(request, view),
        "message_url": f"{reverse_or_none('messaging:write')}?customer={encode('cus', view.id)}"
        if actor.may("customers:write")
        else "",
        "memberships_url": reverse_or_none("memberships:of_customer", encode("cus", view.id))
        if actor.may("rewards:read") and has_types(actor.chain_id)
        else "",
        "vouchers_url": reverse_or_none("vouchers:of_customer", encode("cus", view.id))
        if actor.may("rewards:read")
        else "",
        "gift_cards_url": reverse_or_none("giftcards:of_customer", encode("cus", view.id))
        if actor.may("rewards:read")
        else "",
        "invitations_url": reverse_or_none("orders:invitations", encode("cus", view.id)),
        "may_write": actor.may("customers:write"),
        "may_delete": actor.may("customers:write")
        and (actor.may("cards:delete") or not has_ever_held(actor.chain_id, view.id)),
    }


def _held(request: PageRequest, card_ids: list[UUID], *, now: datetime) -> list[HeldCard]:
    found = list_cards_by_ids(request.actor.chain_id, card_ids, now=now)
    currency = request.chain.currency
    return [
        HeldCard(
            card=card,
            face=words.face_of(card, currency),
            text=words.card_text(card, currency),
            url=reverse_or_none("cards:show", encode("crd", card.id)),
            balances=tuple((balance.name, words.balance_text(balance, currency)) for balance in card.balances),
        )
        for card in (found[card_id] for card_id in card_ids)
    ]


def _doubles(held: list[HeldCard]) -> list[dict[str, str]]:
    """Live cards of a type that the customer has twice, as after a claim: the older's balance may move (CUS-3)."""
    newest: dict[UUID, HeldCard] = {}
    found = []
    for one in held:
        if one.card.status != "active":
            continue
        other = newest.setdefault(one.card.type_id, one)
        url = reverse_or_none("cards:move", encode("crd", one.card.id))
        if other is not one and url and any(balance.available for balance in one.card.balances):
            found.append(
                {
                    "name": one.card.type_name,
                    "number": one.card.number,
                    "to": other.card.number,
                    "url": f"{url}?{urlencode({'to': other.card.number})}",
                }
            )
    return found


def _orders_url(request: PageRequest, view: CustomerView) -> str:
    return reverse_or_none("orders:of_customer", encode("cus", view.id)) if request.actor.may("orders:read") else ""


def _issue_url(request: PageRequest, view: CustomerView) -> str:
    url = reverse_or_none("cards:issue") if request.actor.may("cards:write") else ""
    return f"{url}?customer={encode('cus', view.id)}" if url else ""
