"""What the list of orders shows: what its address asks for, rows in words, views, chips, where it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.chains.queries import LocationView, list_locations
from regulars.customers.errors import AddALetter
from regulars.customers.queries import list_views
from regulars.kernel.ids import decode, encode
from regulars.kernel.refusal import Refused
from regulars.orders.pages import words
from regulars.orders.pages.addresses import (
    FILTER_PARAMETERS,
    LIST_PARAMETERS,
    list_query,
    list_url,
    order_url,
    panel_url,
    reverse_or_none,
)
from regulars.orders.queries.listing import (
    COUNT_MAX,
    STATES,
    ListFilter,
    OrderLineView,
    count_orders,
    list_order_page,
    meaning_of,
)
from regulars.platform.api.listing import read_cursor, write_cursor
from regulars.platform.pages import figures, listing
from regulars.platform.pages.list_views import views_bar
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest

PAGE_SIZE: Final = 50
NOTHING: Final = UUID(int=0)
CURSOR: Final = "orders-page"
OWN_VIEWS: Final[tuple[tuple[str | Promise, str], ...]] = (
    (pgettext_lazy("orders", "All"), ""),
    (pgettext_lazy("orders", "Open and visits"), "state=open"),
    (pgettext_lazy("orders", "Refunded"), "state=refunded"),
    (pgettext_lazy("orders", "Cancelled"), "state=cancelled"),
)
PERIODS: Final[dict[str, tuple[str | Promise, int, int]]] = {
    # First and last day, counted back from today.
    "today": (gettext_lazy("Today"), 0, 0),
    "yesterday": (gettext_lazy("Yesterday"), 1, 1),
    "week": (gettext_lazy("The last 7 days"), 6, 0),
    "month": (gettext_lazy("The last 30 days"), 29, 0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order as the list shows it."""

    order: OrderLineView
    url: str
    panel_url: str
    title: str
    sub: str
    sub_is_code: bool
    what: str
    state: tuple[Any, str, str]


def list_context(request: PageRequest, *, now: datetime) -> dict[str, Any]:
    """Everything the list needs, in a number of queries that does not grow with it."""
    places = list_locations(request.actor)
    query = list_query(request, leave=("after", "before"))
    context: dict[str, Any] = {
        "now": now,
        "search_text": request.GET.get("q", "")[:200],
        "places": [(encode("loc", one.id), one.name) for one in places] if len(places) > 1 else [],
        "periods": [(key, label) for key, (label, _first, _last) in PERIODS.items()],
        **views_bar(
            request,
            list_name="orders",
            own=OWN_VIEWS,
            saved=list_views(request.actor, "orders"),
            parameters=LIST_PARAMETERS,
            address=lambda name, argument: reverse(f"customers:{name}", args=[argument]),
        ),
        "chips": chips_of(request, places),
        "filters_on": sum(bool(request.GET.get(name)) for name in FILTER_PARAMETERS),
        "clear_url": listing.address_with(request, **dict.fromkeys(("q", "open", "state", *FILTER_PARAMETERS))),
        "is_filtered": bool(query),
        "here": list_url(request),
        "may_write": request.actor.may("orders:write"),
        "export_url": export_url(request),
        "import_url": reverse_or_none("imports:new") if request.actor.may("imports:write") else "",
        "refused": "",
        "rows": [],
        "sub": "",
        "pager": listing.Pager(),
    }
    try:
        return context | _found(request)
    except Refused as refused:
        if not isinstance(refused.refusal, AddALetter):
            raise
        return context | {"refused": sentence(refused.refusal)}


def read_filter(request: PageRequest) -> ListFilter:
    """What the address asks for; an id that is none means no order at all, never silently all of them."""
    get = request.GET
    place = _id(get.get("location", ""), "loc")
    start, end = read_period(request)
    return ListFilter(
        search=get.get("q", "")[:200],
        states=STATES.get(get.get("state", ""), ()),
        location_id=place or (request.location.id if request.location else None),
        channel=get.get("channel", "")[:60],
        customer_id=_id(get.get("customer", ""), "cus"),
        card_id=_id(get.get("card", ""), "crd"),
        import_id=_id(get.get("import", ""), "imp"),
        start=start,
        end=end,
    )


def read_period(request: PageRequest) -> tuple[datetime | None, datetime | None]:
    """When the orders are from: a named period, or the days that were given; by the clock of the reader's place."""
    first, last = _days(request)
    zone = timezone.get_current_timezone()
    return (
        datetime.combine(first, time.min, tzinfo=zone) if first else None,
        datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone) if last else None,
    )


