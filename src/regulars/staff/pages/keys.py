"""API keys of a chain (ORG-5)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.actor import ALL_RIGHTS
from regulars.platform.clock import real_now
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions import create_key, regenerate_key, revoke_key
from regulars.staff.actions.keys import MadeKey
from regulars.staff.pages.forms import SCOPES, KeyForm
from regulars.staff.queries import KeyView, access_key, list_keys


@require_safe
@page(right="keys:write")
def show_keys(request: PageRequest) -> HttpResponse:
    """All keys, those that are revoked last."""
    found = sorted(list_keys(request.actor), key=lambda one: one.revoked_at is not None)
    context = {
        "keys": [_line(one) for one in found],
        "tabs": settings_tabs(request, "staff:keys"),
        "now": real_now(),
    }
    return render_page(request, "staff/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="keys:write")
def add_key(request: PageRequest) -> HttpResponse:
    """Make a key and show it, this once."""
    form = KeyForm(request.POST or None, initial={"scopes": list(SCOPES)})
    if request.method == "POST" and form.is_valid():
        scopes = set(form.cleaned_data["scopes"])
        try:
            made = create_key(request.actor, name=form.cleaned_data["name"], scopes=scopes, now=real_now())
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            return _show_once(request, made)
    context = {"form": form, "tabs": settings_tabs(request, "staff:keys")}
    return render_page(request, "staff/new_key.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="keys:write")
def regenerate(request: PageRequest, identifier: str) -> HttpResponse:
    """Give a key a new text after asking, for whatever uses the old one stops working."""
    if request.method == "POST":
        return _show_once(request, regenerate_key(request.actor, identifier, now=real_now()))
    return _ask(request, identifier, "regenerate")


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="keys:write")
def revoke(request: PageRequest, identifier: str) -> HttpResponse:
    """End a key after asking, for this cannot be undone."""
    if request.method == "POST":
        ended = revoke_key(request.actor, identifier, now=real_now())
        toast(request, _("The key “%(name)s” no longer works") % {"name": ended.name})
        return done(request, reverse("staff:keys"))
    return _ask(request, identifier, "revoke")


def _ask(request: PageRequest, identifier: str, what: str) -> HttpResponse:
    key = access_key(request.actor, identifier)
    context = {"key": _line(key), "what": what, "tabs": settings_tabs(request, "staff:keys")}
    return render_page(request, "staff/ask_key.html", context, fragments={"modal": "staff/_ask_key.html"})


def _show_once(request: PageRequest, made: MadeKey) -> HttpResponse:
    context = {"key": made.key, "name": made.view.name, "tabs": settings_tabs(request, "staff:keys")}
    response = render_page(request, "staff/made_key.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _line(key: KeyView) -> dict[str, Any]:
    public = encode("key", key.id)
    has_all = set(key.scopes) >= set(SCOPES) or set(key.scopes) == ALL_RIGHTS
    return {
        "name": key.name,
        "start": key.start,
        "scopes": _("Everything") if has_all else ", ".join(key.scopes),
        "staff_name": key.staff_name,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "created_at": key.created_at,
        "regenerate_url": reverse("staff:regenerate_key", args=[public]),
        "revoke_url": reverse("staff:revoke_key", args=[public]),
    }
