"""Looking at orders: the list, and one order with its arithmetic, readable aloud (ORD-7)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from regulars.cards.queries.cards import CardView, list_cards_by_ids
from regulars.customers.queries import access_customer, find_customer
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.orders.pages import words
from regulars.orders.pages.addresses import list_url, order_url, reverse_or_none
from regulars.orders.pages.listing import list_context, rows_of
from regulars.orders.pages.told import Teller, tell_effect, tell_order, tell_outcome, times_text
from regulars.orders.queries.listing import ListFilter, list_order_page, meaning_of
from regulars.orders.queries.orders import access_order
from regulars.orders.queries.refunds import RefundView, list_refunds
from regulars.orders.queries.terms import current_terms
from regulars.orders.rules.effects import Effect
from regulars.orders.rules.reasons import Verdict
from regulars.orders.rules.redemptions import PREFIXES, Redemption
from regulars.orders.rules.view import EarnedReward, OrderView, PricedLine
from regulars.platform.pages.answer import render_page, wanted_fragment
from regulars.platform.sessions import PageRequest, page

FRAGMENTS: Final = {"list": "orders/_rows.html", "panel": "orders/_panel.html"}
OF_CUSTOMER_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """A line in words."""

    line: PricedLine
    quantity: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionShown:
    """A promotion with its arithmetic as sentences, or why not."""

    verdict: Verdict
    url: str
    steps: tuple[str, ...]
    result: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectShown:
    """What an order did to a balance, in words."""

    effect: Effect
    units: str
    number: str
    card_url: str
    promotion: str
    sentence: str
    times: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionShown:
    """A code, voucher or gift card of an order, in words."""

    redemption: Redemption
    kind: words.Text
    state: tuple[words.Text, str, str]
    sentence: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardShown:
    """A reward that an order brought, in words."""

    reward: EarnedReward
    number: str
    state: tuple[words.Text, str, str]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShown:
    """A refund in words."""

    refund: RefundView
    told: list[str]


@require_safe
@page(right="orders:read")
def show_list(request: PageRequest) -> HttpResponse:
    """The orders of the chain, or of the chosen location; one of them open beside the list where the address says so."""
    opened = _opened(request)
    fragment = wanted_fragment(request, FRAGMENTS)
    context = panel_context(request, opened) if opened else {}
    if fragment != FRAGMENTS["panel"]:
        context = list_context(request, now=request.now) | context
    return render_page(
        request, "orders/list.html", context | {"is_fragment": fragment is not None}, fragments=FRAGMENTS
    )


def _opened(request: PageRequest) -> OrderView | None:
    identifier = request.GET.get("open", "")
    if not decode("ord", identifier):
        return None
    try:
        return access_order(request.actor, identifier)
    except Refused:
        # Another chain's, or of a place that is not theirs: the list stands, and nothing is open beside it.
        return None


def panel_context(request: PageRequest, view: OrderView) -> dict[str, Any]:
    """What the panel of an order shows: the page of it, and where the list is."""
    assert view.id is not None
    return order_context(request, view) | {"order_url": order_url(view.id), "close_url": list_url(request)}


@require_safe
@page(right="orders:read")
def show_of_customer(request: PageRequest, customer: str) -> HttpResponse:
    """The newest orders of a customer, for the customer's page."""
    found = access_customer(request.actor, customer)
    meant = meaning_of(request.actor, ListFilter(customer_id=found.id), country=request.chain.country)
    shown = list_order_page(meant, limit=OF_CUSTOMER_MAX)
    context = {
        "rows": rows_of(request, shown.orders),
        "has_more": shown.last is not None,
        "customer": found,
        "customer_id": encode("cus", found.id),
        "may_write": request.actor.may("orders:write"),
        "now": request.now,
    }
    fragments = {"orders-of": "orders/_of_customer.html"}
    return render_page(request, "orders/of_customer.html", context, fragments=fragments)


@require_safe
@page(right="orders:read")
def show_order(request: PageRequest, order: str) -> HttpResponse:
    """One order: what was bought, what each promotion said and why, what it did to balances, what came back."""
    return render_page(request, "orders/order.html", order_context(request, access_order(request.actor, order)))


