"""What a phone tells the card it holds: language and theme, that it makes codes (TIL-6), that it wants to be told (WAL-1)."""

import base64

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from regulars.cards.actions.shown import add_device
from regulars.cards.queries.devices import is_known_device
from regulars.cards.queries.links import find_door
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.clock import now_in, real_now
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.preferences import CHOICES, keep
from regulars.platform.pages.security import public_page
from regulars.platform.problems import refusal_page
from regulars.wallets.actions.web_wallet import subscribe, unsubscribe
from regulars.wallets.queries.view import gather


@require_POST
@public_page
def choose_look(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the language or the theme that was pressed on this phone, and show the card again; other values are ignored."""
    if find_door(token) is None:
        return failure_page(request, 404)
    answer = HttpResponseRedirect(reverse("storefront:web_card", args=[token]))
    answer.status_code = 303
    theme, language = request.POST.get("theme", ""), request.POST.get("language", "")
    if theme in CHOICES["theme"]:
        keep(answer, "regulars_theme", theme)
    if language in dict(settings.LANGUAGES):
        keep(answer, settings.LANGUAGE_COOKIE_NAME, language)
    return answer


@require_POST
@public_page
def register_device(request: HttpRequest, token: str) -> HttpResponse:
    """Give this phone a secret to make codes with; one that has one, and is known, keeps it."""
    door = find_door(token)
    if door is None:
        return failure_page(request, 404)
    chain_id, card_id = door
    known = decode("dev", request.POST.get("device", "")[:64])
    if known is not None and is_known_device(chain_id, card_id, known):
        return JsonResponse({"device": encode("dev", known)})
    try:
        made = add_device(chain_id, card_id, now=now_in(chain_id))
    except Refused as refused:
        return refusal_page(request, refused.refusal)
    return JsonResponse({"device": encode("dev", made.id), "secret": base64.b64encode(made.secret).decode()})


@require_POST
@public_page
def change_push(request: HttpRequest, token: str) -> HttpResponse:
    """Tell this browser of changes from now on, or, with `stop`, no more."""
    door = find_door(token)
    if door is None:
        return failure_page(request, 404)
    chain_id, card_id = door
    text = request.POST.get("subscription", "")
    if request.POST.get("stop"):
        unsubscribe(chain_id, card_id, text, now=real_now())
        return HttpResponse(status=204)
    try:
        subscribe(chain_id, card_id, token, text, gather(now_in(chain_id)), now=real_now())
    except Refused as refused:
        return refusal_page(request, refused.refusal)
    return HttpResponse(status=204)
