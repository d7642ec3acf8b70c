"""The dialog that makes an export, of everything or of what a list shows."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from regulars.cards.queries.listing import COUNT_MAX, count_cards
from regulars.customers.queries import count_customers
from regulars.exports.actions.request import ExportCommand, known_columns, request_again, request_export
from regulars.exports.jobs import defer_export
from regulars.exports.pages import words
from regulars.exports.queries.filters import card_filter, customer_filter, resolve_filter
from regulars.exports.rules.columns import RIGHTS
from regulars.exports.rules.filters import FILTERS, check_filter
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

LISTED_AS: Final[Mapping[str, str]] = {"q": "search", "type": "card_type"}
"""Query parameters of the lists that the API calls otherwise; the rest have the same names."""

LISTED_AS_OF: Final[Mapping[str, Mapping[str, str]]] = {"memberships": {"q": "search", "ends": "ends_within"}}
"""The same for lists that have names of their own."""


class ExportForm(CleanTextForm):
    """Which kind of file, which columns, and of transactions which days."""

    format = forms.ChoiceField(
        label=gettext_lazy("File"), widget=forms.RadioSelect, choices=list(words.FORMATS.items()), initial="xlsx"
    )
    start = forms.DateField(label=gettext_lazy("From day"), required=False, widget=forms.DateInput({"type": "date"}))
    end = forms.DateField(label=gettext_lazy("To day"), required=False, widget=forms.DateInput({"type": "date"}))
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one column.")},
    )

    def __init__(self, *args: Any, kind: str, columns: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("columns", columns)
        if kind not in ("transactions", "orders"):
            del self.fields["start"], self.fields["end"]


@page(right="exports:write")
def make(request: PageRequest) -> HttpResponse:
    """Choose columns and kind of file; the rows are those of the list that the address names."""
    kinds = words.kinds_for(request.actor, RIGHTS)
    kind = request.GET.get("kind", "")
    if kind not in dict(kinds):
        kind = kinds[0][0] if kinds else "cards"
    request.actor.require(RIGHTS[kind])
    asked = listed_filter(request, kind)
    if request.method != "POST":
        return _show(request, kind, asked, None)
    with unit_of_work(request.actor.chain_id):
        known = known_columns(request.actor, kind)
    form = ExportForm(request.POST, kind=kind, columns=[(column, column) for column in known])
    if form.is_valid():
        days = {"from": form.cleaned_data.get("start"), "to": form.cleaned_data.get("end")}
        command = ExportCommand(
            kind=kind,
            format=form.cleaned_data["format"],
            filter=asked | {name: day.isoformat() for name, day in days.items() if day},
            columns=[column for column in known if column in form.cleaned_data["columns"]],
        )
        try:
            request_export(request.actor, command, defer=defer_export, now=request.now)
        except Refused as refused:
            show_refusal(form, refused.refusal)
        else:
            toast(request, _("The export is being written"))
            return done(request, reverse("exports:list"))
    with unit_of_work(request.actor.chain_id):
        return _show(request, kind, asked, form)


def listed_filter(request: PageRequest, kind: str) -> dict[str, str]:
    """The filter that the list has whose address this page was given, with the location that is chosen in the frame."""
    found: dict[str, str] = {}
    for name, value in request.GET.items():
        key = LISTED_AS_OF.get(kind, LISTED_AS).get(name, name)
        if key in FILTERS[kind] and name not in ("kind", "search", "card_type") and value:
            found[key] = str(value)
    if request.location is not None and "location" in FILTERS[kind]:
        found.setdefault("location", encode("loc", request.location.id))
    return found


def _show(request: PageRequest, kind: str, asked: dict[str, str], form: ExportForm | None) -> HttpResponse:
    actor = request.actor
    names = words.read_names(actor)
    known = known_columns(actor, kind)
    usual = [column for column in known if words.is_usual(column, actor)]
    labelled = [(column, words.column_label(column, names)) for column in known]
    status = 422 if form is not None else 200
    if form is None:
        form = ExportForm(kind=kind, columns=labelled, initial={"columns": usual})
    chosen = form["columns"].value() or []
    context = {
        "form": form,
        "kind": kind,
        "kinds": [(key, label, f"{request.path}?kind={key}") for key, label in words.kinds_for(actor, RIGHTS)],
        "columns": [(column, label, column in chosen) for column, label in labelled],
        "usual_only": set(chosen) == set(usual),
        "filters": words.filter_lines(asked, names),
        "all_url": f"{request.path}?kind={kind}",
        "action": request.get_full_path(),
        "back": _back(request, kind),
        **_count(request, kind, asked),
    }
    return render_page(request, "exports/new.html", context, fragments={"modal": "exports/_new.html"}, status=status)


def _count(request: PageRequest, kind: str, asked: dict[str, str]) -> dict[str, str]:
    """How many rows it will have, or why it cannot be made; transactions are too many to be counted while one waits."""
    actor, country = request.actor, request.chain.country
    try:
        problems = check_filter(kind, asked)
        if problems:
            raise Refused(Invalid(errors=tuple(problems)))
        kept = resolve_filter(actor, asked, now=request.now)
        if kind == "cards":
            found = count_cards(actor, card_filter(kept), country=country)
        elif kind == "customers":
            found = count_customers(actor, customer_filter(kept), country=country)
        else:
            return {"rows": ""}
    except Refused as refused:
        return {"rows": "", "refused": sentence(refused.refusal)}
    if found > COUNT_MAX:
        return {"rows": _("More than %(count)s rows") % {"count": figures.number(COUNT_MAX)}}
    return {"rows": ngettext("%(count)s row", "%(count)s rows", found) % {"count": figures.number(found)}}


def _back(request: PageRequest, kind: str) -> str:
    query = request.GET.copy()
    query.pop("kind", None)
    if not query or kind == "transactions":
        return reverse("exports:list")
    return f"{reverse(f'{kind}:list')}?{query.urlencode()}"


@page(right="exports:write")
def make_again(request: PageRequest, export: str) -> HttpResponse:
    """Write an earlier export once more, with the rows as they are now."""
    if request.method != "POST":
        return done(request, reverse("exports:list"))
    request_again(request.actor, export, defer=defer_export, now=request.now)
    toast(request, _("The export is being written"))
    return done(request, reverse("exports:list"))
