"""Whose points would end before they would have by another expiry (PRG-3, ORD-13)."""

from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from regulars.cards.queries.people import name_people
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import NotFound, Refused
from regulars.ledger.actions.policy import list_policy_losers
from regulars.platform.pages import figures
from regulars.platform.pages.answer import render_page
from regulars.platform.pages.listing import pager
from regulars.platform.sessions import PageRequest, page
from regulars.programs.pages.balance_forms import BalanceTypeForm, initial_of
from regulars.programs.pages.balance_types import existing_of
from regulars.programs.queries import access_balance_type

LINES_MAX: Final = 50


@require_safe
@page(right="programs:read")
def show_people(request: PageRequest, balance_type: str) -> HttpResponse:
    """Who they are, page by page; what was typed stands in the address."""
    view = access_balance_type(request.actor, balance_type)
    form = BalanceTypeForm(request.GET, balance_type=view, initial=initial_of(view))
    if view.kind == "deposit" or not form.is_valid():
        raise Refused(NotFound())
    touched = list_policy_losers(
        request.actor,
        view,
        form.policy(),
        existing=existing_of(form),
        now=request.now,
        after=decode("at", request.GET.get("after", "")),
        limit=LINES_MAX + 1,
    )
    shown = touched[:LINES_MAX]
    named = name_people(request.actor, [(one.customer_id, one.card_id) for one in shown])
    lines = [
        {
            "named": name,
            "url": reverse("cards:show", args=[encode("crd", one.card_id)]),
            "amount": figures.balance(
                one.units, kind=view.kind, decimals=view.decimals, currency=request.chain.currency
            ),
        }
        for one, name in zip(shown, named, strict=True)
    ]
    more = encode("at", shown[-1].account_id) if len(touched) > LINES_MAX else None
    context = {
        "title": _("What ends sooner"),
        "sub": view.name,
        "back": reverse("programs:balance_type", args=[balance_type]),
        "back_label": view.name,
        "lines": lines,
        "pager": pager(request, after=more, before=None),
        "empty": _("Nothing ends before it would have."),
    }
    return render_page(request, "cards/who.html", context)
