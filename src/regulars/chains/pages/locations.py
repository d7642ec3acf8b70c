"""Settings of the places of business (ORG-1)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from regulars.chains.actions import archive_location, change_location, create_location, restore_location
from regulars.chains.pages.forms import LocationForm
from regulars.chains.queries import LocationView, access_location, list_locations
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page


@require_safe
@page(right="settings:read")
def show_locations(request: PageRequest) -> HttpResponse:
    """All places of business, those that are closed last."""
    found = list_locations(request.actor, archived=True)
    found.sort(key=lambda one: one.archived_at is not None)
    context = {
        "locations": [_line(one) for one in found],
        "tabs": settings_tabs(request, "chains:locations"),
        "may_write": request.actor.may("settings:write"),
    }
    return render_page(request, "chains/locations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def add_location(request: PageRequest) -> HttpResponse:
    """A new place of business."""
    form = LocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_location(request.actor, form.draft(), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"external_id_taken": "external_id"})
        else:
            toast(request, _("%(name)s is open") % {"name": made.name})
            return done(request, reverse("chains:locations"))
    context = {"form": form, "tabs": settings_tabs(request, "chains:locations"), "location": None}
    return render_page(request, "chains/location.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="settings:write")
def edit_location(request: PageRequest, identifier: str) -> HttpResponse:
    """One place of business."""
    location = _read(request, identifier)
    names = ("name", "address", "time_zone", "external_id", "version")
    initial = {name: getattr(location, name) for name in names} | {"point": _point(location)}
    form = LocationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"]
            change_location(request.actor, identifier, form.draft(), version=version, now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal, fields={"external_id_taken": "external_id"})
        else:
            toast(request, _("Saved"))
            return done(request, reverse("chains:locations"))
    context = {"form": form, "tabs": settings_tabs(request, "chains:locations"), "location": _line(location)}
    return render_page(request, "chains/location.html", context, status=422 if form.errors else 200)


@require_POST
@page(right="settings:write")
def close_location(request: PageRequest, identifier: str) -> HttpResponse:
    """Close a place, with Undo."""
    try:
        closed = archive_location(request.actor, identifier, now=request.now)
    except Refused as refused:
        if refused.refusal.status == 404:
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, reverse("chains:locations"))
    undo = reverse("chains:restore_location", args=[encode("loc", closed.id)])
    toast(request, _("%(name)s is closed; its history stays") % {"name": closed.name}, undo_url=undo)
    return done(request, reverse("chains:locations"))


@require_POST
@page(right="settings:write")
def reopen_location(request: PageRequest, identifier: str) -> HttpResponse:
    """Open a closed place again."""
    opened = restore_location(request.actor, identifier, now=request.now)
    toast(request, _("%(name)s is open") % {"name": opened.name})
    return done(request, reverse("chains:locations"))


def _read(request: PageRequest, identifier: str) -> LocationView:
    if request.method != "POST":
        return access_location(request.actor, identifier)
    with unit_of_work(request.actor.chain_id):
        return access_location(request.actor, identifier)


def _point(location: LocationView) -> str:
    return "" if location.latitude is None else f"{location.latitude}, {location.longitude}"


def _line(location: LocationView) -> dict[str, Any]:
    public = encode("loc", location.id)
    return {
        "id": public,
        "name": location.name,
        "address": location.address,
        "time_zone": location.time_zone,
        "archived_at": location.archived_at,
        "url": reverse("chains:location", args=[public]),
        "archive_url": reverse("chains:archive_location", args=[public]),
        "restore_url": reverse("chains:restore_location", args=[public]),
    }
