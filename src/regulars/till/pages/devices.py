"""Devices at the till, for whoever looks after them: listed, with what is missing of what they noted, and ended (TIL-5)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.till.actions.devices import revoke_device
from regulars.till.queries.queue import DeviceView, list_devices, list_gaps


@require_safe
@page(right="staff:write")
def show_devices(request: PageRequest) -> HttpResponse:
    """All devices, those that are revoked last."""
    context = {
        "devices": [_line(one) for one in list_devices(request.actor)],
        "tabs": settings_tabs(request, "till:devices"),
        "now": request.now,
    }
    return render_page(request, "till/devices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="staff:write")
def revoke(request: PageRequest, device: str) -> HttpResponse:
    """End a device after asking, for this cannot be undone."""
    if request.method == "POST":
        name = revoke_device(request.actor, device, now=request.now)
        toast(request, _("%(name)s can note nothing more") % {"name": name})
        return done(request, reverse("till:devices"))
    found = next((one for one in list_devices(request.actor) if one.id == decode("tdv", device)), None)
    if found is None:
        raise Refused(NotFound())
    context = {"line": _line(found), "tabs": settings_tabs(request, "till:devices")}
    return render_page(request, "till/ask_device.html", context, fragments={"modal": "till/_ask_device.html"})


def _line(one: DeviceView) -> dict[str, Any]:
    gaps = list_gaps(one.id) if one.sent else []
    return {
        "one": one,
        "missing": ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in gaps),
        "revoke_url": reverse("till:revoke_device", args=[encode("tdv", one.id)]),
    }
