"""A printer's list: upload, check, and then the cards of the numbers that fit (CRD-10)."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_htmx.http import HttpResponseClientRefresh

from regulars.cards.actions.blank_batches import start_cards_of_list
from regulars.cards.actions.number_lists import (
    NAME_KEPT,
    ListCommand,
    begin_number_list,
    choose_number_column,
    discard_number_list,
)
from regulars.cards.errors import ListGivenUp, NoNumbers, TooManyNumbers
from regulars.cards.jobs import defer_bulk_issue, defer_number_list
from regulars.cards.pages.forms import offer_types
from regulars.cards.queries.number_lists import (
    ListedRow,
    NumberListView,
    access_number_list,
    find_batch_of_list,
    list_listed,
)
from regulars.cards.queries.types import CardTypeView
from regulars.imports.actions import files
from regulars.imports.errors import FILE_REFUSALS
from regulars.imports.rules.problems import PROBLEMS, shown
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.csv_files import csv_answer, in_pages
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest, page

ACCEPTED: Final = ".txt,.csv,.tsv,.xlsx,.xlsm,.xls,.ods"
ROWS_SHOWN: Final = 50
ROWS_AT_ONCE: Final = 2_000
REFUSALS: Final = {
    **FILE_REFUSALS,
    "too_many_numbers": TooManyNumbers,
    "no_numbers": NoNumbers,
    "list_given_up": ListGivenUp,
}

SENTENCES: Final = {
    "twice": gettext_lazy("“{value}” stands in row {row} already; the first one counts."),
    "taken": gettext_lazy("“{value}” is the number of another card here."),
    "taken_since": gettext_lazy("“{value}” became the number of another card after the check."),
    "number_missing": gettext_lazy("The row has no number in “{column}”."),
    "zeros_lost": gettext_lazy(
        "“{value}” is shorter than most and the spreadsheet kept it as a number, so zeros at its start may be lost. "
        "Format the column as text."
    ),
    "without_digits": gettext_lazy("“{value}” has no digit. Is it really the number of a card?"),
}


class ListForm(CleanTextForm):
    """A file of the printer and of which type its cards will be."""

    prefix = "list"
    card_type = forms.ChoiceField(label=gettext_lazy("Card type"), widget=forms.RadioSelect)
    file = forms.FileField(label=gettext_lazy("File"))

    def __init__(self, *args: Any, types: list[CardTypeView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_types(self, types)


def begin_list(request: PageRequest, form: ListForm) -> HttpResponse | None:
    """Keep the uploaded file and begin to read it; None, with errors in the form, where that cannot be."""
    file = form.cleaned_data["file"]
    list_id = new_id()
    try:
        files.store(list_id, file.chunks())
    except Refused as refused:
        form.add_error("file", sentence(refused.refusal))
        return None
    command = ListCommand(
        id=list_id,
        file_name=file.name,
        card_type=form.cleaned_data["card_type"],
        location_id=request.location.id if request.location else None,
    )
    try:
        view = begin_number_list(request.actor, command, now=request.now, defer=defer_number_list)
    except Refused as refused:
        files.remove(list_id)
        if isinstance(refused.refusal, Forbidden | NotFound):
            raise
        form.add_error(None, sentence(refused.refusal))
        return None
    return done(request, reverse("cards:number_list", args=[view.public_id]))


@page(right="cards:write")
def show_list(request: PageRequest, number_list: str) -> HttpResponse:
    """The check of a list: which column was taken, the counts, and the rows that cannot become cards."""
    view = access_number_list(request.actor, number_list)
    if view.state == "used":
        batch = find_batch_of_list(request.actor, view.id)
        return done(request, reverse("cards:batch", args=[batch]))
    kind = request.GET.get("show", "")
    warned = sum(count for code, count in view.counts.items() if code.startswith("warning:"))
    if kind not in ("problem", "warning", "good"):
        kind = "problem" if view.bad else "warning" if warned else "good"
    after = request.GET.get("from", "")
    found, more = list_listed(
        request.actor,
        view.id,
        kind=kind,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0,
        limit=ROWS_SHOWN,
    )
    context = {
        "one": view,
        "kind": kind,
        "boxes": _boxes(view, warned, kind),
        "columns": [(index, column.header, column.samples) for index, column in enumerate(view.columns)],
        "rows": [(row.row, row.cell, sentence_of(row, view)) for row in found],
        "more": more,
        "why": explain(view),
        "button": ngettext("Make %(count)s card", "Make %(count)s cards", view.good)
        % {"count": figures.number(view.good)},
        "progress_url": reverse("cards:number_list_progress", args=[number_list]),
        "poll_seconds": 3 if view.state == "reading" else 0,
    }
    return render_page(request, "cards/number_list.html", context)


@page(right="cards:write")
def list_progress(request: PageRequest, number_list: str) -> HttpResponse:
    """The moving part of the page: asked for again each second until the list is read."""
    view = access_number_list(request.actor, number_list)
    if not request.htmx:
        return done(request, reverse("cards:number_list", args=[number_list]))
    if view.state != "reading":
        return HttpResponseClientRefresh()
    context = {"progress_url": reverse("cards:number_list_progress", args=[number_list])}
    return render_page(request, "cards/_list_progress.html", context)


@page(right="cards:write")
def choose_column(request: PageRequest, number_list: str) -> HttpResponse:
    """Read the list with another column as the number."""
    text = request.POST.get("column", "")
    if request.method == "POST" and text.isascii() and text.isdigit() and len(text) < 4:
        choose_number_column(request.actor, number_list, int(text), defer=defer_number_list)
    return done(request, reverse("cards:number_list", args=[number_list]))


@page(right="cards:write")
def make_cards(request: PageRequest, number_list: str) -> HttpResponse:
    """Begin to make the cards of the numbers that fit."""
    if request.method != "POST":
        return done(request, reverse("cards:number_list", args=[number_list]))
    batch = start_cards_of_list(request.actor, number_list, now=request.now, defer=defer_bulk_issue)
    with unit_of_work(request.actor.chain_id):
        view = access_number_list(request.actor, number_list)
    files.remove(view.id)
    return done(request, reverse("cards:batch", args=[batch.public_id]))


@page(right="cards:write")
def discard(request: PageRequest, number_list: str) -> HttpResponse:
    """Leave the list; nothing was made of it."""
    if request.method == "POST":
        files.remove(discard_number_list(request.actor, number_list))
        toast(request, _("The list was left; no card was made"))
    return done(request, reverse("cards:blanks"))


@page(right="cards:write")
def download_problems(request: PageRequest, number_list: str) -> HttpResponseBase:
    """The rows that did not, or will not, become cards, each with its reason."""
    view = access_number_list(request.actor, number_list)
    actor = request.actor

    def next_rows(after: int) -> tuple[list[tuple[str, ...]], int | None]:
        found, more = list_listed(actor, view.id, kind="problem", after=after, limit=ROWS_AT_ONCE)
        return [(str(row.row), row.cell, sentence_of(row, view)) for row in found], more

    header = (_("Row"), _("Number"), _("Problem"))
    name = f"{view.file_name.rsplit('.', 1)[0]} - problems.csv"
    return csv_answer(name, in_pages(actor.chain_id, header, next_rows, 0))


def explain(view: NumberListView) -> str:
    """Why a list could not be read, as a sentence; "" where it could."""
    refusal = REFUSALS.get((view.refusal or {}).get("code", ""))
    if view.refusal is None or refusal is None:
        return ""
    return sentence(refusal(**view.refusal["facts"]))


def sentence_of(row: ListedRow, view: NumberListView) -> str:
    """What is wrong with a row, or odd about it, in the reader's language; "" where nothing is."""
    code = row.problem or row.warning
    if not code:
        return ""
    header = view.columns[view.column].header if view.column is not None and view.column < len(view.columns) else ""
    text = str(SENTENCES[code]) if code in SENTENCES else _(PROBLEMS[code].sentence)
    return text.format_map({"value": shown(row.cell), "column": header, "row": row.first_row, "limit": NAME_KEPT})


def _boxes(view: NumberListView, warned: int, kind: str) -> list[dict[str, Any]]:
    twice, taken = view.counts.get("twice", 0), view.counts.get("taken", 0)
    unfit = view.bad - twice - taken
    return [
        {
            "value": view.good,
            "label": _("can become cards"),
            "href": "?show=good",
            "tone": "good",
            "at": kind == "good",
        },
        {"value": twice, "label": _("twice in the list"), "href": "", "tone": "bad" if twice else "", "at": False},
        {"value": taken, "label": _("already taken"), "href": "", "tone": "bad" if taken else "", "at": False},
        {"value": unfit, "label": _("do not fit"), "href": "", "tone": "bad" if unfit else "", "at": False},
        {
            "value": warned,
            "label": _("to look at"),
            "href": "?show=warning" if warned else "",
            "tone": "warm" if warned else "",
            "at": kind == "warning",
        },
    ]