def order_context(request: PageRequest, view: OrderView) -> dict[str, Any]:
    """Everything the page of an order shows, in a number of queries that does not grow with it."""
    assert view.id is not None
    actor = request.actor
    teller, cards = teller_of(request, view)
    refunds = list_refunds(actor.chain_id, view.id)
    customer = find_customer(actor.chain_id, view.customer_id) if view.customer_id else None
    is_open = view.state == "open"
    may_write = actor.may("orders:write")
    effects = [_effect(teller, cards, one, is_open=is_open) for one in view.effects if one.amount]
    return {
        "now": request.now,
        "view": view,
        "order_id": encode("ord", view.id),
        "title": view.external_id or encode("ord", view.id),
        "state": words.STATES[view.state],
        "lines": [_line(one) for one in view.lines],
        "applied": [_promotion(teller, one) for one in view.verdicts if one.is_applied],
        "not_applied": [_promotion(teller, one) for one in view.verdicts if not one.is_applied],
        "spent": [one for one in effects if one.effect.kind == "spend"],
        "earned": [one for one in effects if one.effect.kind == "earn"],
        "rewards": [_reward(teller, one) for one in view.rewards],
        "redemptions": [_redemption(teller, one) for one in view.redemptions],
        "may_release": is_open and may_write and view.reserved_until is not None,
        "refunds": [RefundShown(refund=one, told=tell_outcome(teller, one.outcome)) for one in refunds],
        "told": tell_order(teller, refunds),
        "to_pay": view.total - view.paid_by_balances,
        "till_discount": sum(one.line.discount for one in view.lines),
        "shipping_before": view.shipping + view.shipping_discount,
        "place": teller.terms.place_names.get(view.location_id) if view.location_id else "",
        "customer": customer if customer and actor.may("customers:read") else None,
        "customer_url": reverse_or_none("customers:show", encode("cus", customer.id)) if customer else "",
        "phone": words.phone_text(view.phone or ""),
        "cards": [(one.number, _card_url(request, one.id)) for one in cards.values()],
        "is_open": is_open,
        "may_write": may_write,
        "may_refund": may_write and view.state in ("paid", "completed", "partly_refunded"),
        "may_complete": view.state in ("paid", "partly_refunded") and view.completed_at is None,
        "may_cancel": may_write and view.state not in ("cancelled", "refunded"),
        "import_url": reverse_or_none("imports:show", encode("imp", view.import_id))
        if view.import_id and actor.may("imports:read")
        else "",
        "issue_url": _issue_url(request, view, cards) if may_write else "",
        "stamp_urls": _stamp_urls(request, cards),
        "urls": {name: order_url(view.id, name) for name in ("pay", "complete", "cancel", "refund", "edit", "release")},
    }


def teller_of(request: PageRequest, view: OrderView) -> tuple[Teller, dict[UUID, CardView]]:
    """What sentences about an order need, and the cards that it names or touched."""
    ids = list(dict.fromkeys([*([view.card_id] if view.card_id else []), *(one.card_id for one in view.effects)]))
    found = list_cards_by_ids(request.actor.chain_id, ids, now=request.now) if ids else {}
    cards = {one: found[one] for one in ids if one in found}
    numbers = {card_id: card.number for card_id, card in cards.items()}
    return Teller(view, current_terms(request.actor.chain_id), numbers), cards


def _line(one: PricedLine) -> LineShown:
    back = words.quantity_text(one.refunded_quantity) if one.refunded_quantity else ""
    return LineShown(line=one, quantity=words.quantity_text(one.line.quantity), back=back)


def _promotion(teller: Teller, one: Verdict) -> PromotionShown:
    return PromotionShown(
        verdict=one,
        url=reverse_or_none("promotions:show", encode("prm", one.promotion_id)),
        steps=teller.steps(one),
        result=teller.result(one),
    )


def _effect(teller: Teller, cards: dict[UUID, CardView], one: Effect, *, is_open: bool) -> EffectShown:
    card = cards.get(one.card_id)
    names = {verdict.promotion_id: verdict.name for verdict in teller.view.verdicts}
    return EffectShown(
        effect=one,
        units=teller.units(one),
        number=teller.number(one.card_id),
        card_url=reverse_or_none("cards:show", encode("crd", one.card_id)) if card else "",
        promotion=names.get(one.promotion_id, "") if one.promotion_id else "",
        sentence=tell_effect(teller, one, is_open=is_open),
        times=times_text(one) if one.kind == "earn" else "",
    )


def _redemption(teller: Teller, one: Redemption) -> RedemptionShown:
    address = words.ADDRESSES.get(one.kind)
    url = reverse_or_none(address, encode(PREFIXES[one.kind], one.owner_id)) if address and one.owner_id else ""
    return RedemptionShown(
        redemption=one,
        kind=words.CODE_KINDS[one.kind],
        state=words.CODE_STATES[one.state],
        sentence=teller.of_code(one),
        url=url,
    )


def _reward(teller: Teller, one: EarnedReward) -> RewardShown:
    voucher = encode("vch", one.voucher_id) if one.voucher_id else ""
    return RewardShown(
        reward=one,
        number=teller.number(one.card_id),
        state=words.REWARD_STATES[one.state],
        url=reverse_or_none("vouchers:show", voucher) if voucher else "",
    )


def _card_url(request: PageRequest, card_id: UUID) -> str:
    return reverse_or_none("cards:show", encode("crd", card_id)) if request.actor.may("cards:read") else ""


def _issue_url(request: PageRequest, view: OrderView, cards: dict[UUID, CardView]) -> str:
    """Where a card is issued to whoever visits and has none yet (ORD-11)."""
    if cards or view.customer_id is None or not request.actor.may("cards:write"):
        return ""
    url = reverse_or_none("cards:issue")
    return f"{url}?customer={encode('cus', view.customer_id)}" if url else ""


def _stamp_urls(request: PageRequest, cards: dict[UUID, CardView]) -> list[tuple[str, str]]:
    """Where a stamp is given by hand, for each card that collects them (ORD-11)."""
    if not request.actor.may("balances:write"):
        return []
    found = []
    for card in cards.values():
        stamps = next((one for one in card.balances if one.kind == "stamps"), None)
        url = reverse_or_none("cards:adjust", encode("crd", card.id)) if stamps and card.status == "active" else ""
        if stamps and url:
            found.append((card.number, f"{url}?balance={encode('bal', stamps.balance_type_id)}&amount=1"))
    return found
