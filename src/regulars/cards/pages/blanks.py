"""Blank cards: a batch, its printed sheet, and giving one to a person (CRD-10)."""

import re
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_htmx.http import HttpResponseClientRefresh

from regulars.cards.actions.blank_batches import BLANKS_MAX, is_for_background, start_blank_cards, stop_blank_cards
from regulars.cards.actions.blanks import BLANKS_AT_ONCE, AssignCommand, BlanksCommand, assign_card, make_blank_cards
from regulars.cards.actions.bulk import start_undo
from regulars.cards.jobs import defer_bulk_issue
from regulars.cards.pages import words
from regulars.cards.pages.addresses import card_url
from regulars.cards.pages.forms import offer_types, show_as_required
from regulars.cards.pages.issue import find_collision, issuing_types
from regulars.cards.pages.number_lists import ACCEPTED, ListForm, begin_list
from regulars.cards.pages.people import HolderForm, People, find_people, read_holder
from regulars.cards.queries.bulk import access_bulk_issue, list_bulk_cards, list_bulk_issues, list_bulk_links
from regulars.cards.queries.cards import CardView, access_card
from regulars.cards.queries.number_lists import find_list_of_batch, list_open_number_lists
from regulars.cards.queries.types import CardTypeView
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Forbidden, NotFound, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.input_text import CleanTextForm
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.pages.csv_files import csv_answer, in_pages
from regulars.platform.pages.form_refusals import show_refusal
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import see

SHEET_SIZE: Final = 240
LINKS_AT_ONCE: Final = 2_000
NUMBERS_LENGTH_MAX: Final = 200_000
SEPARATORS: Final = re.compile(r"[\n\r\t;,]+")


