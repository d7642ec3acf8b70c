"""Looking at cards: the list, the side panel, the whole history, a balance explained (CRD-4, CRD-5, LED-6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.cards.pages import words
from regulars.cards.pages.addresses import card_url, list_query, list_url
from regulars.cards.pages.listing import list_context
from regulars.cards.pages.timeline import list_timeline
from regulars.cards.queries.cards import BalanceView, CardView, access_card
from regulars.cards.rules.window import restorable_until
from regulars.kernel.ids import encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.queries.history import explain_balance
from regulars.memberships.queries.types import has_types
from regulars.platform.pages.answer import render_page, wanted_fragment
from regulars.platform.pages.tier_lines import tier_lines
from regulars.platform.sessions import PageRequest, page

FRAGMENTS = {"list": "cards/_rows.html", "panel": "cards/_panel.html"}
PANEL_EVENTS_MAX = 6
HISTORY_EVENTS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    """A balance as the panel shows it, every part of it in words."""

    balance: BalanceView
    total: str
    available: str
    pending: str
    held: str
    expiring: str
    explain_url: str


@require_safe
@page(right="cards:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The issued cards; nothing open beside them."""
    now = request.now
    fragments = {"list": FRAGMENTS["list"]}
    return render_page(request, "cards/list.html", list_context(request, now=now), fragments=fragments)


@page(right="cards:read")
def show_card(request: PageRequest, card: str) -> HttpResponse:
    """One card in the panel beside the list it came from; htmx asks for the panel or the rows alone."""
    now = request.now
    view = access_card(request.actor, card, now=now)
    if wanted_fragment(request, FRAGMENTS) == FRAGMENTS["panel"]:
        context = panel_context(request, view, now=now)
    else:
        context = list_context(request, now=now) | panel_context(request, view, now=now)
    return render_page(request, "cards/list.html", context, fragments=FRAGMENTS)


@page(right="cards:read")
def show_history(request: PageRequest, card: str) -> HttpResponse:
    """Everything that happened to a card, a page at a time."""
    now = request.now
    view = access_card(request.actor, card, now=now)
    cursor = request.GET.get("from", "")[:600]
    timeline = list_timeline(request.actor, view, cursor=cursor, limit=HISTORY_EVENTS_MAX)
    context = panel_context(request, view, now=now) | {"timeline": timeline, "is_first": not cursor}
    return render_page(request, "cards/history.html", context)


@page(right="balances:read")
def show_explanation(request: PageRequest, card: str, balance: str) -> HttpResponse:
    """A balance as plain sentences that add up to it."""
    now = request.now
    view = access_card(request.actor, card, now=now)
    found = find_balance(view, balance)
    sentences = [
        {"sentence": one, "text": words.sentence_words(one)} for one in explain_balance(view.id, found.balance_type_id)
    ]
    context = {
        "card": view,
        "line": balance_line(request, view, found),
        "sentences": sentences,
        "back": card_url(request, view),
        "now": now,
    }
    return render_page(request, "cards/explain.html", context, fragments={"modal": "cards/_explain.html"})


def find_balance(card: CardView, identifier: str) -> BalanceView:
    """The balance of this card with this id. Refuses: NotFound."""
    for balance in card.balances:
        if encode("bal", balance.balance_type_id) == identifier:
            return balance
    raise Refused(NotFound())


