"""The first minutes: language, owner, business, trade (UX section 8)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from regulars.chains.actions import change_chain
from regulars.chains.rules import COUNTRIES, ChainDraft
from regulars.kernel.refusal import Refused
from regulars.platform.client_address import client_address
from regulars.platform.clock import real_now
from regulars.platform.pages.answer import render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.preferences import keep
from regulars.platform.pages.security import public_page
from regulars.platform.sessions import PageRequest, choose_place, page
from regulars.staff.actions import NewLogin, claim_installation, open_chain
from regulars.staff.actions.set_up import is_set_up_token
from regulars.staff.errors import MayNotOpenChains
from regulars.staff.pages.business_forms import NewBusinessForm, TradeForm
from regulars.staff.pages.forms import OwnerForm, StartForm
from regulars.staff.pages.sign_in import device_of, enter, see_other
from regulars.staff.queries import has_logins

TOKEN_KEY = "set_up_token"  # noqa: S105 - the name of a place in the session


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def choose_language(request: HttpRequest) -> HttpResponse:
    """The first page of an empty installation: a language, and the code from the console."""
    if has_logins():
        return HttpResponseRedirect(reverse("staff:sign_in"))
    given = {"language": get_language() or "en", "token": request.GET.get("token", "")}
    form = StartForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        if is_set_up_token(form.cleaned_data["token"]):
            request.session[TOKEN_KEY] = form.cleaned_data["token"].strip()
            response = see_other(reverse("staff:set_up_owner"))
            keep(response, settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"])
            return response
        form.add_error("token", _("This is not the code that the server shows. Copy it once more."))
    return render_page(request, "staff/set_up_start.html", steps(1, form=form), status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def make_owner(request: HttpRequest) -> HttpResponse:
    """The first owner; with this the code is spent."""
    token = str(request.session.get(TOKEN_KEY, ""))
    if not is_set_up_token(token):
        return HttpResponseRedirect(reverse("staff:set_up"))
    form = OwnerForm(request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        owner = NewLogin(
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
            name=form.cleaned_data["name"],
            language=get_language() or "en",
        )
        address = client_address(request)
        try:
            signed_in = claim_installation(token, owner, address=address, device=device_of(request), now=real_now())
        except Refused as refused:
            show_refusal(form, refused.refusal)
            status = refused.refusal.status
        else:
            return enter(request, signed_in, reverse("staff:set_up_business"))
    context = steps(2, form=form, has_errors=bool(form.errors))
    return render_page(request, "staff/set_up_owner.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@page(needs_chain=False)
def make_business(request: PageRequest) -> HttpResponse:
    """A business for the login that is signed in: the first one, or one more beside the sample."""
    if not request.login.may_open_chains:
        raise Refused(MayNotOpenChains())
    form = NewBusinessForm(request.POST or None, initial={"country": guess_country(request)})
    if request.method == "POST" and form.is_valid():
        draft = ChainDraft(
            name=form.cleaned_data["name"], country=form.cleaned_data["country"], language=request.login.language
        )
        try:
            opened = open_chain(
                draft,
                owner=request.login.id,
                now=real_now(),
                is_test=form.cleaned_data["is_test"],
                through="page",
                address=client_address(request),
            )
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            choose_place(request, chain_id=opened.chain.id, location_id=None)
            return see_other(reverse("staff:set_up_trade"))
    context = steps(3, form=form, has_chain=request.visit.chain is not None)
    return render_page(request, "staff/set_up_business.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def choose_trade(request: PageRequest) -> HttpResponse:
    """What the business does, and what its country proposed."""
    chain = request.chain
    given = {"trade": chain.trade, "currency": chain.currency, "time_zone": chain.time_zone}
    form = TradeForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        draft = ChainDraft(
            name=chain.name,
            country=chain.country,
            language=chain.language,
            accent=chain.accent,
            **{name: form.cleaned_data[name] for name in given},
        )
        try:
            change_chain(request.actor, draft, version=None, now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"currency_in_use": "currency"})
        else:
            toast(request, _("%(name)s is ready") % {"name": chain.name})
            return see_other("/")
    return render_page(request, "staff/set_up_trade.html", steps(4, form=form), status=422 if form.errors else 200)


def steps(current: int, **context: Any) -> dict[str, Any]:
    """The context of one page of the set-up, with its place in the whole."""
    names = [_("Language"), _("You"), _("Business"), _("Trade")]
    return {"steps": [(name, "") for name in names], "current_step": current, **context}


def guess_country(request: PageRequest) -> str:
    """The country of the chain one comes from, else of the browser's language (`en-IN`), else of the page's."""
    if request.visit.chain is not None and not request.visit.chain.is_sample:
        return request.visit.chain.country
    for language, _quality in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        country = str(language).rpartition("-")[2].upper()
        if "-" in language and country in COUNTRIES:
            return country
    return {"ru": "RU", "hi": "IN"}.get(request.login.language, "DE")
