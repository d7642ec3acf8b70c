"""The list of issued cards: what its address asks for, and what the page shows (CRD-4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.cards.pages import words
from regulars.cards.pages.addresses import LIST_PARAMETERS, card_url, list_query, list_url
from regulars.cards.queries.cards import CardView
from regulars.cards.queries.listing import COUNT_MAX, CardFilter, CardPage, count_cards, list_cards, look_up_cards
from regulars.cards.queries.orders import ORDERS, SORTED_MAX, Order, is_indexed
from regulars.cards.queries.types import CardTypeView, list_card_types
from regulars.chains.queries import LocationView, list_locations
from regulars.customers.errors import AddALetter
from regulars.customers.queries import list_views
from regulars.imports.actions.sample_data import is_sample_offered
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_cursor, write_cursor
from regulars.platform.pages import figures, listing
from regulars.platform.pages.list_views import views_bar
from regulars.platform.pages.words import Text
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest

PAGE_SIZE: Final = 50
NOBODY: Final = UUID(int=0)
HOLDERS: Final[dict[str, str | Promise]] = {
    "customer": gettext_lazy("A customer"),
    "unclaimed": gettext_lazy("Nobody yet: unclaimed"),
    "blank": gettext_lazy("Nobody: blank"),
}
COLUMNS: Final[dict[str, str | Promise]] = {
    "number": gettext_lazy("Number"),
    "progress": gettext_lazy("Progress"),
    "kept": gettext_lazy("Kept in"),
    "type": gettext_lazy("Type"),
    "status": gettext_lazy("Status"),
    "issued": gettext_lazy("Issued"),
    "activity": gettext_lazy("Last activity"),
}
OWN_VIEWS: Final[tuple[tuple[str | Promise, str], ...]] = (
    (pgettext_lazy("cards", "All"), ""),
    (pgettext_lazy("cards", "Unclaimed"), "holder=unclaimed"),
    (pgettext_lazy("cards", "Blocked"), "status=blocked"),
    (pgettext_lazy("cards", "Deleted"), "status=deleted"),
)
FILTER_STATUSES: Final = ("active", "blocked", "deleted")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A card as the list shows it."""

    card: CardView
    id: str
    url: str
    title: str
    contact: str
    status: tuple[Text, str, str]
    balance: str
    balance_name: str
    kept_in: tuple[tuple[Text, str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address of the list asks for."""

    filter: CardFilter
    order: Order
    after: list[Any] | None
    before: list[Any] | None
    columns: frozenset[str]


def read_wanted(request: PageRequest) -> Wanted:
    """Read the list's address; a value that means nothing matches nothing, an unknown order or cursor is left out."""
    get = request.GET
    asked = get.get("order", "")
    order: Order = asked if asked in ORDERS else "-issued"
    place = _id(get.get("location", ""), "loc")
    columns = frozenset(get.getlist("col")) & frozenset(COLUMNS)
    return Wanted(
        filter=CardFilter(
            search=get.get("q", "")[:200],
            card_type_id=_id(get.get("type", ""), "ctp"),
            status=_one_of(get.get("status", ""), FILTER_STATUSES),
            holder=cast("Any", _one_of(get.get("holder", ""), HOLDERS)),
            platform=_one_of(get.get("platform", ""), words.PLATFORMS),
            used_at_id=place,
            here_id=request.location.id if request.location and place is None else None,
            import_id=_id(get.get("import", ""), "imp"),
            customer_id=_id(get.get("customer", ""), "cus"),
        ),
        order=order,
        after=_cursor(order, get.get("after")),
        before=_cursor(order, get.get("before")),
        columns=columns or frozenset(COLUMNS),
    )


def list_context(request: PageRequest, *, now: datetime) -> dict[str, Any]:
    """Everything the list needs, in a number of queries that does not grow with it."""
    wanted = read_wanted(request)
    types = list_card_types(request.actor)
    places = list_locations(request.actor)
    context: dict[str, Any] = {
        "now": now,
        "wanted": wanted,
        "search_text": request.GET.get("q", "")[:200],
        "columns": wanted.columns,
        "all_columns": COLUMNS.items(),
        "types": [(encode("ctp", one.id), one.name) for one in types],
        "places": [(encode("loc", one.id), one.name) for one in places] if len(places) > 1 else [],
        "statuses": [(key, words.STATUSES[key][0]) for key in FILTER_STATUSES],
        "holders": HOLDERS.items(),
        "platforms": [(key, label) for key, (label, _icon) in words.PLATFORMS.items()],
        "chips": chips_of(request, wanted, types, places),
        "clear_url": listing.address_with(request, **dict.fromkeys(("q", *FILTERS))),
        "list_query": list_query(request),
        "here": list_url(request),
        "has_types": bool(types),
        "is_fragment": bool(request.htmx) and request.htmx.target == "list",
        "is_typing": bool(request.htmx) and request.htmx.trigger == "tools",
        "list_words": words_of_list(),
        **views_context(request),
        "export_url": export_url(request) if request.actor.may("exports:write") else "",
        "may_add_sample": lambda: is_sample_offered(request.actor, request.chain),
        "may_import": request.actor.may("imports:write"),
        "may_write": request.actor.may("cards:write"),
        "refused": "",
        "rows": [],
        "total": 0,
        "sub": "",
        "pager": listing.Pager(),
    }
    try:
        return context | _found(request, wanted, now=now)
    except Refused as refused:
        if not isinstance(refused.refusal, AddALetter):
            raise
        return context | {"refused": sentence(refused.refusal)}


def _found(request: PageRequest, wanted: Wanted, *, now: datetime) -> dict[str, Any]:
    country = request.chain.country
    asked = look_up_cards(request.actor, wanted.filter, country=country)
    total = count_cards(request.actor, asked, country=country)
    sortable = total <= SORTED_MAX
    order: Order = wanted.order if sortable or is_indexed(wanted.order) else "-issued"
    page = list_cards(
        request.actor,
        asked,
        country=country,
        now=now,
        order=order,
        after=_edge(wanted.after),
        before=_edge(wanted.before),
        limit=PAGE_SIZE,
        total=total,
    )
    return {
        "rows": [row_of(request, card, now=now) for card in page.cards],
        "total": total,
        "sub": count_words(total, is_more=asked.is_cut),
        "sortable": sortable,
        "search_is_cut": asked.is_cut,
        "pager": _pager(request, page, wanted, order, total, is_more=asked.is_cut),
    }


def row_of(request: PageRequest, card: CardView, *, now: datetime) -> CardRow:
    """One card as its row shows it."""
    shown = card.shown
    title = words.holder_of(card)
    contacts = [text for text in (card.customer_email, card.holder_phone) if text and text != title]
    return CardRow(
        card=card,
        id=words.card_id(card),
        url=card_url(request, card),
        title=title,
        contact=contacts[0] if contacts else "",
        status=words.status_words(card, now),
        balance=words.balance_text(shown, shown.total, request.chain.currency) if shown else "",
        balance_name=shown.name if shown else "",
        kept_in=tuple((label, icon, key in card.platforms) for key, (label, icon) in words.PLATFORMS.items()),
    )


FILTERS: Final = ("type", "status", "holder", "platform", "location", "import", "customer")


def chips_of(
    request: PageRequest, wanted: Wanted, types: Sequence[CardTypeView], places: Iterable[LocationView]
) -> list[listing.Chip]:
    """The filters that are on, each with a cross."""
    asked = wanted.filter
    by_type = {one.id: one.name for one in types}
    by_place = {one.id: one.name for one in places}
    found: list[tuple[str, str, str]] = []
    if asked.card_type_id:
        found.append((_("Type"), by_type.get(asked.card_type_id, "?"), "type"))
    if asked.status:
        found.append((_("Status"), str(words.STATUSES[asked.status][0]), "status"))
    if asked.holder:
        found.append((_("Held by"), str(HOLDERS[asked.holder]), "holder"))
    if asked.platform:
        found.append((_("Kept in"), str(words.PLATFORMS[asked.platform][0]), "platform"))
    if asked.used_at_id:
        found.append((_("Location"), by_place.get(asked.used_at_id, "?"), "location"))
    if asked.import_id:
        found.append((_("From"), _("one import"), "import"))
    if asked.customer_id:
        found.append((_("Of"), _("one customer"), "customer"))
    return [
        listing.chip(request, label=label, value=value, parameters=[parameter]) for label, value, parameter in found
    ]


def views_context(request: PageRequest) -> dict[str, Any]:
    """The tabs above the list: our own views and those that staff saved (CUS-2)."""
    return views_bar(
        request,
        list_name="cards",
        own=OWN_VIEWS,
        saved=list_views(request.actor, "cards"),
        parameters=LIST_PARAMETERS,
        address=lambda name, argument: reverse(f"customers:{name}", args=[argument]),
    )


def count_words(total: int, *, is_more: bool = False) -> str:
    """How many cards the list has, in words; `is_more` where a search was cut short."""
    if total > COUNT_MAX or is_more:
        return _("More than %(count)s cards") % {"count": figures.number(min(total, COUNT_MAX))}
    return ngettext("%(count)s card", "%(count)s cards", total) % {"count": figures.number(total)}


def words_of_list() -> dict[str, str]:
    """Words that the list's template needs more than once."""
    return {"unclaimed": _("unclaimed"), "blank": _("blank")}


def export_url(request: HttpRequest) -> str:
    """Where the present list is exported; "" as long as nothing exports it."""
    try:
        url = reverse("exports:new")
    except NoReverseMatch:
        return ""
    query = list_query(request).removeprefix("?")
    return f"{url}?kind=cards{'&' + query if query else ''}"


def _pager(
    request: HttpRequest, page: CardPage, wanted: Wanted, order: str, total: int, *, is_more: bool
) -> listing.Pager:
    start = _start(wanted)
    shown = len(page.cards)
    text = count_words(total, is_more=is_more)
    if shown < total <= COUNT_MAX and not is_more:
        text = _("%(first)s–%(last)s of %(total)s") % {
            "first": figures.number(start + 1),
            "last": figures.number(start + shown),
            "total": figures.number(total),
        }
    return listing.pager(
        request,
        after=_write(order, page.last, start + shown),
        before=_write(order, page.first, start),
        text=text,
    )


def _start(wanted: Wanted) -> int:
    if wanted.before:
        return max(0, int(wanted.before[2]) - PAGE_SIZE)
    return int(wanted.after[2]) if wanted.after else 0


def _write(order: str, edge: tuple[str, UUID] | None, start: int) -> str | None:
    return write_cursor(f"cards-page:{order}", [edge[0], str(edge[1]), start]) if edge else None


def _cursor(order: str, text: str | None) -> list[Any] | None:
    try:
        return read_cursor(f"cards-page:{order}", text, length=3)
    except Refused:
        return None


def _edge(position: list[Any] | None) -> tuple[str, UUID] | None:
    return (str(position[0]), UUID(str(position[1]))) if position else None


def _id(text: str, prefix: str) -> UUID | None:
    # An id that is none, or another chain's, means no card at all: never silently the whole list.
    return (decode(prefix, text) or NOBODY) if text else None


def _one_of(text: str, known: Iterable[str]) -> str:
    return text if text in known else ""