class BlanksForm(CleanTextForm):
    """A batch: of which type, how many, or with which numbers."""

    card_type = forms.ChoiceField(label=gettext_lazy("Card type"), widget=forms.RadioSelect)
    count = forms.IntegerField(
        label=gettext_lazy("How many"),
        required=False,
        initial=24,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    numbers = forms.CharField(
        label=gettext_lazy("Or the numbers of your printer"),
        help_text=gettext_lazy("One on each line. Then so many cards are made, with these numbers."),
        required=False,
        max_length=NUMBERS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, types: list[CardTypeView], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_types(self, types)


@page(right="cards:write")
def show_blanks(request: PageRequest) -> HttpResponse:
    """The batches of blank cards, and the form that makes one."""
    now = request.now
    if request.method != "POST":
        types = issuing_types(request)
        return _render(request, BlanksForm(types=types), types)
    with unit_of_work(request.actor.chain_id):
        types = issuing_types(request)
    form = BlanksForm(request.POST, types=types)
    if form.is_valid():
        numbers = tuple(part.strip() for part in SEPARATORS.split(form.cleaned_data["numbers"]) if part.strip())
        command = BlanksCommand(
            card_type=form.cleaned_data["card_type"],
            count=form.cleaned_data["count"] or 0,
            numbers=numbers,
            location_id=request.location.id if request.location else None,
        )
        try:
            if is_for_background(command):
                batch = start_blank_cards(request.actor, command, now=now, defer=defer_bulk_issue)
                return done(request, reverse("cards:batch", args=[batch.public_id]))
            batch = make_blank_cards(request.actor, command, now=now)
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden | NotFound):
                raise
            show_refusal(form, refused.refusal, fields={"numbers_taken": "numbers"})
        else:
            said = ngettext("%(count)s blank card made", "%(count)s blank cards made", batch.issued)
            toast(request, said % {"count": figures.number(batch.issued)})
            return done(request, reverse("cards:batch", args=[batch.public_id]))
    with unit_of_work(request.actor.chain_id):
        return _render(request, form, types, status=422)


@page(right="cards:write")
def new_list(request: PageRequest) -> HttpResponse:
    """Upload the list of a printer; reading begins at once, and nothing is made before its check was seen."""
    if request.method != "POST":
        return done(request, reverse("cards:blanks"))
    with unit_of_work(request.actor.chain_id):
        types = issuing_types(request)
    form = ListForm(request.POST, request.FILES, types=types)
    if form.is_valid() and (begun := begin_list(request, form)):
        return begun
    with unit_of_work(request.actor.chain_id):
        return _render(request, BlanksForm(types=types), types, list_form=form, status=422)


@page(right="cards:read")
def show_batch(request: PageRequest, batch: str) -> HttpResponse:
    """A batch as a sheet to print: number and QR code of each card."""
    now = request.now
    view = access_bulk_issue(request.actor, batch, kind="blanks")
    request.visit = see(request.visit, view.id, now=now)
    after = _read_after(request.GET.get("from", ""))
    cards, more = list_bulk_cards(request.actor, view.id, now=now, after=after, limit=SHEET_SIZE)
    context = {
        "batch": view,
        "cards": cards,
        "more": encode("crd", more) if more else "",
        "is_first": after is None,
        "chain": request.chain,
        "undo_url": reverse("cards:undo_batch", args=[batch]),
        "may_undo": request.actor.may("cards:delete") and request.actor.may("cards:write"),
        "poll_seconds": 3 if view.is_moving else 0,
        "total_words": words_of(view.issued - _undone(view.state, view.done, view.kept)),
        "source": find_list_of_batch(request.actor, view.id),
        "may_write": request.actor.may("cards:write"),
        "may_export": request.actor.may("exports:write"),
        "may_stop": request.actor.may("cards:write") and view.state in ("waiting", "running"),
        "left_out": view.total - view.done if view.state == "done" else 0,
        "progress_url": reverse("cards:batch_progress", args=[batch]),
    }
    return render_page(request, "cards/batch.html", context)


@page(right="cards:read")
def batch_progress(request: PageRequest, batch: str) -> HttpResponse:
    """The moving part of the page of a batch: asked for again each second until the work is done."""
    view = access_bulk_issue(request.actor, batch, kind="blanks")
    if not request.htmx:
        return done(request, reverse("cards:batch", args=[batch]))
    if not view.is_moving:
        return HttpResponseClientRefresh()
    context = {"batch": view, "progress_url": reverse("cards:batch_progress", args=[batch])}
    return render_page(request, "cards/_batch_progress.html", context)


@page(right="cards:write")
def stop_batch(request: PageRequest, batch: str) -> HttpResponse:
    """Make no more cards of a batch; those that are there stay."""
    if request.method == "POST":
        stop_blank_cards(request.actor, batch, now=request.now)
        toast(request, _("No more cards of this batch are made"))
    return done(request, reverse("cards:batch", args=[batch]))


@page(right="exports:write")
def download_batch(request: PageRequest, batch: str) -> HttpResponseBase:
    """Number and link of each card of a batch, for a printing house."""
    actor = request.actor
    view = access_bulk_issue(actor, batch, kind="blanks")

    def next_rows(after: UUID | None) -> tuple[list[tuple[str, ...]], UUID | None]:
        found = list_bulk_links(actor, view.id, after=after, limit=LINKS_AT_ONCE)
        return [(number, link) for _id, number, link in found], found[-1][0] if len(found) == LINKS_AT_ONCE else None

    name = f"{view.card_type_name} {view.created_at:%Y-%m-%d}.csv"
    return csv_answer(name, in_pages(actor.chain_id, (_("Number"), _("Link in the QR code")), next_rows, None))


@page(right="cards:delete")
def undo_batch(request: PageRequest, batch: str) -> HttpResponse:
    """Take back the cards of a batch that nobody has used."""
    if request.method == "POST":
        start_undo(request.actor, batch, kind="blanks", now=request.now, defer=defer_bulk_issue)
        toast(request, _("The unused cards of the batch are being taken back"))
    return done(request, reverse("cards:blanks"))


@page(right="cards:write")
def assign(request: PageRequest, card: str) -> HttpResponse:
    """The dialog that gives a blank card to a person."""
    now = request.now
    if request.method != "POST":
        view = access_card(request.actor, card, now=now)
        return _render_assign(request, view, HolderForm(), People())
    with unit_of_work(request.actor.chain_id):
        view = access_card(request.actor, card, now=now)
        people = find_people(request, request.POST.get("holder", ""))
    form = HolderForm(request.POST)
    collision: dict[str, str] = {}
    if form.is_valid() and (holder := read_holder(request, form, people)):
        command = AssignCommand(
            card=card,
            phone=holder.phone,
            customer=holder.customer,
            location_id=request.location.id if request.location else None,
        )
        try:
            view = assign_card(request.actor, command, country=request.chain.country, now=now)
        except Refused as refused:
            if isinstance(refused.refusal, Forbidden):
                raise
            show_refusal(form, refused.refusal, fields={"phone": "holder"})
            collision = find_collision(request, refused)
        else:
            name = words.holder_of(view) or view.phone or ""
            toast(request, _("The card now belongs to %(name)s") % {"name": name})
            return done(request, card_url(request, view), target="panel", changed="list-changed")
    return _render_assign(request, view, form, people, collision=collision, status=422)


def words_of(count: int) -> str:
    """How many cards, in words."""
    return ngettext("%(count)s card", "%(count)s cards", count) % {"count": figures.number(count)}


def _undone(state: str, handled: int, kept: int) -> int:
    return handled - kept if state in ("undoing", "undone") else 0


def _read_after(text: str) -> UUID | None:
    return decode("crd", text) if text else None


def _render(
    request: PageRequest,
    form: BlanksForm,
    types: list[CardTypeView],
    *,
    list_form: ListForm | None = None,
    status: int = 200,
) -> HttpResponse:
    show_as_required(form, "count", "numbers")
    context = {
        "form": form,
        "list_form": list_form or ListForm(types=types),
        "lists": list_open_number_lists(request.actor),
        "accepted": ACCEPTED,
        "types": types,
        "batches": list_bulk_issues(request.actor, kind="blanks"),
        "most": figures.number(BLANKS_MAX),
        "most_typed": figures.number(BLANKS_AT_ONCE),
        "now": request.now,
    }
    return render_page(request, "cards/blanks.html", context, status=status)


def _render_assign(
    request: PageRequest,
    view: CardView,
    form: HolderForm,
    people: People,
    *,
    collision: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    show_as_required(form, "holder")
    context = {
        "card": view,
        "form": form,
        "people": people,
        "collision": collision,
        "action": card_url(request, view, "assign"),
        "back": card_url(request, view),
        "people_url": reverse("cards:people"),
        "partial": "cards/_assign.html",
    }
    return render_page(request, "cards/dialog.html", context, fragments={"modal": "cards/_assign.html"}, status=status)
