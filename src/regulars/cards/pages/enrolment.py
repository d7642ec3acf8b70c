"""A program begins: who gets a card is counted and chosen first (PRG-7)."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from regulars.cards.actions.enrolment import activate_program, types_of
from regulars.cards.jobs import defer_bulk_issue
from regulars.cards.queries.bulk import count_bulk_issue
from regulars.customers.queries import CustomerFilter
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.queries import ProgramView, access_program


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="programs:write")
def activate(request: PageRequest, program: str) -> HttpResponse:
    """Activate a program; all present customers get a card, or nobody."""
    if request.method != "POST":
        return _ask(request, access_program(request.actor, program))
    with unit_of_work(request.actor.chain_id):
        view = access_program(request.actor, program)
    back = reverse("programs:show", args=[encode("prg", view.id)])
    enrol = request.POST.get("enrol", "none")
    try:
        begun = activate_program(
            request.actor,
            program,
            enrols=enrol != "none",
            card_type="" if enrol == "none" else enrol,
            now=request.now,
            defer=defer_bulk_issue,
        )
    except Refused as refused:
        if refused.refusal.status == 404:
            raise
        toast(request, sentence(refused.refusal), tone="bad")
        return done(request, back)
    if begun.bulk_issue:
        return done(request, reverse("cards:bulk", args=[begun.bulk_issue.public_id]))
    toast(request, _("“%(name)s” is active") % {"name": view.name})
    return done(request, back)


def _ask(request: PageRequest, view: ProgramView) -> HttpResponse:
    choices: list[dict[str, Any]] = []
    may_enrol = request.actor.may("cards:write") and request.actor.may("customers:read")
    for one in types_of(request.actor, view.id) if may_enrol else []:
        count = count_bulk_issue(
            request.actor, one.id, wanted=CustomerFilter(), customer_ids=None, country=request.chain.country
        )
        choices.append({"id": encode("ctp", one.id), "name": one.name, "count": count})
    gifts = [
        f"{figures.balance(one.initial_balance, kind=one.kind, decimals=one.decimals, currency='')} {one.name}"
        for one in view.balance_types
        if one.initial_balance
    ]
    context = {
        "program": view,
        "choices": choices,
        "gifts": gifts,
        "back": reverse("programs:show", args=[encode("prg", view.id)]),
        "action": request.path,
    }
    return render_page(request, "cards/activate.html", context)