def panel_context(request: PageRequest, card: CardView, *, now: datetime) -> dict[str, Any]:
    """Everything the panel of a card needs; its history is read only where it is shown."""
    actor = request.actor
    status, tone, icon = words.status_words(card, now)
    return {
        "now": now,
        "open_card": card,
        "open_id": words.card_id(card),
        "holder": words.holder_of(card),
        "panel_title": words.holder_of(card) or (_("Blank card") if card.is_blank else _("Unclaimed card")),
        "panel_sub": (card.customer_email if card.customer_name else "") or card.holder_phone or "",
        "face": words.face_of(card, chain_name=request.chain.name, currency=request.chain.currency),
        "tiers": tier_lines(card.tiers, request.chain.currency),
        "status": {"label": status, "tone": tone, "icon": icon, "is_plain": card.status == "active"},
        "balances": [balance_line(request, card, balance) for balance in card.balances],
        "kept_in": [words.PLATFORMS[key] for key in words.PLATFORMS if key in card.platforms],
        "timeline": SimpleLazyObject(lambda: list_timeline(actor, card, limit=PANEL_EVENTS_MAX)),
        "list_query": list_query(request),
        "close_url": list_url(request),
        "customer_url": customer_url(card),
        "is_live": card.status in ("active", "blocked"),
        "is_empty": not any(balance.total for balance in card.balances),
        "restorable_until": restorable_until(card.deleted_at) if card.deleted_at else None,
        "is_restorable": card.deleted_at is not None and now <= restorable_until(card.deleted_at),
        "may_write": actor.may("cards:write"),
        "may_adjust": actor.may("balances:write"),
        "has_deposit": any(balance.kind == "deposit" for balance in card.balances),
        "is_paid_in": any(balance.kind == "deposit" and balance.total > 0 for balance in card.balances),
        "orders_url": _orders_url(card) if actor.may("orders:read") else "",
        "gift_cards_url": _gift_cards_url(card) if actor.may("rewards:read") else "",
        "may_delete": actor.may("cards:delete"),
        "rewards_url": reverse("rewards:of_card", args=[words.card_id(card)])
        if actor.may("rewards:read") and card.status != "deleted" and not card.is_blank
        else "",
        "may_issue_vouchers": actor.may("rewards:write") and not card.is_blank,
        "message_url": f"{reverse('messaging:write')}?card={words.card_id(card)}"
        if actor.may("customers:write") and not card.is_blank
        else "",
        "voucher_url": f"{reverse('vouchers:issue')}?card={words.card_id(card)}",
        "memberships_url": reverse("memberships:of_card", args=[words.card_id(card)])
        if actor.may("rewards:read") and has_types(actor.chain_id)
        else "",
        "vouchers_url": reverse("vouchers:of_card", args=[words.card_id(card)]) if actor.may("rewards:read") else "",
    }


def balance_line(request: PageRequest, card: CardView, balance: BalanceView) -> BalanceLine:
    """A balance with all its parts in words; a part that is nothing is ""."""

    def text(units: int) -> str:
        return words.balance_text(balance, units, request.chain.currency)

    return BalanceLine(
        balance=balance,
        total=text(balance.total),
        available=text(balance.available) if balance.available != balance.total else "",
        pending=text(balance.pending) if balance.pending else "",
        held=text(balance.held) if balance.held else "",
        expiring=text(balance.expires_amount) if balance.expires_at else "",
        explain_url=reverse("cards:explain", args=[words.card_id(card), encode("bal", balance.balance_type_id)])
        + list_query(request),
    )


def customer_url(card: CardView) -> str:
    """The page of the card's holder; "" where there is none."""
    if card.customer_id is None:
        return ""
    try:
        return reverse("customers:show", args=[encode("cus", card.customer_id)])
    except NoReverseMatch:
        return ""


def _orders_url(card: CardView) -> str:
    """The orders with this card; "" as long as nothing lists them."""
    try:
        return f"{reverse('orders:list')}?card={words.card_id(card)}"
    except NoReverseMatch:
        return ""


def _gift_cards_url(card: CardView) -> str:
    """The gift cards of the card's holder; "" where there is none."""
    if card.customer_id is None:
        return ""
    return f"{reverse('giftcards:list')}?customer={encode('cus', card.customer_id)}"


def undo_address(request: HttpRequest, name: str, *arguments: str) -> str:
    """Where an Undo button posts to; the list beside the card stays open."""
    return reverse(f"cards:{name}", args=list(arguments)) + list_query(request)
