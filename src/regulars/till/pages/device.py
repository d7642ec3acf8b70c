"""The device at the till: where it stands, its mode, kiosk with its lock, and how it is installed (TIL-1)."""

import json
from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.hashers import make_password, verify_password
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from regulars.kernel.ids import decode
from regulars.kernel.refusal import NotFound, Refused
from regulars.platform.attempts import Limit, TooManyAttempts, Try, forget_attempts, take_attempts
from regulars.platform.clock import real_now
from regulars.platform.pages.answer import UNPROCESSABLE, done
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, lock_session, page, unlock_session
from regulars.staff.actions.sign_in import knows_password
from regulars.till.pages import words
from regulars.till.pages.desk import MODES, SESSION_KEY, desk_of, keep_place, refuse_in_kiosk, render_stage
from regulars.till.pages.scanning import places_context
from regulars.till.rules.presses import STAMPS_AT_ONCE_MAX

MODE_HELP: Final[dict[str, words.Text]] = {
    "manual": gettext_lazy("You scan, look, and press."),
    "kiosk": gettext_lazy("Customers scan for themselves; a PIN ends it."),
    "autopilot": gettext_lazy("Each scan gives its stamps at once, without a press."),
}
PIN_DIGITS: Final = range(4, 9)
LEAVING: Final = Limit(
    kind="till_kiosk",
    free=5,
    first_wait=timedelta(seconds=30),
    wait_max=timedelta(minutes=15),
    forget_after=timedelta(hours=24),
)


@require_safe
def show_manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to install the till as an app; it names nobody."""
    icons = [
        {"src": static("till/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("till/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("till/icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    address = reverse("till:show")
    manifest: dict[str, Any] = {
        "id": address,
        "name": _("Till · Regulars"),
        "short_name": _("Till"),
        "start_url": address,
        "scope": address,
        "display": "standalone",
        "background_color": "#151310",
        "theme_color": "#151310",
        "icons": icons,
    }
    response = HttpResponse(json.dumps(manifest), content_type="application/manifest+json")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
@page(right="cards:read")
def show_set_up(request: PageRequest) -> HttpResponse:
    """Where this device stands and how it works."""
    refuse_in_kiosk(request)
    return _render(request)


@require_POST
@page(right="cards:read")
def choose(request: PageRequest) -> HttpResponse:
    """Say once where this device stands."""
    refuse_in_kiosk(request)
    chosen = decode("loc", request.POST.get("location", ""))
    place = next((one for one in request.visit.locations if one.id == chosen), None)
    if place is None:
        raise Refused(NotFound())
    response = done(request, reverse("till:show"))
    keep_place(response, place)
    return response


@require_POST
@page(right="balances:write")
def set_mode(request: PageRequest) -> HttpResponse:
    """Change how the till works; kiosk asks for a PIN and locks this browser to the till."""
    refuse_in_kiosk(request)
    mode = request.POST.get("mode", "manual")
    preset = request.POST.get("preset", "1").strip()
    if mode not in MODES:
        raise Refused(NotFound())
    if not (preset.isascii() and preset.isdecimal() and len(preset) < 3 and 1 <= int(preset) <= STAMPS_AT_ONCE_MAX):
        problem = _("Stamps per scan: a number from 1 to %(most)s.") % {"most": STAMPS_AT_ONCE_MAX}
        return _render(request, {"preset": problem}, mode=mode)
    kept: dict[str, Any] = {"mode": mode, "preset": int(preset)}
    if mode == "kiosk":
        pin = request.POST.get("pin", "").strip()
        if not (pin.isascii() and pin.isdecimal() and len(pin) in PIN_DIGITS):
            return _render(request, {"pin": _("The PIN that ends the kiosk: 4 to 8 digits.")}, mode=mode)
        kept["pin"] = make_password(pin)
        lock_session(request, reverse("till:show"))
    request.session[SESSION_KEY] = kept
    return done(request, reverse("till:show"))


@require_POST
@page(right="cards:read")
def leave(request: PageRequest) -> HttpResponse:
    """End the kiosk with its PIN, or with the password of whoever is signed in."""
    desk = desk_of(request)
    kept: dict[str, Any] = request.session.get(SESSION_KEY) or {}
    typed = request.POST.get("pin", "").strip()[:200]
    tried = Try(LEAVING, str(request.visit.session_id))
    try:
        take_attempts([tried], now=real_now())
    except Refused as refused:
        if not isinstance(refused.refusal, TooManyAttempts):
            raise
        return render_stage(request, desk, "scan", {"leave_problem": sentence(refused.refusal)}, status=UNPROCESSABLE)
    is_pin = bool(typed) and bool(kept.get("pin")) and verify_password(typed, kept["pin"])[0]
    if not is_pin and not knows_password(request.login.id, typed):
        problem = _("This is neither the PIN nor your password.")
        return render_stage(request, desk, "scan", {"leave_problem": problem}, status=UNPROCESSABLE)
    forget_attempts(tried)
    unlock_session(request)
    request.session[SESSION_KEY] = {"mode": "manual", "preset": kept.get("preset", 1)}
    return done(request, reverse("till:set_up"))


def _render(request: PageRequest, problems: dict[str, str] | None = None, *, mode: str = "") -> HttpResponse:
    desk = desk_of(request)
    context = places_context(request, desk) | {
        "modes": [(name, words.MODE_NAMES[name], MODE_HELP[name]) for name in MODES],
        "chosen_mode": mode or desk.mode,
        "problems": problems or {},
        "stamps_max": STAMPS_AT_ONCE_MAX,
        "may_set": request.actor.may("balances:write"),
    }
    return render_stage(request, desk, "set_up", context, status=UNPROCESSABLE if problems else 200)