def _days(request: PageRequest) -> tuple[date | None, date | None]:
    today = timezone.localtime(request.now).date()
    named = PERIODS.get(request.GET.get("period", ""))
    if named:
        return today - timedelta(days=named[1]), today - timedelta(days=named[2])
    return _day(request.GET.get("from", "")), _day(request.GET.get("to", ""))


def chips_of(request: PageRequest, places: Sequence[LocationView]) -> list[listing.Chip]:
    """The filters that are on, each with a cross."""
    get = request.GET
    names = {encode("loc", one.id): one.name for one in places}
    found: list[tuple[str, str, str]] = []
    if get.get("location"):
        found.append((_("Location"), names.get(get["location"], "?"), "location"))
    if get.get("channel"):
        found.append((_("Channel"), get["channel"][:60], "channel"))
    if get.get("period") in PERIODS:
        found.append((_("When"), str(PERIODS[get["period"]][0]), "period"))
    else:
        days = ((_("From day"), "from"), (_("To day"), "to"))
        found += [(label, get[name][:10], name) for label, name in days if get.get(name)]
    if get.get("customer"):
        found.append((_("Of"), _("one customer"), "customer"))
    if get.get("card"):
        found.append((_("With"), _("one card"), "card"))
    if get.get("import"):
        found.append((_("From"), _("one import"), "import"))
    return [listing.chip(request, label=label, value=value, parameters=[name, "open"]) for label, value, name in found]


def rows_of(request: HttpRequest, orders: Sequence[OrderLineView]) -> list[OrderRow]:
    """The orders of a page in words."""
    return [_row(request, one) for one in orders]


def export_url(request: PageRequest) -> str:
    """Where the present list is exported; "" for whoever may not."""
    url = reverse_or_none("exports:new") if request.actor.may("exports:write") else ""
    query = list_query(request, leave=("after", "before", "view", "period", "import"))
    days = _days(request) if request.GET.get("period") in PERIODS else None
    if days:
        query += f"&from={days[0]}&to={days[1]}"
    return f"{url}?kind=orders{'&' + query.lstrip('&') if query else ''}" if url else ""


def _row(request: HttpRequest, one: OrderLineView) -> OrderRow:
    phone = words.phone_text(one.phone)
    title = one.customer_name or phone or one.card_number
    sub = next((text for text in (one.card_number, phone) if text and text != title), "")
    what = one.first_line
    if one.lines > 1:
        more = one.lines - 1
        what = ngettext("%(first)s and %(count)s more", "%(first)s and %(count)s more", more) % {
            "first": what or _("1 line"),
            "count": figures.number(more),
        }
    return OrderRow(
        order=one,
        url=order_url(one.id),
        panel_url=panel_url(request, one.id),
        title=title,
        sub=sub,
        sub_is_code=True,
        what=what,
        state=words.STATES[one.state],
    )


def _found(request: PageRequest) -> dict[str, Any]:
    meant = meaning_of(request.actor, read_filter(request), country=request.chain.country)
    total = count_orders(meant)
    after, before = (_cursor(request.GET.get(name)) for name in ("after", "before"))
    page = list_order_page(meant, after=_place(after), before=_place(before), limit=PAGE_SIZE)
    shown = len(page.orders)
    start = max(0, int(before[1]) - shown) if before else int(after[1]) if after else 0
    sub = count_words(total)
    text = sub
    if shown < total <= COUNT_MAX:
        text = _("%(first)s–%(last)s of %(total)s") % {
            "first": figures.number(start + 1),
            "last": figures.number(start + shown),
            "total": figures.number(total),
        }
    return {
        "rows": rows_of(request, page.orders),
        "sub": sub,
        "pager": listing.pager(
            request, after=_write(page.last, start + shown), before=_write(page.first, start), text=text
        ),
    }


def count_words(total: int) -> str:
    """How many orders the list has, in words."""
    if total > COUNT_MAX:
        return _("More than %(count)s orders") % {"count": figures.number(COUNT_MAX)}
    return ngettext("%(count)s order", "%(count)s orders", total) % {"count": figures.number(total)}


def _write(place: UUID | None, start: int) -> str | None:
    return write_cursor(CURSOR, [str(place), start]) if place else None


def _cursor(text: str | None) -> list[Any] | None:
    try:
        return read_cursor(CURSOR, text, length=2)
    except Refused:
        return None


def _place(position: list[Any] | None) -> UUID | None:
    return UUID(str(position[0])) if position else None


def _id(text: str, prefix: str) -> UUID | None:
    return (decode(prefix, text) or NOTHING) if text else None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None
