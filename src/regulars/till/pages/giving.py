"""A blank card at the till: the first scan asks for a phone and makes it the person's (CRD-10)."""

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from regulars.cards.actions.blanks import AssignCommand, assign_card
from regulars.cards.queries.cards import access_card
from regulars.kernel.refusal import Forbidden, Invalid, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.till.pages.desk import desk_of, refuse_in_kiosk, render_stage
from regulars.till.pages.sheet import card_context

PHONE_LENGTH_MAX = 60


@require_POST
@page(right="cards:write")
def give_card(request: PageRequest, card: str) -> HttpResponse:
    """Make a blank card that of whoever has this phone, and show it; or say why not, with what was typed."""
    refuse_in_kiosk(request)
    desk = desk_of(request)
    place_id = desk.place.id if desk.place else None
    phone = request.POST.get("phone", "").strip()[:PHONE_LENGTH_MAX]
    trouble = ""
    command = AssignCommand(card=card, phone=phone, location_id=place_id)
    try:
        assign_card(request.actor, command, country=request.chain.country, now=request.now)
    except Refused as refused:
        if isinstance(refused.refusal, Forbidden | NotFound):
            raise
        errors = refused.refusal.errors if isinstance(refused.refusal, Invalid) else ()
        trouble = gettext(errors[0].detail) if errors else sentence(refused.refusal)
    with unit_of_work(request.actor.chain_id):
        view = access_card(request.actor, card, now=request.now)
        context = card_context(request, view, place_id=place_id)
    return render_stage(request, desk, "card", context | {"give_problem": trouble, "give_phone": phone})
