"""Staff give a card to whoever shows the code of a join page at the till (WAL-3)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from regulars.cards.queries.types import find_card_type
from regulars.customers.queries import find_customer
from regulars.kernel.ids import encode
from regulars.kernel.phone import format_phone
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.storefront.actions.proofs import hand_over
from regulars.storefront.queries.requests import (
    RequestView,
    access_pickup,
    find_held_card,
    find_person,
    list_waiting,
)
from regulars.storefront.rules.tokens import read_pickup


@require_safe
@page(right="cards:write")
def show_waiting(request: PageRequest) -> HttpResponse:
    """Who asked for a card and has not got it yet."""
    waiting = list_waiting(request.actor, now=request.now)
    names = {one.card_type_id: _type_name(request, one) for one in waiting}
    lines = [{"one": one, "who": one.name or _address(one), "type": names[one.card_type_id]} for one in waiting]
    return render_page(request, "storefront/joining.html", {"lines": lines, "now": request.now})


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="cards:write")
def show_request(request: PageRequest, pickup: str) -> HttpResponse:
    """What somebody wrote and whose it is, and the button that gives them their card."""
    read = read_pickup(pickup)
    if read is None:
        raise Refused(NotFound())
    if request.method == "POST":
        place = request.location.id if request.location else None
        try:
            member = hand_over(request.actor, request.chain, read, location_id=place, now=request.now)
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden | NotFound):
                raise
            toast(request, sentence(refused.refusal), tone="bad")
            return done(request, reverse("join:request", args=[read]))
        toast(request, _("The card is theirs now, and shows on their phone"))
        if request.POST.get("till"):
            return done(request, reverse("till:card", args=[encode("crd", member.card_id)]))
        return done(request, reverse("cards:show", args=[encode("crd", member.card_id)]))
    with_request = access_pickup(request.actor, read, now=request.now)
    return render_page(request, "storefront/hand_over.html", _context(request, with_request))


def _context(request: PageRequest, waiting: RequestView) -> dict[str, Any]:
    chain_id = request.actor.chain_id
    known = waiting.customer_id or find_person(chain_id, waiting.card_type_id, phone=waiting.phone, email=waiting.email)
    customer = find_customer(chain_id, known) if known else None
    held = find_held_card(chain_id, known, waiting.card_type_id, now=request.now) if known else None
    return {
        "waiting": waiting,
        "phone": format_phone(waiting.phone) if waiting.phone else "",
        "type": _type_name(request, waiting),
        "customer": customer,
        "customer_url": reverse("customers:show", args=[encode("cus", customer.id)]) if customer else "",
        "has_card": held is not None,
        "at_till": "till" in request.GET,
        "is_done": waiting.done_at is not None,
        "now": request.now,
    }


def _type_name(request: PageRequest, waiting: RequestView) -> str:
    found = find_card_type(request.actor.chain_id, waiting.card_type_id) if waiting.card_type_id else None
    return found.name if found else ""


def _address(waiting: RequestView) -> str:
    return format_phone(waiting.phone) if waiting.phone else waiting.email
