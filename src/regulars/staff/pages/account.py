"""One's own account: name, language, appearance, password, devices (ORG-3, ORG-7)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from regulars.kernel.refusal import Refused
from regulars.platform.client_address import client_address
from regulars.platform.clock import real_now
from regulars.platform.database import unit_of_work
from regulars.platform.pages import preferences
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import SESSION_KEY, PageRequest, page
from regulars.staff.actions import change_password, change_profile, end_other_sessions, remove_pin, set_pin
from regulars.staff.actions.profile import DENSITIES, THEMES
from regulars.staff.pages.forms import ChangePasswordForm, PinForm, ProfileForm
from regulars.staff.pages.sign_in import find_visit
from regulars.staff.pages.words import device_name
from regulars.staff.queries import SessionView, find_own_pin, list_sessions


@require_http_methods(["GET", "HEAD", "POST"])
@page(needs_chain=False)
def show_account(request: PageRequest) -> HttpResponse:
    """Everything that people choose for themselves."""
    login = request.login
    name = "" if login.name == login.email else login.name
    initial = {"name": name, "language": login.language, "theme": login.theme, "shortcuts": login.shortcuts}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_profile(login_id=login.id, actor=request.visit.actor, now=real_now(), **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("Saved"))
            response = done(request, reverse("staff:account"))
            preferences.keep(response, settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"])
            return response
    return _render(request, profile=form, password=ChangePasswordForm())


@require_POST
@page(needs_chain=False)
def set_password(request: PageRequest) -> HttpResponse:
    """A new password; it ends the sessions on all other devices."""
    form = ChangePasswordForm(request.POST)
    if form.is_valid():
        visit = request.visit
        try:
            signed_in = change_password(
                login_id=visit.login.id,
                session_id=visit.session_id,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["password"],
                actor=visit.actor,
                address=client_address(request),
                now=real_now(),
            )
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"wrong_password": "old", "too_many_attempts": "old"})
        else:
            request.session[SESSION_KEY] = str(signed_in.session_id)
            request.session.cycle_key()
            rotate_token(request)
            toast(request, _("Your password is changed; other devices are signed out"))
            return done(request, reverse("staff:account"))
    return _render(request, profile=_profile_of(request), password=form)


@require_POST
@page(right="cards:read")
def change_pin(request: PageRequest) -> HttpResponse:
    """A PIN for the till of this business; who stands in somewhere by the old one is out."""
    form = PinForm(request.POST)
    if form.is_valid():
        try:
            set_pin(request.actor, pin=form.cleaned_data["pin"], password=form.cleaned_data["present"], now=real_now())
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"wrong_password": "present", "too_many_attempts": "present"})
        else:
            toast(request, _("Your PIN is set"))
            return done(request, reverse("staff:account"))
    return _render(request, profile=_profile_of(request), password=ChangePasswordForm(), pin=form)


@require_POST
@page(right="cards:read")
def drop_pin(request: PageRequest) -> HttpResponse:
    """No PIN any more."""
    remove_pin(request.actor, now=real_now())
    toast(request, _("Your PIN is removed"))
    return done(request, reverse("staff:account"))


@require_POST
@page(needs_chain=False)
def end_others(request: PageRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    visit = request.visit
    ended = end_other_sessions(login_id=visit.login.id, session_id=visit.session_id, actor=visit.actor, now=real_now())
    text = ngettext("%(count)d device was signed out", "%(count)d devices were signed out", ended)
    toast(request, text % {"count": ended})
    return done(request, reverse("staff:account"))


@require_POST
def save_preferences(request: HttpRequest) -> HttpResponse:
    """Keep choices made in the menu: with the login where somebody is signed in, and on this device."""
    visit = find_visit(request)
    if visit is not None:
        language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
        shortcuts, density = request.POST.get("shortcuts", ""), request.POST.get("density", "")
        change_profile(
            login_id=visit.login.id,
            actor=visit.actor,
            now=real_now(),
            language=language if language in dict(settings.LANGUAGES) else None,
            theme=theme if theme in THEMES else None,
            shortcuts={"on": True, "off": False}.get(shortcuts),
            density=density if density in DENSITIES else None,
        )
    return preferences.save_preferences(request)


def _profile_of(request: PageRequest) -> ProfileForm:
    login = request.login
    name = "" if login.name == login.email else login.name
    return ProfileForm(
        initial={"name": name, "language": login.language, "theme": login.theme, "shortcuts": login.shortcuts}
    )


def _render(
    request: PageRequest, *, profile: ProfileForm, password: ChangePasswordForm, pin: PinForm | None = None
) -> HttpResponse:
    has_errors = bool(profile.errors or password.errors or (pin and pin.errors))
    context: dict[str, Any] = {
        "profile": profile,
        "password": password,
        **_pin_context(request, pin),
        "sessions": [
            {
                "name": device_name(one.device),
                "address": one.address,
                "last_seen_at": one.last_seen_at,
                "is_here": one.id == request.visit.session_id,
            }
            for one in _sessions(request)
        ],
        "now": real_now(),
    }
    return render_page(request, "staff/account.html", context, status=422 if has_errors else 200)


def _pin_context(request: PageRequest, pin: PinForm | None) -> dict[str, Any]:
    """The PIN is of one's place in the chosen business: who has none there has no till to take over."""
    actor = request.visit.actor
    if actor is None or not actor.may("cards:read"):
        return {}
    if request.method != "POST":
        return {"pin": pin or PinForm(), "own_pin": find_own_pin(actor)}
    with unit_of_work(actor.chain_id):
        return {"pin": pin or PinForm(), "own_pin": find_own_pin(actor)}


def _sessions(request: PageRequest) -> list[SessionView]:
    since = real_now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    if request.method != "POST":
        return list_sessions(request.login.id, since=since)
    with unit_of_work(None, login_id=request.login.id):
        return list_sessions(request.login.id, since=since)
