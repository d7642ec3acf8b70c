"""The first step: a file or pasted cells, what they hold, and a card type made on the spot where there is none."""

import csv
import io
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

import xlsxwriter
from django import forms
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.cards.actions.types import create_card_type_with_program
from regulars.cards.queries.types import list_card_types
from regulars.cards.rules.types import CardTypeDraft
from regulars.chains.queries import LocationView, list_locations
from regulars.codes.queries.pools import list_pools
from regulars.giftcards.queries.types import list_types as list_gift_card_types
from regulars.imports.actions import requests
from regulars.imports.errors import FileRefused, SameFile
from regulars.imports.jobs import defer_step
from regulars.imports.pages.words import address_of, wizard_steps
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages.answer import done, render_page
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page
from regulars.programs.rules import BalanceTypeDraft, ProgramDraft

ACCEPTED: Final = ".xlsx,.xlsm,.xls,.ods,.csv,.tsv,.txt"
PASTED_NAME: Final = gettext_lazy("pasted cells")
NEW_TYPE: Final = "new"


KINDS: Final = (
    ("cards", gettext_lazy("Cards and balances")),
    ("customers", gettext_lazy("Customers without cards")),
    ("orders", gettext_lazy("Orders of the past")),
    ("codes", gettext_lazy("Promo codes")),
    ("gift_cards", gettext_lazy("Gift cards")),
)


