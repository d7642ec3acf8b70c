"""Limits of the till, and what came near them, for the owner (TIL-6)."""

from contextlib import nullcontext

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import edge_unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.settings_tabs import settings_tabs
from regulars.platform.sessions import PageRequest, page
from regulars.till.actions.limits import set_limits
from regulars.till.queries.limits import find_limits, list_busy_cards, list_busy_staff, list_refused
from regulars.till.rules.limits import MOST, Limits

CODES = {
    "card_too_often": gettext_lazy("the limit of a card"),
    "staff_too_often": gettext_lazy("the limit of an employee"),
}


class LimitsForm(CleanTextForm):
    """How often is too often."""

    card_a_day = forms.IntegerField(
        label=gettext_lazy("Stampings and purchases of a card in 24 hours"), min_value=1, max_value=MOST
    )
    staff_an_hour = forms.IntegerField(
        label=gettext_lazy("Stampings and purchases by one employee in an hour"), min_value=1, max_value=MOST
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="staff:write")
def show_limits(request: PageRequest) -> HttpResponse:
    """The limits, and what came near them in the last month."""
    form = LimitsForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            set_limits(request.actor, Limits(**form.cleaned_data), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("The limits are set"))
            return done(request, reverse("till:limits"))
    with edge_unit_of_work(request.actor.chain_id) if form is not None else nullcontext():
        return _render(request, form, find_limits(request.actor.chain_id))


def _render(request: PageRequest, sent: LimitsForm | None, limits: Limits) -> HttpResponse:
    actor, now = request.actor, request.now
    shown = {"card_a_day": limits.card_a_day, "staff_an_hour": limits.staff_an_hour}
    form = sent or LimitsForm(initial=shown)
    context = {
        "form": form,
        "tabs": settings_tabs(request, "till:devices"),
        "may_write": actor.may("settings:write"),
        "cards": [
            {"one": one, "url": reverse("cards:show", args=[encode("crd", one.card_id)])}
            for one in list_busy_cards(actor, limits, zone=request.chain.zone, now=now)
        ],
        "staff": list_busy_staff(actor, limits, now=now),
        "refused": [{"one": one, "what": CODES.get(one.code, one.code)} for one in list_refused(actor, now=now)],
    }
    return render_page(request, "till/limits.html", context, status=422 if form.errors else 200)
