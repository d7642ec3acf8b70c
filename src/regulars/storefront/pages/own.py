"""A person's own page: what is stored about them, as a file too, their consents, and the way out (CUS-7)."""

import json
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.cards.errors import BalanceLeft
from regulars.cards.queries.cards import find_card, list_cards_by_ids
from regulars.cards.queries.join import find_join_slug
from regulars.cards.queries.links import find_door
from regulars.chains.queries import find_chain
from regulars.customers.queries import CustomerView, access_customer, find_customer, list_consents
from regulars.customers.queries.person import list_card_ids
from regulars.kernel.phone import format_phone
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.client_address import client_address
from regulars.platform.clock import now_ahead
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page, toast
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.security import public_page
from regulars.platform.pages.visitors import language_of, speaking
from regulars.platform.pages.web_card import ShownCard
from regulars.platform.problems import refusal_page
from regulars.platform.sessions import PageRequest, page
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.actions.own import access_own, ask_for_own, choose_consents, open_own, reach
from regulars.storefront.actions.own import delete_own as erase
from regulars.storefront.jobs import defer_delivery
from regulars.storefront.pages.forms import CodeForm
from regulars.storefront.queries.pages import list_consent_lines
from regulars.storefront.queries.requests import RequestView, card_path, find_request_door
from regulars.storefront.queries.senders import find_senders
from regulars.storefront.queries.stored import gather_stored
from regulars.storefront.rules.form import hidden_address

CARDS_MAX = 50


