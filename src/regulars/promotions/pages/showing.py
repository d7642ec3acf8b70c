"""A promotion that is read, not written: an ended one, or for those who may only look."""

from django.http import HttpResponse

from regulars.kernel.ids import encode
from regulars.platform.pages.answer import render_page
from regulars.platform.sessions import PageRequest
from regulars.programs.queries import find_program
from regulars.promotions.pages.words import definition_of, say
from regulars.promotions.queries.names import names_of
from regulars.promotions.queries.promotions import PromotionView


def show_ended(request: PageRequest, view: PromotionView) -> HttpResponse:
    """What it says, in words; needs the unit of work of its chain."""
    names = names_of(request.actor.chain_id, request.chain.currency_decimals)
    definition = definition_of(view.content, names)
    context = {
        "view": view,
        "prm": encode("prm", view.id),
        "words": say(definition, names, request.chain.currency) if definition else [],
        "program": find_program(request.actor.chain_id, view.program_id),
        "may_write": request.actor.may("promotions:write"),
    }
    return render_page(request, "promotions/show.html", context)
