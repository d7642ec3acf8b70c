"""What the list of customers shows (CUS-2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from regulars.cards.queries.cards import CardView, list_cards_by_ids
from regulars.cards.queries.types import CardTypeView, list_card_types
from regulars.customers.errors import AddALetter
from regulars.customers.pages import words
from regulars.customers.pages.addresses import (
    FILTER_PARAMETERS,
    customer_url,
    list_query,
    list_url,
    panel_url,
    reverse_or_none,
)
from regulars.customers.queries import (
    COUNT_MAX,
    CustomerPage,
    CustomerView,
    CustomFieldView,
    Order,
    SavedViewLine,
    count_customers,
    list_card_ids,
    list_customers,
    list_field_views,
    list_tags,
    list_views,
    look_up,
    read_filter,
)
from regulars.imports.actions.sample_data import is_sample_offered
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.api.listing import read_cursor, write_cursor
from regulars.platform.pages import figures, listing
from regulars.platform.problems import sentence
from regulars.platform.sessions import PageRequest

PAGE_SIZE: Final = 50
CARDS_SHOWN: Final = 2
ORDERS: Final[dict[str, Order]] = {"-added": "newest", "added": "oldest", "name": "name", "-name": "-name"}
COLUMNS: Final[dict[str, str | Promise]] = {
    "cards": gettext_lazy("Cards"),
    "tags": gettext_lazy("Tags"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "birthday": gettext_lazy("Birthday"),
    "language": gettext_lazy("Language"),
    "added": pgettext_lazy("since when", "Added"),
}
DEFAULT_COLUMNS: Final = ("cards", "tags", "added")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardMark:
    """A card in few letters."""

    name: str
    text: str
    is_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """A customer as the list shows them."""

    customer: CustomerView
    id: str
    url: str
    panel_url: str
    contact: str
    contact_is_code: bool
    phone: str
    birthday: str
    language: str
    cards: tuple[CardMark, ...]
    more_cards: int
    custom: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewTab:
    """A saved view as a tab; `is_changed` where the list shows something else by now."""

    line: SavedViewLine
    url: str
    is_current: bool
    is_changed: bool


def list_context(request: PageRequest, *, now: datetime) -> dict[str, Any]:
    """Everything the list needs, in a number of queries that does not depend on how long it is."""
    actor = request.actor
    types = list_card_types(actor) if actor.may("cards:read") else []
    fields = [one for one in list_field_views(actor.chain_id) if one.archived_at is None]
    views = list_views(actor, "customers")
    asked = request.GET.getlist("col")
    known = [*COLUMNS, *(f"custom:{one.key}" for one in fields)]
    columns = [name for name in known if name in asked] or list(DEFAULT_COLUMNS)
    tabs = [view_tab(request, line) for line in views]
    context: dict[str, Any] = {
        "now": now,
        "search_text": request.GET.get("q", "")[:200],
        "columns": columns,
        "all_columns": [*COLUMNS.items(), *((f"custom:{one.key}", one.name) for one in fields)],
        "custom_columns": [one for one in fields if f"custom:{one.key}" in columns],
        "types": [(encode("ctp", one.id), one.name) for one in types],
        "tags": list_tags(actor),
        "chips": chips_of(request, types),
        "filters_on": sum(bool(request.GET.get(name)) for name in FILTER_PARAMETERS),
        "clear_url": listing.address_with(request, **dict.fromkeys(("q", "open", *FILTER_PARAMETERS))),
        "list_query": list_query(request),
        "match_query": match_query(request),
        "here": list_url(request),
        "tabs": tabs,
        "current_tab": next((tab for tab in tabs if tab.is_current), None),
        "may_add_sample": lambda: is_sample_offered(request.actor, request.chain),
        "place_name": request.location.name if request.location else "",
        "is_filtered": bool(request.GET.get("q", "").strip() or any(request.GET.get(n) for n in FILTER_PARAMETERS)),
        "export_url": export_url(request),
        "import_url": reverse_or_none("imports:new") if actor.may("imports:write") else "",
        "bulk_url": reverse_or_none("cards:bulk_issue") if actor.may("cards:write") and types else "",
        "may_write": actor.may("customers:write"),
        "may_set": actor.may("settings:write"),
        "refused": "",
        "rows": [],
        "total": 0,
        "sub": "",
        "pager": listing.Pager(),
    }
    try:
        return context | _found(request, context["custom_columns"], now=now)
    except Refused as refused:
        if not isinstance(refused.refusal, AddALetter):
            raise
        return context | {"refused": sentence(refused.refusal)}


def match_query(request: PageRequest) -> str:
    """What says which customers the list means, the location in which one looks included; no order, no columns."""
    query = list_query(request, leave=("after", "before", "col", "order", "view", "location"))
    place = encode("loc", request.location.id) if request.location else ""
    return "&".join(filter(None, (query, place and f"location={place}")))


def _found(request: PageRequest, fields: Sequence[CustomFieldView], *, now: datetime) -> dict[str, Any]:
    actor, country = request.actor, request.chain.country
    asked = read_filter(request.META.get("QUERY_STRING", ""))
    wanted = replace(asked, here_id=request.location.id if request.location else None)
    wanted = look_up(actor, wanted, country=country)
    total = count_customers(actor, wanted, country=country)
    key = request.GET.get("order", "")
    order = ORDERS.get(key, "newest")
    after, before = (_cursor(order, request.GET.get(name)) for name in ("after", "before"))
    page = list_customers(
        actor, wanted, country=country, order=order, after=_place(after), before=_place(before), limit=PAGE_SIZE
    )
    start = max(0, int(before[2]) - PAGE_SIZE) if before else int(after[2]) if after else 0
    more = wanted.is_cut or total > COUNT_MAX
    sub = count_words(total, is_more=more)
    return {
        "rows": rows_of(request, page.customers, fields, now=now),
        "total": total,
        "is_more": more,
        "sub": sub,
        "pager": _pager(request, page, order=order, start=start, total=total, is_more=more, sub=sub),
        "search_is_cut": wanted.is_cut,
    }


def rows_of(
    request: PageRequest, customers: Sequence[CustomerView], fields: Sequence[CustomFieldView], *, now: datetime
) -> list[CustomerRow]:
    """The customers of a page with their newest cards, in three queries for all of them."""
    cards: dict[UUID, list[UUID]] = {}
    views: dict[UUID, CardView] = {}
    if request.actor.may("cards:read"):
        cards = list_card_ids(request.actor.chain_id, [one.id for one in customers], each=CARDS_SHOWN + 8)
        shown = [card for ids in cards.values() for card in ids[:CARDS_SHOWN]]
        views = list_cards_by_ids(request.actor.chain_id, shown, now=now)
    return [
        _row(request, one, [views[c] for c in cards.get(one.id, ())[:CARDS_SHOWN]], len(cards.get(one.id, ())), fields)
        for one in customers
    ]


def _row(
    request: PageRequest,
    one: CustomerView,
    cards: Sequence[CardView],
    held: int,
    fields: Sequence[CustomFieldView],
) -> CustomerRow:
    phone = words.phone_text(one.phone)
    # Under the title stands what is neither the title nor in a column of its own.
    columns = request.GET.getlist("col")
    contacts = [one.email or "" if "email" not in columns else "", phone if "phone" not in columns else ""]
    contact = next((text for text in contacts if text and text != (one.name or phone or one.email)), "")
    return CustomerRow(
        customer=one,
        id=encode("cus", one.id),
        url=customer_url(one.id),
        panel_url=panel_url(request, one.id),
        contact=contact,
        contact_is_code=contact == phone,
        phone=phone,
        birthday=words.birthday_text(one.birthday),
        language=words.language_name(one.language),
        cards=tuple(
            CardMark(
                name=card.type_name,
                text=words.card_text(card, request.chain.currency),
                is_full=bool(card.progress and card.progress.stamps >= card.progress.goal),
            )
            for card in cards
        ),
        more_cards=max(0, held - len(cards)),
        custom=tuple(words.custom_text(field, one.custom.get(field.key)) for field in fields),
    )


def chips_of(request: PageRequest, types: Sequence[CardTypeView]) -> list[listing.Chip]:
    """The filters that are on, each with a cross."""
    names = {encode("ctp", one.id): one.name for one in types}
    found = []
    if tag := request.GET.get("tag", ""):
        found.append((_("Tag"), tag, "tag"))
    if kind := request.GET.get("type", ""):
        found.append((_("Has a card"), names.get(kind, "?"), "type"))
    if request.GET.get("import", ""):
        found.append((_("From"), _("one import"), "import"))
    if request.GET.get("loyalty", "") == "off":
        found.append((_("Loyalty"), _("switched off"), "loyalty"))
    return [listing.chip(request, label=label, value=value, parameters=[name, "open"]) for label, value, name in found]


def view_tab(request: PageRequest, line: SavedViewLine) -> ViewTab:
    """A saved view as a tab of the list."""
    current = request.GET.get("view") == line.public_id
    query = f"{line.query}&" if line.query else ""
    return ViewTab(
        line=line,
        url=f"{list_url(request, leave=tuple(request.GET))}?{query}{urlencode({'view': line.public_id})}",
        is_current=current,
        is_changed=current and _as_set(list_query(request, leave=("view", "after", "before"))) != _as_set(line.query),
    )


def _as_set(query: str) -> frozenset[str]:
    return frozenset(part for part in query.split("&") if part)


def count_words(total: int, *, is_more: bool) -> str:
    """How many customers the list has, in words."""
    if is_more:
        return _("More than %(count)s customers") % {"count": figures.number(min(total, COUNT_MAX))}
    return ngettext("%(count)s customer", "%(count)s customers", total) % {"count": figures.number(total)}


def export_url(request: PageRequest) -> str:
    """Where the present list is exported; "" as long as nothing exports it, or for whoever may not."""
    url = reverse_or_none("exports:new") if request.actor.may("exports:write") else ""
    query = list_query(request, leave=("after", "before", "view"))
    return f"{url}?kind=customers{'&' + query if query else ''}" if url else ""


def _pager(
    request: PageRequest, page: CustomerPage, *, order: str, start: int, total: int, is_more: bool, sub: str
) -> listing.Pager:
    shown = len(page.customers)
    text = sub
    if shown and not is_more:
        text = _("%(first)s–%(last)s of %(total)s") % {
            "first": figures.number(start + 1),
            "last": figures.number(start + shown),
            "total": figures.number(total),
        }
    return listing.pager(
        request, after=_write(order, page.last, start + shown), before=_write(order, page.first, start), text=text
    )


def _write(order: str, place: tuple[str, UUID] | None, start: int) -> str | None:
    return write_cursor(f"customers-page:{order}", [place[0], str(place[1]), start]) if place else None


def _cursor(order: str, text: str | None) -> list[Any] | None:
    try:
        return cast("list[Any] | None", read_cursor(f"customers-page:{order}", text, length=3))
    except Refused:
        return None


def _place(position: list[Any] | None) -> tuple[str, UUID] | None:
    return (str(position[0]), UUID(str(position[1]))) if position else None
