"""The draft on a phone before it is published: a link for half an hour, and what it shows to whoever has it (TYP-4)."""

from functools import partial
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from regulars.cards.queries.types import access_card_type
from regulars.chains.queries import find_chain
from regulars.designs.pages.preview import Asked, preview_context
from regulars.designs.pages.words import TARGET_NAMES
from regulars.designs.queries.published import DesignView, find_design_view, find_picture
from regulars.designs.rules.phone_link import PhoneLink, make_phone_link, read_phone_link, write_phone_link
from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import INERT, public_page
from regulars.platform.pages.visitors import language_of, speaking
from regulars.platform.sessions import PageRequest, page

SHOWN: Final = ("web", "apple", "google")
HEADERS: Final = {
    "Content-Security-Policy": INERT,
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_safe
@page(right="cards:write")
def make_link(request: PageRequest, card_type: str) -> HttpResponse:
    """The dialog with the code of a link that shows the draft; nothing is kept of it."""
    view = access_card_type(request.actor, card_type)
    link = make_phone_link(request.actor.chain_id, view.id, now=real_now())
    token = write_phone_link(link, key=settings.LINK_KEY)
    context = {
        "card_type": view,
        "url": settings.URL + reverse("designs:shown_on_phone", args=[token]),
        "until": figures.clock(link.until),
        "back": reverse("designs:design", args=[encode("ctp", view.id)]),
    }
    response = render_page(request, "designs/to_phone.html", context, fragments={"modal": "designs/_to_phone.html"})
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@public_page
def show_on_phone(request: HttpRequest, token: str) -> HttpResponse:
    """The draft as it is now, as each place would show it, in the language of the phone; every wrong link gets the same answer."""
    link = read_phone_link(token, key=settings.LINK_KEY, now=real_now())
    if link is None:
        return failure_page(request, 404)
    with unit_of_work(link.chain_id):
        chain, view = find_chain(link.chain_id), find_design_view(link.chain_id, link.card_type_id)
        if chain is None or view is None:
            return failure_page(request, 404)
        language = language_of(request, chain)
        with speaking(language, chain):
            address = partial(_address, token)
            previews = [
                (
                    TARGET_NAMES[place],
                    preview_context(view, _asked(view, place, language), chain=chain, address=address),
                )
                for place in SHOWN
            ]
            look = previews[0][1]["web"]["look"]
            context = {
                "chain": chain,
                "card_type": view.card_type,
                "previews": previews,
                "look": look,
                "until": figures.clock(link.until),
            }
            response = render_page(request, "designs/on_phone.html", context)
    response["Content-Language"] = language
    response["Content-Security-Policy"] = look.policy
    return response


@require_safe
@public_page
def show_picture_on_phone(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A picture that the draft names now; no other of the business."""
    link = read_phone_link(token, key=settings.LINK_KEY, now=real_now())
    content = _picture(link, name) if link else None
    if content is None:
        return failure_page(request, 404)
    return HttpResponse(content, content_type="image/png", headers=HEADERS)


def _picture(link: PhoneLink, name: str) -> bytes | None:
    with unit_of_work(link.chain_id):
        view = find_design_view(link.chain_id, link.card_type_id)
        is_named = view is not None and name in view.design.shown_pictures.values()
        return find_picture(link.chain_id, name) if is_named else None


def _asked(view: DesignView, place: str, language: str) -> Asked:
    stamps = (view.card_type.goal or 0) * 2 // 3
    return Asked(platform=place, language=language, state="usual", stamps=stamps, is_dark=False)


def _address(token: str, picture: str) -> str:
    return reverse("designs:picture_on_phone", args=[token, picture])
