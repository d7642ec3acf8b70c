"""The web card as an app on a phone: manifest, sign, pictures, and the worker that keeps its last state (WAL-1)."""

import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from regulars.cards.queries.cards import CardView, find_card
from regulars.cards.queries.links import find_door
from regulars.chains.queries import find_chain
from regulars.designs.queries.published import find_design, find_picture
from regulars.designs.rules.definition import Design
from regulars.designs.rules.pictures import Look, look_of, square
from regulars.designs.rules.shown import WEB_SIZES, web_pictures
from regulars.platform.clock import now_in
from regulars.platform.database import unit_of_work
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import INERT, public_page
from regulars.platform.tenancy import ChainSettings
from regulars.storefront.pages.face import small_picture

SIDES: Final = (180, 192, 512)
WORKER: Final = Path(__file__).parent.parent / "static" / "storefront" / "worker.js"
KEPT_BY_BROWSERS: Final = "private, max-age=604800"


@require_safe
@public_page
def show_manifest(request: HttpRequest, token: str) -> HttpResponse:
    """What a phone needs to keep this card as an app of its own."""
    found = _find(token)
    if found is None:
        return failure_page(request, 404)
    chain, card, design = found
    name = (design.text("organisation", chain.language, chain.name) if design else "") or chain.name
    address = reverse("storefront:web_card", args=[token])
    manifest: dict[str, Any] = {
        "id": address,
        "name": name,
        "short_name": name[:20],
        "start_url": address,
        "scope": address,
        "display": "standalone",
        "background_color": card.colours[0],
        "theme_color": card.colours[0],
        "lang": chain.language,
        "icons": [
            {
                "src": reverse("storefront:icon", args=[token, side]),
                "sizes": f"{side}x{side}",
                "type": "image/png",
                "purpose": "any maskable" if side == max(SIDES) else "any",
            }
            for side in SIDES
        ],
    }
    return HttpResponse(json.dumps(manifest, ensure_ascii=False), content_type="application/manifest+json")


@require_safe
@public_page
def show_icon(request: HttpRequest, token: str, side: int) -> HttpResponse:
    """The sign of the card for the screen of a phone."""
    found = _find(token) if side in SIDES else None
    if found is None:
        return failure_page(request, 404)
    chain, card, design = found
    background, foreground = card.colours
    look = look_of(design) if design else Look(background, foreground, icon=card.icon)
    with unit_of_work(chain.id):
        drawn = square(
            replace(look, background=background, foreground=foreground), partial(find_picture, chain.id), side
        )
    return HttpResponse(drawn, content_type="image/png")


@require_safe
def show_picture(request: HttpRequest, token: str, slot: str) -> HttpResponse:
    """A picture of the card's design, as small as the page shows it."""
    found = _find(token) if slot in WEB_SIZES else None
    design = found[2] if found else None
    name = web_pictures(design).get(slot) if design else None
    if found is None or name is None:
        return failure_page(request, 404)
    with unit_of_work(found[0].id):
        content = small_picture(found[0].id, name, slot)
    if content is None:
        return failure_page(request, 404)
    headers = {
        "Cache-Control": KEPT_BY_BROWSERS,
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex",
        "Content-Security-Policy": INERT,
    }
    return HttpResponse(content, content_type="image/webp", headers=headers)


@require_safe
@public_page
def show_worker(request: HttpRequest, token: str) -> HttpResponse:
    """The script that shows the last state without a connection; it rules over this card's page and no other."""
    if find_door(token) is None:
        return failure_page(request, 404)
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = reverse("storefront:web_card", args=[token])
    return response


@cache
def _worker() -> bytes:
    return WORKER.read_bytes()


def _find(token: str) -> tuple[ChainSettings, CardView, Design | None] | None:
    """The card behind a link with its chain and design; None for a wrong link and a card that is over."""
    door: tuple[UUID, UUID] | None = find_door(token)
    if door is None:
        return None
    chain_id, card_id = door
    with unit_of_work(chain_id):
        chain = find_chain(chain_id)
        card = find_card(chain_id, card_id, now=now_in(chain_id)) if chain else None
        if chain is None or card is None or card.status == "deleted":
            return None
        published = find_design(chain_id, card.type_id)
        return chain, card, published.design if published else None
