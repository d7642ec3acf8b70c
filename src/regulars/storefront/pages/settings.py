"""Settings of joining: the page of each card type, and what people agree to (WAL-3)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.cards.actions.join_slug import change_join_slug, ensure_join_slug
from regulars.cards.queries.join import find_join_slug, join_address
from regulars.cards.queries.types import access_card_type, list_card_types
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import edge_unit_of_work, unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.storefront.actions.settings import save_join_page, stop_asking, write_consent
from regulars.storefront.pages.forms import ConsentForm, PageForm
from regulars.storefront.queries.pages import ConsentLine, find_form, list_consent_lines
from regulars.storefront.queries.senders import find_senders

TAB = "join:settings"


@require_safe
@page(right="settings:read")
def show_pages(request: PageRequest) -> HttpResponse:
    """Where people join, type by type, and what they agree to."""
    chain_id, senders = request.actor.chain_id, find_senders()
    types = [
        {
            "one": one,
            "url": reverse("join:page", args=[encode("ctp", one.id)]),
            "address": join_address(slug) if (slug := find_join_slug(chain_id, one.id)) else "",
            "plan": find_form(chain_id, one.id, senders),
        }
        for one in list_card_types(request.actor, with_archived=False)
    ]
    consents = [
        {"line": line, "text": line.words.text(request.actor.language, request.chain.language)}
        for line in list_consent_lines(chain_id)
        if line.is_shown
    ]
    context = {
        "tabs": settings_tabs(request, TAB),
        "types": types,
        "consents": consents,
        "senders": senders,
        "may_write": request.actor.may("settings:write"),
    }
    return render_page(request, "storefront/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def edit_page(request: PageRequest, card_type: str) -> HttpResponse:
    """What the join page of a card type asks, and at which address it stands."""
    chain_id = request.actor.chain_id
    if request.method == "POST":
        return _save_page(request, card_type)
    view = access_card_type(request.actor, card_type)
    plan = find_form(chain_id, view.id, find_senders())
    initial = {
        "slug": find_join_slug(chain_id, view.id) or "",
        **{name: getattr(plan, name) for name in ("is_open", "name", "phone", "email", "birthday", "confirmation")},
        "version": plan.version,
    }
    return _render_page(request, card_type, PageForm(initial=initial))


def _save_page(request: PageRequest, card_type: str) -> HttpResponse:
    form = PageForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            with edge_unit_of_work(request.actor.chain_id):
                save_join_page(
                    request.actor,
                    card_type,
                    {name: data[name] for name in ("name", "phone", "email", "birthday", "confirmation")},
                    is_open=data["is_open"],
                    version=data["version"],
                    now=request.now,
                )
                view = access_card_type(request.actor, card_type)
                if data["slug"] != find_join_slug(request.actor.chain_id, view.id):
                    change_join_slug(request.actor.acting_with("cards:write"), card_type, data["slug"], now=request.now)
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden | NotFound):
                raise
            show_refusal(form, refused.refusal, fields={"join_slug": "slug", "join_slug_taken": "slug"})
        else:
            toast(request, _("Saved"))
            return done(request, reverse(TAB))
    with unit_of_work(request.actor.chain_id):
        return _render_page(request, card_type, form, status=422)


def _render_page(request: PageRequest, card_type: str, form: PageForm, *, status: int = 200) -> HttpResponse:
    view = access_card_type(request.actor, card_type)
    slug = find_join_slug(request.actor.chain_id, view.id)
    context = {
        "tabs": settings_tabs(request, TAB),
        "form": form,
        "type": view,
        "address": join_address(slug) if slug else "",
        "prefix": f"{settings.URL}/j/",
        "senders": find_senders(),
        "back": reverse(TAB),
    }
    return render_page(request, "storefront/page_settings.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def new_consent(request: PageRequest) -> HttpResponse:
    """Write a consent."""
    return _consent(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def edit_consent(request: PageRequest, purpose: str) -> HttpResponse:
    """Write a new version of a consent."""
    if request.method == "POST":
        with unit_of_work(request.actor.chain_id):
            line = _find(request, purpose)
    else:
        line = _find(request, purpose)
    return _consent(request, line)


@require_POST
@page(right="settings:write")
def stop_consent(request: PageRequest, purpose: str) -> HttpResponse:
    """Ask for a consent no more."""
    stop_asking(request.actor, purpose, now=request.now)
    toast(request, _("It is asked for no more; who agreed keeps having agreed"))
    return done(request, reverse(TAB))


def _find(request: PageRequest, purpose: str) -> ConsentLine:
    found = next((one for one in list_consent_lines(request.actor.chain_id) if one.words.purpose == purpose), None)
    if found is None:
        raise Refused(NotFound())
    return found


def _consent(request: PageRequest, line: ConsentLine | None) -> HttpResponse:
    languages = settings.LANGUAGES
    initial: dict[str, Any] = {}
    if line:
        initial = {f"text_{code}": text for code, text in line.words.texts.items()}
        initial |= {"is_required": line.words.is_required, "name": line.words.purpose}
    form = ConsentForm(request.POST if request.method == "POST" else None, languages=languages, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            write_consent(
                request.actor,
                line.words.purpose if line else "",
                form.texts,
                name=form.cleaned_data["name"],
                is_required=form.cleaned_data["is_required"],
                now=request.now,
            )
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden | NotFound):
                raise
            show_refusal(form, refused.refusal, fields={"text": f"text_{request.chain.language}"})
        else:
            toast(request, _("Saved"))
            return done(request, reverse(TAB))
    context = {"tabs": settings_tabs(request, TAB), "form": form, "line": line, "back": reverse(TAB)}
    return render_page(request, "storefront/consent.html", context, status=422 if form.errors else 200)


@require_POST
@page(right="settings:write")
def open_page(request: PageRequest, card_type: str) -> HttpResponse:
    """Give a card type the address where people join it."""
    with unit_of_work(request.actor.chain_id):
        view = access_card_type(request.actor, card_type)
    ensure_join_slug(request.actor.chain_id, view.id)
    return done(request, reverse("join:page", args=[encode("ctp", view.id)]))
