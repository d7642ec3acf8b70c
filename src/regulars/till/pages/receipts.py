"""Codes to print on receipts and inserts, in the office: batches, their sheet, their list as a file (TIL-4)."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from regulars.kernel.fields import NAME_LENGTH_MAX
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.csv_files import csv_answer
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.pages.typed import typed_amount
from regulars.platform.sessions import PageRequest, page
from regulars.till.actions.receipts import BatchDraft, make_batch
from regulars.till.queries.receipts import BatchView, ReceiptView, access_receipt_batch, list_batches, list_codes_of
from regulars.till.rules.receipts import BATCH_MAX, STAMPS_MAX

MOMENT: Final = "%Y-%m-%dT%H:%M"
KINDS: Final = {
    "insert": gettext_lazy("Inserts: cards that lie in parcels or hang in the shop"),
    "receipt": gettext_lazy("Receipts: one for each purchase"),
}
STATES: Final = {
    "open": (gettext_lazy("not used"), ""),
    "claimed": (gettext_lazy("used"), "good"),
    "expired": (gettext_lazy("expired"), "warm"),
}


class BatchForm(CleanTextForm):
    """Codes to print."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH_MAX)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=list(KINDS.items()), widget=forms.RadioSelect, initial="insert"
    )
    count = forms.IntegerField(label=gettext_lazy("How many codes"), min_value=1, max_value=BATCH_MAX)
    stamps = forms.IntegerField(
        label=gettext_lazy("Stamps for each"), required=False, min_value=1, max_value=STAMPS_MAX
    )
    amount = forms.CharField(
        label=gettext_lazy("Or a purchase of"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("Promotions decide what it brings, as for any purchase"),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    location = forms.ChoiceField(label=gettext_lazy("Counts for"), required=False)
    expires_at = forms.DateTimeField(
        label=gettext_lazy("Valid until"),
        required=False,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )

    def draft(self) -> BatchDraft:
        """What was typed, for the action."""
        typed = self.cleaned_data
        return BatchDraft(
            name=typed["name"],
            kind=typed["kind"],
            count=typed["count"],
            stamps=typed["stamps"],
            amount=typed_amount(typed["amount"]) if typed["amount"] else None,
            location_id=decode("loc", typed["location"]) if typed["location"] else None,
            expires_at=typed["expires_at"],
        )


@require_safe
@page(right="rewards:read")
def show_batches(request: PageRequest) -> HttpResponse:
    """The batches, newest first."""
    context = {
        "batches": [_line(request, one) for one in list_batches(request.actor)],
        "may_write": request.actor.may("rewards:write"),
        "now": request.now,
    }
    return render_page(request, "till/receipts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page(right="rewards:write")
def new_batch(request: PageRequest) -> HttpResponse:
    """Make codes to print."""
    form = BatchForm(request.POST or None)
    places = [(encode("loc", one.id), one.name) for one in request.visit.locations]
    form.offer("location", [("", _("No place in particular")), *places])
    if request.method == "POST" and form.is_valid():
        try:
            made = make_batch(request.actor, form.draft(), now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("The codes are made"))
            return done(request, reverse("till:receipt_batch", args=[encode("rcb", made)]))
    return render_page(request, "till/new_receipts.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@page(right="rewards:read")
def show_batch(request: PageRequest, batch: str) -> HttpResponse:
    """One batch with its codes."""
    view = access_receipt_batch(request.actor, batch)
    codes = [_code(request, one) for one in list_codes_of(request.actor, view.id)]
    context = _line(request, view) | {"codes": codes, "may_write": request.actor.may("rewards:write")}
    return render_page(request, "till/receipt_batch.html", context)


@require_safe
@page(right="rewards:write")
def print_batch(request: PageRequest, batch: str) -> HttpResponse:
    """A sheet with those codes that can still be used."""
    view = access_receipt_batch(request.actor, batch)
    open_ones = [one for one in list_codes_of(request.actor, view.id) if one.state(request.now) == "open"]
    context = _line(request, view) | {"slips": open_ones, "chain": request.chain}
    return render_page(request, "till/print_receipts.html", context)


@require_safe
@page(right="exports:write")
def export_batch(request: PageRequest, batch: str) -> HttpResponseBase:
    """The codes as a file for the printer."""
    view = access_receipt_batch(request.actor, batch)
    codes = [
        (one.code, one.url, one.state(request.now), one.claimed_at.isoformat() if one.claimed_at else "")
        for one in list_codes_of(request.actor, view.id)
    ]
    return csv_answer(f"{encode('rcb', view.id)}.csv", [[("code", "url", "state", "claimed_at"), *codes]])


def _line(request: PageRequest, one: BatchView) -> dict[str, Any]:
    identifier = encode("rcb", one.id)
    if one.stamps is not None:
        worth = ngettext("%(count)s stamp", "%(count)s stamps", one.stamps) % {"count": figures.number(one.stamps)}
    else:
        worth = _("Purchase of %(amount)s") % {"amount": figures.money(one.amount or 0, request.chain.currency)}
    return {
        "batch": one,
        "worth": worth,
        "url": reverse("till:receipt_batch", args=[identifier]),
        "print_url": reverse("till:print_receipts", args=[identifier]),
        "export_url": reverse("till:export_receipts", args=[identifier]),
        "may_export": request.actor.may("exports:write"),
    }


def _code(request: PageRequest, one: ReceiptView) -> dict[str, Any]:
    label, tone = STATES[one.state(request.now)]
    url = reverse("cards:show", args=[encode("crd", one.card_id)]) if one.card_id else ""
    return {"one": one, "state": label, "tone": tone, "card_url": url}
