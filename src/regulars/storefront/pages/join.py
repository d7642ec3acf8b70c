"""Where people join: the form, the code, and what is shown at the till (WAL-3)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from regulars.cards.queries.cards import find_card
from regulars.cards.queries.join import find_join_door, join_address
from regulars.cards.queries.links import find_door
from regulars.cards.queries.types import CardTypeView, find_card_type
from regulars.chains.queries import find_chain
from regulars.designs.queries.published import find_design
from regulars.designs.rules.definition import Design
from regulars.kernel.refusal import Refused
from regulars.platform.client_address import client_address
from regulars.platform.clock import now_ahead
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.card_face import CardFace
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.security import public_page
from regulars.platform.pages.visitors import device_of, language_of, speaking
from regulars.platform.tenancy import ChainSettings
from regulars.promotions.queries.running import running_of
from regulars.storefront.actions.ask import JoinDraft, ask_to_join
from regulars.storefront.actions.proofs import confirm_join
from regulars.storefront.jobs import defer_delivery
from regulars.storefront.pages.forms import CodeForm, JoinForm
from regulars.storefront.queries.pages import find_form, list_shown_consents
from regulars.storefront.queries.requests import RequestView, card_path, find_request, find_request_door
from regulars.storefront.queries.senders import find_senders
from regulars.storefront.rules.form import FormPlan, hidden_address


@dataclass(frozen=True, slots=True)
class Place:
    """The join page of a card type."""

    slug: str
    chain: ChainSettings
    card_type: CardTypeView
    plan: FormPlan
    design: Design | None

    @property
    def shop(self) -> str:
        """What the business calls itself on its cards, in the language of the page."""
        language = translation.get_language() or "en"
        return self.design.text("organisation", language, self.chain.name) if self.design else self.chain.name

    @property
    def is_open(self) -> bool:
        """Whether cards of the type are given out here now."""
        return self.plan.is_open and self.card_type.state == "active" and self.card_type.program.state == "active"


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def show_join(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for what the page asks, then send the code; a wrong slug, of whatever kind, gets one answer."""
    place = _find_place(slug)
    if place is None:
        return failure_page(request, 404)
    language = language_of(request, place.chain)
    with speaking(language, place.chain):
        if not place.is_open:
            return _render(request, place, "storefront/join_closed.html", {}, status=410)
        response = _post(request, place, language) if request.method == "POST" else None
        if response is None:
            with unit_of_work(place.chain.id):
                form = _form(request, place, language)
                response = _render_form(request, place, form)
    response["Content-Language"] = language
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def wait_for_code(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Take the code that was sent, or be what is shown at the till."""
    found = _find_waiting(slug, token)
    if found is None:
        return failure_page(request, 404)
    place, waiting = found
    now = now_ahead(place.chain.clock_ahead)
    language = language_of(request, place.chain)
    with speaking(language, place.chain):
        form = CodeForm(request.POST or None, initial={"code": request.GET.get("code", "")[:10]})
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    member = confirm_join(
                        place.chain, waiting.id, form.cleaned_data["code"], address=client_address(request), now=now
                    )
                except Refused as refused:
                    show_refusal(form, refused.refusal, fields={"wrong_code": "code"})
                    status = refused.refusal.status
                else:
                    with unit_of_work(place.chain.id):
                        return _see_other(card_path(place.chain.id, member.card_id))
        with unit_of_work(place.chain.id):
            context = _waiting_context(request, place, waiting) | {"form": form, "is_over": waiting.is_over(now)}
            return _render(request, place, "storefront/join_waiting.html", context, status=status)


@require_safe
@public_page
def show_state(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Whether staff have handed the card over: the part of the page that asks again and again."""
    found = _find_waiting(slug, token)
    if found is None:
        return failure_page(request, 404)
    place, waiting = found
    with speaking(language_of(request, place.chain), place.chain), unit_of_work(place.chain.id):
        return HttpResponse(
            render_to_string("storefront/_pickup.html", _waiting_context(request, place, waiting), request)
        )


def _post(request: HttpRequest, place: Place, language: str) -> HttpResponse | None:
    with unit_of_work(place.chain.id):
        form = _form(request, place, language)
        consents = list_shown_consents(place.chain.id)
        blank = _blank_card(request, place)
    if form.is_valid():
        try:
            waiting = ask_to_join(
                place.chain,
                place.card_type.id,
                place.plan,
                consents,
                JoinDraft(**form.answers(), language=language, blank_card_id=blank),
                senders=find_senders(),
                address=client_address(request),
                now=now_ahead(place.chain.clock_ahead),
                deliver=defer_delivery,
            )
        except Refused as refused:
            show_refusal(form, refused.refusal)
            status = refused.refusal.status
        else:
            return _see_other(reverse("join:waiting", args=[place.slug, waiting.token]))
    else:
        status = 422
    with unit_of_work(place.chain.id):
        return _render_form(request, place, form, status=status)


def _find_place(slug: str) -> Place | None:
    door = find_join_door(slug)
    if door is None:
        return None
    chain_id, type_id = door
    with unit_of_work(chain_id):
        chain, card_type = find_chain(chain_id), find_card_type(chain_id, type_id)
        if chain is None or card_type is None:
            return None
        published = find_design(chain_id, type_id)
        plan = find_form(chain_id, type_id, find_senders())
        return Place(slug, chain, card_type, plan, published.design if published else None)


def _find_waiting(slug: str, token: str) -> tuple[Place, RequestView] | None:
    door, place = find_request_door(token), _find_place(slug)
    if door is None or place is None or door[0] != place.chain.id:
        return None
    with unit_of_work(place.chain.id):
        waiting = find_request(*door)
    if waiting is None or waiting.kind != "join" or waiting.card_type_id != place.card_type.id:
        return None
    return place, waiting


def _blank_card(request: HttpRequest, place: Place) -> UUID | None:
    """The card in somebody's hand, by its secret link: its number alone would open nothing (RWD-9)."""
    door = find_door(request.POST.get("card") or request.GET.get("card", ""))
    if door is None or door[0] != place.chain.id:
        return None
    card = find_card(place.chain.id, door[1], now=now_ahead(place.chain.clock_ahead))
    return card.id if card and card.is_blank and card.type_id == place.card_type.id else None


def _form(request: HttpRequest, place: Place, language: str) -> JoinForm:
    data = request.POST if request.method == "POST" else None
    consents = list_shown_consents(place.chain.id)
    return JoinForm(data, plan=place.plan, consents=consents, language=language, fallback=place.chain.language)


def _render_form(request: HttpRequest, place: Place, form: JoinForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "gifts": _gifts(place),
        "device": device_of(request),
        "join_url": join_address(place.slug),
        "card_token": (request.POST.get("card") or request.GET.get("card", "")) if _blank_card(request, place) else "",
    }
    return _render(request, place, "storefront/join.html", context, status=status)


def _render(
    request: HttpRequest, place: Place, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    shared = {"chain": place.chain, "face": _face(place), "slug": place.slug, "shop": place.shop}
    return render_page(request, template, shared | context, status=status)


def _face(place: Place) -> CardFace:
    one = place.card_type
    shown = next((kind for kind in one.balance_types if kind.id == one.shown_balance_id), one.balance_types[0])
    amount = figures.balance(
        shown.initial_balance, kind=shown.kind, decimals=shown.decimals, currency=place.chain.currency
    )
    return CardFace(
        title=place.shop,
        caption=one.name,
        goal=one.goal or 0,
        balance="" if one.goal else amount,
        balance_label="" if one.goal else shown.name,
        stamp_icon=one.icon,
        background=one.background,
        foreground=one.foreground,
        sample=True,
    )


def _gifts(place: Place) -> list[str]:
    """What a newcomer gets: what cards begin with, and what registering brings."""
    amounts: dict[UUID, int] = {one.id: one.initial_balance for one in place.card_type.balance_types}
    for promotion in running_of(None, place.chain.id).triggers.values():
        trigger = promotion.trigger
        if trigger and trigger.event == "registered" and trigger.action == "earn" and trigger.amount:
            balance = UUID(trigger.balance_type)
            if balance in amounts and promotion.program_id == place.card_type.program.id:
                amounts[balance] += int(trigger.amount)
    return [
        f"{figures.balance(amounts[one.id], kind=one.kind, decimals=one.decimals, currency=place.chain.currency)} {one.name}"
        for one in place.card_type.balance_types
        if amounts[one.id] > 0
    ]


def _waiting_context(request: HttpRequest, place: Place, waiting: RequestView) -> dict[str, Any]:
    return {
        "waiting": waiting,
        "slug": place.slug,
        "address": hidden_address(waiting.phone, "")
        if waiting.channel == "phone"
        else hidden_address("", waiting.email),
        "by_phone": waiting.channel == "phone",
        "at_till": waiting.channel == "till" or "till" in request.GET,
        "state_url": reverse("join:state", args=[place.slug, waiting.token]),
        "has_code": bool(request.GET.get("code")),
        # Whoever held this page out at the till sees the card; whoever only knows the address does not.
        "card_url": card_path(place.chain.id, waiting.card_id)
        if waiting.card_id and waiting.done_by == "staff"
        else "",
        "poll_seconds": 3 if waiting.channel == "till" and not waiting.done_at else 0,
    }


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
