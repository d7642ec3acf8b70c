"""What Google asks of us: it says who took a card or put it away, and fetches the pictures that cards show (WAL-1)."""

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from regulars.kernel.ids import decode
from regulars.platform.clock import real_now
from regulars.platform.database import unit_of_work
from regulars.platform.pages.security import INERT
from regulars.wallets.actions.google_pass import KeysNotReached, take_call
from regulars.wallets.pages.bodies import read_json_body
from regulars.wallets.queries.google import find_wallet_picture
from regulars.wallets.rules.google.callback import NotBelieved

BODY_MAX: Final = 20_000
YEAR_SECONDS: Final = 31_536_000

logger = logging.getLogger("regulars.wallets.google")


@csrf_exempt
@require_POST
def take_callback(request: HttpRequest) -> HttpResponse:
    """Somebody took a card or put it away: believed only with Google's signature. Google calls again where we answer 503."""
    try:
        take_call(read_json_body(request, bytes_max=BODY_MAX), now=real_now())
    except NotBelieved as problem:
        logger.info("a call was not believed: %s", problem.code)
        return HttpResponse(status=400)
    except KeysNotReached:
        logger.warning("Google's keys could not be fetched, so its call has to wait")
        return HttpResponse(status=503)
    return HttpResponse(status=200)


@require_safe
def show_picture(request: HttpRequest, chain: str, name: str) -> HttpResponse:
    """A picture that was named to Google: the same for ever."""
    chain_id = decode("chn", chain)
    if chain_id is None:
        return HttpResponse(status=404)
    with unit_of_work(chain_id):
        picture = find_wallet_picture(chain_id, name)
    if picture is None:
        return HttpResponse(status=404)
    response = HttpResponse(picture, content_type="image/png")
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    response["Content-Security-Policy"] = INERT
    return response