def show_own_link(request: HttpRequest, card: ShownCard) -> str:
    """Below a card: the way to one's own data; below a blank card, the way to make it one's own (CRD-10)."""
    if card.is_blocked:
        return ""
    found = find_card(card.chain.id, card.card_id, now=card.now)
    if found is None:
        return ""
    slug = find_join_slug(card.chain.id, found.type_id) if found.is_blank else None
    if not card.customer_id and not slug:
        return ""
    context = {"token": card.token, "slug": slug}
    return render_to_string("storefront/_own_link.html", context, request)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def ask_for_code(request: HttpRequest, token: str) -> HttpResponse:
    """Say where the code would go, and send it."""
    door = find_door(token)
    chain = _find_chain(door[0]) if door else None
    if door is None or chain is None:
        return failure_page(request, 404)
    now, senders = now_ahead(chain.clock_ahead), find_senders()
    with speaking(language_of(request, chain), chain):
        with unit_of_work(chain.id):
            card = find_card(chain.id, door[1], now=now)
            customer = find_customer(chain.id, card.customer_id) if card and card.customer_id else None
        if card is None or customer is None or card.status == "deleted":
            return failure_page(request, 404)
        channel, phone, email = reach(customer, senders)
        if request.method == "POST" and channel != "till":
            try:
                waiting = ask_for_own(
                    chain,
                    customer.id,
                    card.id,
                    form_key=_key(request.POST.get("key", "")),
                    language=customer.language.split("-")[0] or language_of(request, chain),
                    senders=senders,
                    address=client_address(request),
                    now=now,
                    deliver=defer_delivery,
                )
            except Refused as refused:
                return refusal_page(request, refused.refusal)
            return _see_other(reverse("join:own", args=[waiting.token]))
        context = {
            "chain": chain,
            "key": str(uuid4()),
            "at_till": channel == "till",
            "address": hidden_address(phone, "") if channel == "phone" else hidden_address("", email),
            "card_url": f"/c/{token}",
        }
        return render_page(request, "storefront/own_ask.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def show_own(request: HttpRequest, token: str) -> HttpResponse:
    """Take the code; once it came back, show what is stored."""
    found = _find_own(token)
    if found is None:
        return failure_page(request, 404)
    chain, waiting, customer = found
    now = now_ahead(chain.clock_ahead)
    with speaking(language_of(request, chain), chain):
        if customer is not None:
            with unit_of_work(chain.id):
                context = _own_context(chain, waiting, customer, now=now) | {"token": token}
                return render_page(request, "storefront/own.html", context)
        form, status = CodeForm(request.POST or None), 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    open_own(chain.id, waiting.id, form.cleaned_data["code"], address=client_address(request), now=now)
                except Refused as refused:
                    show_refusal(form, refused.refusal, fields={"wrong_code": "code"})
                    status = refused.refusal.status
                else:
                    return _see_other(reverse("join:own", args=[token]))
        context = {
            "chain": chain,
            "form": form,
            "is_over": waiting.is_over(now),
            "address": hidden_address(waiting.phone, "")
            if waiting.channel == "phone"
            else hidden_address("", waiting.email),
        }
        return render_page(request, "storefront/own_code.html", context, status=status)


@require_POST
@public_page
def change_consents(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what somebody agrees to from now on."""
    found = _find_open(token)
    if found is None:
        return failure_page(request, 404)
    chain, _waiting, customer = found
    with speaking(language_of(request, chain), chain):
        agreed = request.POST.getlist("agreed")
        if choose_consents(chain, customer.id, agreed, now=now_ahead(chain.clock_ahead)):
            toast(request, _("Saved"))
    return _see_other(reverse("join:own", args=[token]))


@require_safe
@public_page
def export_own(request: HttpRequest, token: str) -> HttpResponse:
    """What is stored, as a file."""
    found = _find_open(token)
    if found is None:
        return failure_page(request, 404)
    chain, _waiting, customer = found
    with unit_of_work(chain.id):
        return _as_file(gather_stored(chain.id, customer.id, now=now_ahead(chain.clock_ahead)))


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def delete_own(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then erase."""
    found = _find_open(token)
    if found is None:
        return failure_page(request, 404)
    chain, waiting, customer = found
    now = now_ahead(chain.clock_ahead)
    with speaking(language_of(request, chain), chain):
        problem = ""
        if request.method == "POST":
            try:
                erase(chain, customer.id, write_off=request.POST.get("write_off") == "yes", now=now)
            except Refused as refused:
                if not isinstance(refused.refusal, BalanceLeft):
                    raise
                has_deposit = any(one["kind"] == "deposit" for one in refused.refusal.balances)
                problem = (
                    _("There is money of yours on a card. Have it paid out at the till first.")
                    if has_deposit
                    else _("Tick the box: what is left on your cards is lost.")
                )
            else:
                return render_page(request, "storefront/own_gone.html", {"chain": chain})
        with unit_of_work(chain.id):
            context = _own_context(chain, waiting, customer, now=now) | {"token": token, "problem": problem}
            return render_page(request, "storefront/own_delete.html", context, status=422 if problem else 200)


@require_safe
@page(right="customers:read")
def export_customer(request: PageRequest, customer: str) -> HttpResponse:
    """What is stored about a customer, as a file for them."""
    found = access_customer(request.actor, customer)
    return _as_file(gather_stored(request.actor.chain_id, found.id, now=request.now))


def _find_chain(chain_id: UUID) -> ChainSettings | None:
    with unit_of_work(chain_id):
        return find_chain(chain_id)


def _find_own(token: str) -> tuple[ChainSettings, RequestView, CustomerView | None] | None:
    door = find_request_door(token)
    chain = _find_chain(door[0]) if door else None
    if door is None or chain is None:
        return None
    with unit_of_work(chain.id):
        try:
            waiting, customer = access_own(chain.id, door[1], now=now_ahead(chain.clock_ahead))
        except Refused as refused:
            if isinstance(refused.refusal, NotFound):
                return None
            raise
    return chain, waiting, customer


def _find_open(token: str) -> tuple[ChainSettings, RequestView, CustomerView] | None:
    found = _find_own(token)
    if found is None or found[2] is None:
        return None
    return found[0], found[1], found[2]


def _own_context(chain: ChainSettings, waiting: RequestView, customer: CustomerView, *, now: Any) -> dict[str, Any]:
    ids = list_card_ids(chain.id, [customer.id], each=CARDS_MAX).get(customer.id, [])
    cards = [
        {
            "number": card.number,
            "name": card.type_name,
            "balances": [
                f"{figures.balance(one.total, kind=one.kind, decimals=one.decimals, currency=chain.currency)} {one.name}"
                for one in card.balances
                if one.total
            ],
        }
        for card in list_cards_by_ids(chain.id, ids, now=now).values()
    ]
    held = {one.purpose: one for one in list_consents(chain.id, customer.id)}
    language = waiting.language or chain.language
    consents = [
        {
            "purpose": line.words.purpose,
            "text": line.words.text(language, chain.language),
            "is_required": line.words.is_required,
            "given": line.words.purpose in held and held[line.words.purpose].given,
            "at": held[line.words.purpose].at if line.words.purpose in held else None,
        }
        for line in list_consent_lines(chain.id)
        if line.is_shown or (line.words.purpose in held and held[line.words.purpose].given)
    ]
    return {
        "chain": chain,
        "customer": customer,
        "phones": [format_phone(phone) for phone in customer.phones],
        "cards": cards,
        "has_left": any(card["balances"] for card in cards),
        "consents": consents,
        "may_withdraw": any(not one["is_required"] for one in consents),
        "now": now,
        "card_url": card_path(chain.id, waiting.card_id) if waiting.card_id else "",
    }


def _as_file(document: dict[str, Any]) -> HttpResponse:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="stored.json"'
    response["Cache-Control"] = "no-store"
    return response


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
