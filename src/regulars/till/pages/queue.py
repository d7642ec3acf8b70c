"""What devices noted without a connection: registering them, taking what they send, deciding what could not be counted (TIL-5)."""

from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from regulars.kernel.ids import encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.api.bodies import read_json
from regulars.platform.pages import figures
from regulars.platform.pages.answer import UNPROCESSABLE, done
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page
from regulars.till.actions.devices import register_device
from regulars.till.actions.queue import Counter, Signed, count_anyway, put_aside, take_queue
from regulars.till.errors import DeviceRevoked, DeviceUnknown
from regulars.till.pages import words
from regulars.till.pages.desk import Desk, at_desk, desk_of, refuse_in_kiosk, render_stage
from regulars.till.queries.queue import QueuedView, list_conflicts
from regulars.till.rules.queue import TOGETHER_MAX, Queued

SIGNATURE_LENGTH_MAX: Final = 200
WORKER: Final = "till/worker.js"


@require_POST
@page(right="balances:write")
def register(request: PageRequest) -> HttpResponse:
    """Register the key of this browser to whoever signed in at it; its id as JSON."""
    try:
        device = register_device(
            request.actor,
            public_key=request.POST.get("public_key", ""),
            name=_browser(request),
            session_id=request.visit.session_id,
            now=request.now,
        )
    except Refused as refused:
        return _refuse(refused)
    return JsonResponse({"device": encode("tdv", device)}, headers={"Cache-Control": "no-store"})


@require_POST
@page(right="balances:write")
def take(request: PageRequest) -> HttpResponse:
    """Count what this device noted; what became of each, as JSON."""
    desk = desk_of(request)
    try:
        device, signed = _sent(read_json(request))
        taken = take_queue(request.actor, device, signed, _counter(request, desk), now=request.now)
    except Refused as refused:
        return _refuse(refused)
    items = [{"position": one.position, "state": one.state, "code": one.code} for one in taken]
    return JsonResponse({"items": items}, headers={"Cache-Control": "no-store"})


def _refuse(refused: Refused) -> HttpResponse:
    """A refusal that the script reads. Others pass on."""
    refusal = refused.refusal
    if not isinstance(refusal, Invalid | DeviceUnknown | DeviceRevoked):
        raise refused
    return JsonResponse({"code": refusal.code}, status=refusal.status, headers={"Cache-Control": "no-store"})


def _sent(body: Any) -> tuple[str, list[Signed]]:
    """The device and its notes. Refuses: Invalid."""
    items = body.get("items") if isinstance(body, dict) else None
    device = body.get("device") if isinstance(body, dict) else None
    is_sound = isinstance(device, str) and isinstance(items, list) and 1 <= len(items) <= TOGETHER_MAX
    signed = [
        Signed(one["payload"], one["signature"][:SIGNATURE_LENGTH_MAX])
        for one in (items if is_sound and isinstance(items, list) else [])
        if isinstance(one, dict) and isinstance(one.get("payload"), str) and isinstance(one.get("signature"), str)
    ]
    if not is_sound or len(signed) != len(items or []):
        detail = f"1 to {TOGETHER_MAX} notes, each with its payload and its signature."
        raise Refused(Invalid(errors=(FieldProblem("/items", "invalid_queue", detail),)))
    return str(device), signed


def _counter(request: PageRequest, desk: Desk) -> Counter:
    return Counter(
        at=at_desk(request, desk),
        line=_("Purchase at the till"),
        amount_of=typed_amount,
        locations=frozenset(one.id for one in request.visit.locations),
        takes=lambda queued: not desk.is_kiosk or _is_of_kiosk(queued, desk),
    )


def _is_of_kiosk(queued: Queued, desk: Desk) -> bool:
    """Whether it is what a kiosk does by itself: whoever stands before one could send more than its page offers."""
    return queued.kind == "stamps" and queued.source == "kiosk" and queued.count == desk.preset


@require_safe
@page(right="cards:read")
def show_queue(request: PageRequest) -> HttpResponse:
    """What was noted without a connection and could not be counted."""
    refuse_in_kiosk(request)
    return _render(request)


@require_POST
@page(right="balances:write")
def count(request: PageRequest, note: str) -> HttpResponse:
    """Count it all the same: it was another visit."""
    refuse_in_kiosk(request)
    at = at_desk(request, desk_of(request))
    try:
        count_anyway(request.actor, note, at, line=_("Purchase at the till"), now=request.now)
    except Refused as refused:
        return _not_decided(request, refused)
    return done(request, reverse("till:queue"))


@require_POST
@page(right="balances:write")
def aside(request: PageRequest, note: str) -> HttpResponse:
    """Leave it uncounted."""
    refuse_in_kiosk(request)
    try:
        put_aside(request.actor, note, now=request.now)
    except Refused as refused:
        return _not_decided(request, refused)
    return done(request, reverse("till:queue"))


def _not_decided(request: PageRequest, refused: Refused) -> HttpResponse:
    if refused.refusal.status in (403, 404):
        raise refused
    return _render(request, words.refusal_text(refused.refusal))


def _render(request: PageRequest, problem: str = "") -> HttpResponse:
    lines = [_line(request, one) for one in list_conflicts(request.actor)]
    context = {"lines": lines, "queue_problem": problem, "may_count": request.actor.may("balances:write")}
    status = UNPROCESSABLE if problem else 200
    return render_stage(request, desk_of(request), "queue", context, status=status)


def _line(request: PageRequest, one: QueuedView) -> dict[str, Any]:
    identifier = encode("tqd", one.id)
    currency = request.chain.currency
    return {
        "one": one,
        "what": words.queued_text(one, currency),
        "why": words.conflict_text(one),
        "is_mine": one.staff_id == request.actor.staff_id,
        "claimed": figures.moment(one.claimed_at),
        "count_url": reverse("till:queue_count", args=[identifier]) if one.is_asked else "",
        "aside_url": reverse("till:queue_aside", args=[identifier]),
    }


@require_safe
@page(right="balances:write")
def show_shell(request: PageRequest) -> HttpResponse:
    """The page that a device keeps for a start without a connection: it scans, and names nobody."""
    return render_stage(request, desk_of(request), "scan", {"is_offline": True})


@require_safe
def show_worker(request: HttpRequest) -> HttpResponse:
    """The script that opens the kept page; served here, as it may only look after addresses below its own."""
    path = finders.find(WORKER)
    if isinstance(path, str):
        content = Path(path).read_bytes()
    else:
        with staticfiles_storage.open(WORKER) as kept:
            content = kept.read()
    response = HttpResponse(content, content_type="text/javascript")
    response["Service-Worker-Allowed"] = reverse("till:show")
    response["Cache-Control"] = "no-cache"
    return response


_SYSTEMS: Final = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux")
_BROWSERS: Final = (
    ("Firefox", "Firefox"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def _browser(request: HttpRequest) -> str:
    """What a browser calls itself, in two words."""
    said = request.headers.get("User-Agent", "")
    browser = next((name for sign, name in _BROWSERS if sign in said), _("Browser"))
    system = next((one for one in _SYSTEMS if one in said), "")
    return " · ".join(filter(None, (browser, {"Macintosh": "Mac", "CrOS": "ChromeOS"}.get(system, system))))
