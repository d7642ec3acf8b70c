"""What phones with Apple Wallet ask (WAL-1).

Source: Apple, "Adding a web service to update passes". The contract is Apple's: its paths, its header, its answers. A phone
that is told 401 throws the pass's secret away, so only a wrong secret is.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.clock import NOT_AHEAD, now_ahead, real_now
from regulars.platform.database import row
from regulars.wallets.actions.passes import SignedPass, give_pass, register, unregister
from regulars.wallets.pages.bodies import read_json_body
from regulars.wallets.queries.passes import list_changed
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.apple.package import MEDIA_TYPE
from regulars.wallets.rules.apple.updates import (
    DEVICE,
    PUSH_TOKEN,
    http_date,
    is_token_of,
    read_tag,
)

BODY_MAX: Final = 4_000
LOG_MAX: Final = 16_000
LINES_MAX: Final = 20
LINE_LETTERS_MAX: Final = 500
UNAUTHORIZED: Final = 401
_HELD: Final = "SELECT chain_id, door_clock(chain_id) FROM door_wallet_pass(%s, %s)"

logger = logging.getLogger("regulars.wallets.phones")

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Held:
    """A pass whose secret somebody has, and how far the clock of its chain is ahead."""

    chain_id: UUID
    pass_id: UUID
    clock_ahead: timedelta


def of_pass(view: View) -> View:
    """Decorate a view of one pass: it gets what is held, and only who holds the pass's secret comes in."""

    @wraps(view)
    def guarded(request: HttpRequest, pass_type: str, serial: str, **more: Any) -> HttpResponse:
        pass_id = decode("pas", serial)
        header = request.headers.get("Authorization", "")
        if pass_id is None or not is_token_of(header, pass_id, key=settings.LINK_KEY):
            return HttpResponse(status=UNAUTHORIZED)
        found = row(_HELD, [pass_id, pass_type])
        if found is None:
            return HttpResponse(status=UNAUTHORIZED)
        response = view(request, Held(found[0], pass_id, found[1] or NOT_AHEAD), **more)
        response["Cache-Control"] = "no-store"
        return response

    return csrf_exempt(guarded)


@of_pass
@require_http_methods(["POST", "DELETE"])
def change_registration(request: HttpRequest, held: Held, *, device: str) -> HttpResponse:
    """A phone took the pass, or put it away."""
    if not DEVICE.fullmatch(device):
        return HttpResponse(status=400)
    if request.method == "DELETE":
        unregister(held.chain_id, held.pass_id, device=device, now=real_now())
        return HttpResponse(status=200)
    told = read_json_body(request, bytes_max=BODY_MAX)
    push_token = told.get("pushToken") if isinstance(told, dict) else None
    if not isinstance(push_token, str) or not PUSH_TOKEN.fullmatch(push_token):
        return HttpResponse(status=400)
    is_new = register(held.chain_id, held.pass_id, device=device, push_token=push_token.lower(), now=real_now())
    return HttpResponse(status=201 if is_new else 200)


@of_pass
@require_http_methods(["GET", "HEAD"])
def show_pass(request: HttpRequest, held: Held) -> HttpResponse:
    """The newest state of a pass, unless the phone has it."""
    since, shown_at = request.headers.get("If-Modified-Since"), now_ahead(held.clock_ahead)
    try:
        given = give_pass(held.chain_id, held.pass_id, gather(shown_at), if_modified_since=since, now=real_now())
    except Refused as refused:
        return HttpResponse(status=refused.refusal.status if refused.refusal.status == 404 else 503)
    return pass_response(given) if given is not None else HttpResponse(status=304)


@csrf_exempt
@require_http_methods(["GET"])
def list_passes(request: HttpRequest, device: str, pass_type: str) -> HttpResponse:
    """Which passes of a phone changed since it asked last; a phone that is not known is told of no change."""
    if not DEVICE.fullmatch(device):
        return HttpResponse(status=204)
    changed = list_changed(device, pass_type, after=read_tag(request.GET.get("passesUpdatedSince")))
    if not changed:
        return HttpResponse(status=204)
    newest, _last = changed[-1]
    serials = [encode("pas", pass_id) for _tag, pass_id in changed]
    response = JsonResponse({"lastUpdated": str(newest), "serialNumbers": serials})
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@require_http_methods(["POST"])
def take_log(request: HttpRequest) -> HttpResponse:
    """What phones complain about: kept in the log, a few short lines at a time."""
    told = read_json_body(request, bytes_max=LOG_MAX)
    lines = told.get("logs") if isinstance(told, dict) else None
    for line in (lines if isinstance(lines, list) else [])[:LINES_MAX]:
        if isinstance(line, str):
            logger.info("a phone says: %s", _without_secrets(line[:LINE_LETTERS_MAX]))
    return HttpResponse(status=200)


def pass_response(given: SignedPass) -> HttpResponse:
    """A pass as a file that a phone opens."""
    response = HttpResponse(given.content, content_type=MEDIA_TYPE)
    response["Last-Modified"] = http_date(given.modified_at)
    response["Content-Disposition"] = 'attachment; filename="card.pkpass"'
    return response


def _without_secrets(line: str) -> str:
    """A phone's line with what could be a secret or an address of a person taken out: log lines of phones name both."""
    kept = [word if len(word) < 20 and "@" not in word else "…" for word in line.split()]
    return " ".join(kept)
