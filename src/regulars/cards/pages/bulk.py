"""A card for many customers at once: count first, then in the background, with its result and undo (CRD-1)."""

from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from regulars.cards.actions.bulk import SELECTED_MAX, BulkIssueCommand, start_bulk_issue, start_undo
from regulars.cards.jobs import defer_bulk_issue
from regulars.cards.pages.issue import issuing_types
from regulars.cards.pages.listing import row_of
from regulars.cards.queries.bulk import BulkCount, access_bulk_issue, count_bulk_issue, list_bulk_cards
from regulars.customers.queries import read_filter
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.platform.database import unit_of_work
from regulars.platform.pages import figures
from regulars.platform.pages.answer import done, render_page, toast
from regulars.platform.sessions import PageRequest, page
from regulars.staff.actions.notifications import see

QUERY_LENGTH_MAX: Final = 2_000
SHOWN: Final = 50


@page(right="cards:write")
def bulk_issue(request: PageRequest) -> HttpResponse:
    """Choose the type for the selected customers, or for all that match; every type says how many would get one.

    Takes `id` (customers, repeated), or `all=1` with `query`, the query of the customer list.
    """
    given = request.POST if request.method == "POST" else request.GET
    customers, query = read_selection(given)
    card_type = given.get("type", "")
    if request.method == "POST" and card_type:
        command = BulkIssueCommand(
            card_type=card_type,
            customers=customers,
            query=query,
            location_id=request.location.id if request.location else None,
        )
        view = start_bulk_issue(request.actor, command, now=request.now, defer=defer_bulk_issue)
        return done(request, reverse("cards:bulk", args=[view.public_id]))
    if request.method == "POST":
        with unit_of_work(request.actor.chain_id):
            return _render(request, customers, query)
    return _render(request, customers, query)


@page(right="cards:read")
def show_bulk(request: PageRequest, bulk: str) -> HttpResponse:
    """How far a bulk issue is, and the cards it made."""
    now = request.now
    view = access_bulk_issue(request.actor, bulk, kind="customers")
    request.visit = see(request.visit, view.id, now=now)
    after = decode("crd", request.GET.get("from", "")) if request.GET.get("from") else None
    cards, more = list_bulk_cards(request.actor, view.id, now=now, after=after, limit=SHOWN)
    context = {
        "bulk": view,
        "rows": [row_of(request, card, now=now) for card in cards],
        "more": encode("crd", more) if more else "",
        "now": now,
        "progress_url": reverse("cards:bulk_progress", args=[bulk]),
        "may_undo": request.actor.may("cards:delete") and request.actor.may("cards:write"),
        "poll_seconds": 3 if view.is_moving else 0,
        "customers_url": customers_url(),
    }
    return render_page(request, "cards/bulk.html", context)


@page(right="cards:read")
def bulk_progress(request: PageRequest, bulk: str) -> HttpResponse:
    """The moving part of the page: asked for again each second until the work is done."""
    view = access_bulk_issue(request.actor, bulk, kind="customers")
    context = {
        "bulk": view,
        "progress_url": reverse("cards:bulk_progress", args=[bulk]),
        "may_undo": request.actor.may("cards:delete") and request.actor.may("cards:write"),
    }
    if not request.htmx:
        return done(request, reverse("cards:bulk", args=[bulk]))
    if not view.is_moving:
        return HttpResponseClientRefresh()
    return render_page(request, "cards/_bulk_progress.html", context)


@page(right="cards:delete")
def undo_bulk(request: PageRequest, bulk: str) -> HttpResponse:
    """Take back the cards that nobody has used since."""
    if request.method == "POST":
        start_undo(request.actor, bulk, kind="customers", now=request.now, defer=defer_bulk_issue)
        toast(request, _("The unused cards are being taken back"))
    return done(request, reverse("cards:bulk", args=[bulk]))


def read_selection(given: QueryDict) -> tuple[tuple[str, ...] | None, str]:
    """The chosen customers, or None with the query of all that match. Refuses: Invalid."""
    if given.get("all") == "1":
        return None, given.get("query", "")[:QUERY_LENGTH_MAX].removeprefix("?")
    chosen = tuple(dict.fromkeys(given.getlist("id")))
    if not 1 <= len(chosen) <= SELECTED_MAX or any(decode("cus", text) is None for text in chosen):
        raise Refused(Invalid(errors=(FieldProblem("/id", "required", "Choose at least one customer."),)))
    return chosen, ""


def customers_url() -> str:
    """The list of customers; "" while there is none."""
    try:
        return reverse("customers:list")
    except NoReverseMatch:
        return ""


def _render(request: PageRequest, customers: tuple[str, ...] | None, query: str) -> HttpResponse:
    types = issuing_types(request)
    ids = None if customers is None else tuple(one for text in customers if (one := decode("cus", text)))
    wanted = read_filter(query) if ids is None else None
    choices: list[dict[str, Any]] = []
    for card_type in types:
        count = count_bulk_issue(
            request.actor, card_type.id, wanted=wanted, customer_ids=ids, country=request.chain.country
        )
        choices.append(
            {"id": encode("ctp", card_type.id), "name": card_type.name, "count": count, "words": count_words(count)}
        )
    context = {
        "choices": choices,
        "people": choices[0]["count"] if choices else None,
        "customers": customers or (),
        "is_all": customers is None,
        "query": query,
        "back": customers_url() or reverse("cards:list"),
        "may_write": True,
    }
    return render_page(request, "cards/bulk_new.html", context)


def count_words(count: BulkCount) -> str:
    """What issuing to them would do, in words."""
    if count.is_more:
        return _("More than %(count)s customers") % {"count": figures.number(count.customers)}
    if not count.holders:
        return _("New cards: %(new)s") % {"new": figures.number(count.new_cards)}
    return _("New cards: %(new)s. Already have one and are skipped: %(holders)s") % {
        "new": figures.number(count.new_cards),
        "holders": figures.number(count.holders),
    }
