"""Wallets on the web card: the way into them (WAL-1)."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from regulars.cards.queries.links import find_door
from regulars.designs.queries.published import find_design_of_card
from regulars.kernel.refusal import Refused
from regulars.platform.clock import now_in, real_now
from regulars.platform.pages.failures import failure_page
from regulars.platform.pages.security import public_page
from regulars.platform.pages.web_card import ShownCard
from regulars.platform.problems import refusal_page
from regulars.wallets.actions.google_pass import make_save_link
from regulars.wallets.actions.passes import make_pass
from regulars.wallets.pages.apple import pass_response
from regulars.wallets.queries.certificates import can_sign
from regulars.wallets.queries.google import has_google
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.phones import wallets_for


def show_wallets(request: HttpRequest, card: ShownCard) -> str:
    """The buttons that put the card into the wallets of this phone; nothing where the business has none, or the card is blocked or over."""
    if card.is_blocked or card.is_expired:
        return ""
    is_there = {"apple": can_sign(card.chain.id, now=real_now()), "google": has_google(card.chain.id)}
    design = find_design_of_card(card.chain.id, card.card_id)
    wanted = design.targets if design is not None else ()
    offered = [one for one in wallets_for(request.headers.get("User-Agent", "")) if is_there[one] and one in wanted]
    return render_to_string("wallets/_own.html", {"token": card.token, "offered": offered}, request) if offered else ""


@require_safe
@public_page
def show_apple_pass(request: HttpRequest, token: str) -> HttpResponse:
    """The card behind its secret link as a pass."""
    found = find_door(token)
    if found is None:
        return failure_page(request, 404)
    chain_id, card_id = found
    try:
        given = make_pass(chain_id, card_id, gather(now_in(chain_id)), now=real_now())
    except Refused as refused:
        return refusal_page(request, refused.refusal)
    return pass_response(given)


@require_safe
@public_page
def show_google_link(request: HttpRequest, token: str) -> HttpResponse:
    """The card behind its secret link, offered at Google to whoever is signed in there."""
    found = find_door(token)
    if found is None:
        return failure_page(request, 404)
    chain_id, card_id = found
    try:
        link = make_save_link(chain_id, card_id, gather(now_in(chain_id)), now=real_now)
    except Refused as refused:
        return refusal_page(request, refused.refusal)
    return HttpResponseRedirect(link)
