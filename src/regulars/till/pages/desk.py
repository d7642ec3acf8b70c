"""The till that a request comes from: its location, chosen once per device, and its mode, kept with the session."""

import secrets
from dataclasses import dataclass
from typing import Any, Final, cast

from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.urls import reverse

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.preferences import keep
from regulars.platform.pages.security import WITH_CAMERA
from regulars.platform.sessions import PageRequest, locked_address
from regulars.platform.tenancy import LocationSettings
from regulars.till.actions.press import At
from regulars.till.errors import NotInKiosk
from regulars.till.rules.presses import COUNTS, SOURCE_OF, STAMPS_AT_ONCE_MAX, Mode, short_name

SESSION_KEY: Final = "till"
COOKIE: Final = "till_place"
SALT: Final = "till place"
MODES: Final[tuple[Mode, ...]] = ("manual", "kiosk", "autopilot")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the till stands and how it works; `place` None where the location is still to be chosen."""

    place: LocationSettings | None
    mode: Mode
    preset: int

    @property
    def is_kiosk(self) -> bool:
        """Whether customers scan for themselves."""
        return self.mode == "kiosk"

    @property
    def acts_by_itself(self) -> bool:
        """Whether a scan is a press as well."""
        return self.mode != "manual"


def desk_of(request: PageRequest) -> Desk:
    """The till of this device."""
    kept: dict[str, Any] = request.session.get(SESSION_KEY) or {}
    mode = kept.get("mode")
    preset = kept.get("preset")
    return Desk(
        place=_place(request),
        mode=cast("Mode", mode) if mode in MODES and (mode != "kiosk" or locked_address(request)) else "manual",
        preset=preset if isinstance(preset, int) and 1 <= preset <= STAMPS_AT_ONCE_MAX else 1,
    )


def _place(request: PageRequest) -> LocationSettings | None:
    """The location of this device, as long as it is one of the reader's; the only one needs no choice."""
    mine = request.visit.locations
    try:
        kept = signing.Signer(salt=SALT).unsign(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        kept = ""
    chosen = decode("loc", kept)
    found = next((one for one in mine if one.id == chosen), None)
    return found or (mine[0] if len(mine) == 1 else None)


def keep_place(response: HttpResponse, place: LocationSettings) -> None:
    """Remember on this device where it stands."""
    keep(response, COOKIE, signing.Signer(salt=SALT).sign(encode("loc", place.id)))


def at_desk(request: PageRequest, desk: Desk) -> At:
    """Where and how something is pressed here."""
    return At(
        source=SOURCE_OF[desk.mode],
        country=request.chain.country,
        zone=request.chain.zone,
        currency_decimals=request.chain.currency_decimals,
        location_id=desk.place.id if desk.place else None,
    )


def refuse_in_kiosk(request: PageRequest) -> None:
    """Refuse what customers do not do. Refuses: NotInKiosk."""
    if desk_of(request).is_kiosk:
        raise Refused(NotInKiosk())


def render_stage(
    request: PageRequest, desk: Desk, state: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The page of the till in one of its states, or the stage alone where htmx asks for it."""
    full = {
        "state": state,
        "desk": desk,
        "mode": desk.mode,
        "is_kiosk": desk.is_kiosk,
        "once": secrets.token_urlsafe(18),
        "find_url": reverse("till:find"),
        "press_url": reverse("till:press"),
        "picture_url": reverse("till:picture"),
        "till_url": reverse("till:show"),
        "staff_name": short_name(request.login.name),
        "staff_key": encode("stf", request.actor.staff_id) if request.actor.staff_id else "",
        "place_key": encode("loc", desk.place.id) if desk.place else "",
        "till_now": request.now.isoformat(),
        "static_url": request.build_absolute_uri(settings.STATIC_URL),
        "may_note": request.actor.may("balances:write"),
        "may_buy_offline": request.actor.may("orders:write") and not desk.is_kiosk,
        "counts_offline": COUNTS,
        "currency": request.chain.currency,
        **context,
    }
    response = render_page(request, "till/page.html", full, fragments={"till-stage": "till/_stage.html"}, status=status)
    response["Permissions-Policy"] = WITH_CAMERA
    return response