class UploadForm(CleanTextForm):
    """What is imported, and where from."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is in the file?"),
        choices=KINDS,
        widget=forms.RadioSelect,
        initial="cards",
    )
    card_type = forms.ChoiceField(label=gettext_lazy("Card type"))
    pool = forms.ChoiceField(label=gettext_lazy("Pool that the codes come into"), choices=[("", "—")], required=False)
    gift_card_type = forms.ChoiceField(
        label=gettext_lazy("Type of gift cards whose row names none"),
        help_text=gettext_lazy("Rows with a type of their own keep it."),
        choices=[("", "—")],
        required=False,
    )
    file = forms.FileField(required=False)
    text = forms.CharField(
        label=gettext_lazy("Or paste cells from a spreadsheet"),
        required=False,
        strip=False,
        max_length=16_000_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)
    new_name = forms.CharField(label=gettext_lazy("Name of the card"), required=False, max_length=120)
    new_counts = forms.ChoiceField(
        label=gettext_lazy("What it counts"),
        required=False,
        choices=[
            ("points", gettext_lazy("Bonus points")),
            ("stamps", gettext_lazy("Stamps")),
            ("deposit", gettext_lazy("Deposit")),
        ],
    )
    new_goal = forms.IntegerField(
        label=gettext_lazy("Stamps up to"), required=False, min_value=1, max_value=100, initial=10
    )
    new_locations = forms.MultipleChoiceField(
        label=gettext_lazy("Where it is valid"),
        help_text=gettext_lazy("None chosen: everywhere"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self,
        *args: Any,
        types: list[tuple[str, str]],
        places: Sequence[LocationView],
        targets: "BearerTargets",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        unseen = {
            kind for kind, found in (("codes", targets.pools), ("gift_cards", targets.gift_card_types)) if not found
        }
        self.offer("kind", [(kind, label) for kind, label in KINDS if kind not in unseen])
        self.offer("pool", [*targets.pools])
        self.offer("gift_card_type", [("", _("None: every row names it")), *targets.gift_card_types])
        self.offer("card_type", [*types, (NEW_TYPE, _("New card …"))])
        if len(places) > 1:
            self.offer("new_locations", [(encode("loc", one.id), one.name) for one in places])
        else:
            del self.fields["new_locations"]

    def clean(self) -> dict[str, Any]:
        """Exactly one of file and text; a new card needs a name."""
        data = super().clean() or self.cleaned_data
        if not data.get("file") and not (data.get("text") or "").strip():
            self.add_error("file", _("Choose a file, or paste cells below."))
        if data.get("kind") == "cards" and data.get("card_type") == NEW_TYPE and not data.get("new_name"):
            self.add_error("new_name", _("Give the new card a name."))
        if data.get("kind") == "codes" and not data.get("pool"):
            self.add_error("pool", _("Choose the pool that the codes come into."))
        return data


@dataclass(frozen=True, slots=True)
class BearerTargets:
    """Where codes and gift cards may go, as choices; nothing for whoever may not make them."""

    pools: tuple[tuple[str, str], ...] = ()
    gift_card_types: tuple[tuple[str, str], ...] = ()


def _targets(request: PageRequest) -> BearerTargets:
    actor = request.actor
    pools = list_pools(actor) if actor.may("promotions:write") and actor.may("promotions:read") else []
    kinds = list_gift_card_types(actor) if actor.may("rewards:write") and actor.may("rewards:read") else []
    return BearerTargets(
        tuple((one.public_id, one.name) for one in pools), tuple((encode("gct", one.id), one.name) for one in kinds)
    )


@page(right="imports:write")
def new_import(request: PageRequest) -> HttpResponse:
    """Upload a file or paste cells; reading begins at once."""
    with unit_of_work(request.actor.chain_id) if request.method == "POST" else nullcontext():
        types = [(encode("ctp", one.id), one.name) for one in list_card_types(request.actor, with_archived=False)]
        places = list_locations(request.actor)
        targets = _targets(request)
    wanted = request.GET.get("type", "")
    initial = {
        "card_type": wanted or (types[0][0] if types else NEW_TYPE),
        "kind": request.GET.get("kind", "cards"),
        "pool": request.GET.get("pool", ""),
        "gift_card_type": request.GET.get("gift_card_type", ""),
    }
    if request.method != "POST":
        return _render(request, UploadForm(types=types, places=places, targets=targets, initial=initial), types)
    form = UploadForm(request.POST, request.FILES, types=types, places=places, targets=targets)
    if not form.is_valid():
        return _render(request, form, types, status=422)
    try:
        one = requests.upload(request.actor, _command(request, form), defer=defer_step, now=request.now)
    except Refused as refused:
        refusal = refused.refusal
        if isinstance(refusal, SameFile):
            return _render(request, form, types, status=422, same=refusal)
        form.add_error("file" if isinstance(refusal, FileRefused) else None, sentence(refusal))
        return _render(request, form, types, status=422)
    return done(request, address_of(one))


def _render(
    request: PageRequest,
    form: UploadForm,
    types: list[tuple[str, str]],
    *,
    status: int = 200,
    same: SameFile | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "types": types,
        "steps": wizard_steps(None),
        "accepted": ACCEPTED,
        "same": same,
        "same_url": reverse("imports:show", args=[same.import_]) if same else "",
    }
    return render_page(request, "imports/upload.html", context, status=status)


def _command(request: PageRequest, form: UploadForm) -> requests.UploadCommand:
    data = form.cleaned_data
    card_type = data["card_type"] if data["kind"] == "cards" else ""
    if card_type == NEW_TYPE:
        card_type = _make_type(request, data)
    file = data.get("file")
    parts = file.chunks() if file else [data["text"].encode("utf-8", "replace")]
    return requests.UploadCommand(
        file_name=file.name if file else str(PASTED_NAME),
        parts=parts,
        kind=data["kind"],
        card_type=card_type,
        pool=data["pool"] if data["kind"] == "codes" else "",
        gift_card_type=data["gift_card_type"] if data["kind"] == "gift_cards" else "",
        options={"mode_later": True},
        is_again=bool(data.get("again")),
        location_id=request.location.id if request.location else None,
    )


def _make_type(request: PageRequest, data: dict[str, Any]) -> str:
    """A card type with its program behind it, from what it counts and where it is valid."""
    places = tuple(found for text in data.get("new_locations") or () if (found := decode("loc", text)))
    counts = data.get("new_counts") or "points"
    names = {"points": _("Bonus"), "stamps": _("Stamps"), "deposit": _("Deposit")}
    balance = BalanceTypeDraft(name=names[counts], kind=counts, decimals=2 if counts == "points" else None)
    view = create_card_type_with_program(
        request.actor,
        ProgramDraft(name=data["new_name"], balance_types=(balance,)),
        CardTypeDraft(
            name=data["new_name"],
            goal=data.get("new_goal") if counts == "stamps" else None,
            location_ids=places or None,
        ),
        currency_decimals=request.chain.currency_decimals,
        now=request.now,
    )
    return encode("ctp", view.id)


EXAMPLE_PHONES: Final = {
    "DE": "+49 151 23456789",
    "RU": "+7 912 345-67-89",
    "IN": "+91 98765 43210",
    "US": "+1 212 555 0123",
    "GB": "+44 7400 123456",
}


@page(right="imports:read")
def download_template(request: PageRequest, file_format: str) -> HttpResponseBase:
    """A file to fill: headers in the reader's language and one row as an example."""
    phone = EXAMPLE_PHONES.get(request.chain.country, "+49 151 23456789")
    if request.GET.get("kind") == "orders":
        headers = [
            _("Order number"),
            _("Date and time"),
            _("Phone"),
            _("Total"),
            _("Product"),
            _("Quantity"),
            _("Price of one"),
        ]
        example = ["1001", "2025-03-14 18:30", phone, "30.00", _("Haircut"), "1", "30.00"]
    elif request.GET.get("kind") == "codes":
        headers = [_("Code"), _("Phone"), _("Valid until")]
        example = ["AUTUMN-7KQ2-M9XT", phone, "2030-12-31"]
    elif request.GET.get("kind") == "gift_cards":
        headers = [
            _("Code"),
            _("Balance"),
            _("Value when it was sold"),
            _("Type of the gift card"),
            _("Valid until"),
            _("Phone"),
        ]
        example = ["6001-2345-6789-0123", "12.50", "50.00", "", "2030-12-31", phone]
    else:
        headers = [_("Phone"), _("Name"), _("E-mail"), _("Card number"), _("Balance")]
        example = [phone, _("Anna Example"), "anna@example.com", "", "10"]
    file = tempfile.SpooledTemporaryFile(max_size=1_000_000)  # noqa: SIM115 (the response closes it)
    if file_format == "xlsx":
        book = xlsxwriter.Workbook(file)
        sheet = book.add_worksheet()
        sheet.set_column(0, len(headers) - 1, 22, book.add_format({"num_format": "@"}))
        sheet.write_row(0, 0, headers, book.add_format({"bold": True}))
        for index, cell in enumerate(example):
            sheet.write_string(1, index, cell)
        book.close()
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    elif file_format == "csv":
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        csv.writer(text).writerows([headers, example])
        text.detach()
        kind = "text/csv; charset=utf-8"
    else:
        raise Http404
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"regulars.{file_format}", content_type=kind)
