"""What purchases and refunds do in a program: when earned points count, what a refund takes back and returns (LED-4, ORD-2)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import UNPROCESSABLE, done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page
from regulars.programs.actions import change_program
from regulars.programs.pages.browse import program_url
from regulars.programs.pages.purchase_words import EARN_WHEN, SETTINGS
from regulars.programs.queries import access_program
from regulars.programs.rules.refunds import RETURNED_LOT_DAYS_MAX


class PurchasesForm(CleanTextForm):
    """When purchases earn, and what refunds do."""

    earn_when = forms.ChoiceField(
        label=gettext_lazy("Points of a purchase can be spent"),
        choices=list(EARN_WHEN.items()),
        widget=forms.RadioSelect,
    )
    earns_on_points = forms.BooleanField(label=gettext_lazy("What is paid with points earns, too"), required=False)
    returned_lot_days = forms.IntegerField(
        label=gettext_lazy("Days that points live which return after their end"),
        min_value=1,
        max_value=RETURNED_LOT_DAYS_MAX,
        help_text=gettext_lazy("Also where staff take an entry back or restore a card"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        for name, label, choices in SETTINGS:
            self.fields[name] = forms.ChoiceField(
                label=str(label), choices=list(choices.items()), widget=forms.RadioSelect
            )

    def refunds(self) -> dict[str, Any]:
        """What was chosen for refunds."""
        return {name: self.cleaned_data[name] for name in (*(one[0] for one in SETTINGS), "returned_lot_days")}


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="programs:write")
def edit_purchases(request: PageRequest, program: str) -> HttpResponse:
    """Change when purchases earn and what refunds do; it counts for orders that are there, too."""
    if request.method == "POST":
        with unit_of_work(request.actor.chain_id):
            view = access_program(request.actor, program)
    else:
        view = access_program(request.actor, program)
    initial = {
        **asdict(view.refunds),
        "earn_when": view.earn_when,
        "earns_on_points": view.earns_on_points,
        "version": view.version,
    }
    form = PurchasesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            changed = change_program(
                request.actor,
                program,
                earn_when=typed["earn_when"],
                earns_on_points=typed["earns_on_points"],
                refunds=form.refunds(),
                version=typed["version"],
                now=request.now,
            )
        except Refused as refused:
            if isinstance(refused.refusal, NotFound | Forbidden):
                raise
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("Saved") if changed.version != view.version else _("Nothing to change"))
            return done(request, program_url(view))
    context = {"form": form, "program": view, "back": program_url(view), "action": request.path}
    return render_page(request, "programs/purchases.html", context, status=UNPROCESSABLE if form.errors else 200)
