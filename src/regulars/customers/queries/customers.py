"""Customers, one and in lists; scoped to the chain of the running unit of work."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.http import QueryDict

from regulars.customers.queries.places import OF_PLACES, customers_at_hand
from regulars.customers.queries.search import LISTED_MAX, ids_of_page, search_ids, time_limit
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.refusal import NotFound, Refused
from regulars.kernel.text import email_key
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, rows

COUNT_MAX: Final = 10_000
LIST_MILLISECONDS_MAX: Final = 3_000
NOTHING: Final = UUID(int=0)

Order = Literal["newest", "oldest", "name", "-name"]
Place = tuple[str, UUID]
"""Where a page of a list begins or ends: the name as search compares it, and the id."""


@dataclass(frozen=True, slots=True)
class CustomerView:
    """A customer as pages and the API show them; phones in their order, the first is the main one."""

    id: UUID
    external_id: str | None
    name: str
    phones: tuple[str, ...]
    email: str | None
    birthday: date | None
    language: str
    tags: tuple[str, ...]
    custom: dict[str, Any]
    comment: str
    version: int
    created_at: datetime
    loyalty_off: bool

    @property
    def phone(self) -> str | None:
        """The main phone."""
        return self.phones[0] if self.phones else None

    @property
    def label(self) -> str:
        """What a list calls them: the name, else phone or e-mail."""
        return self.name or self.phone or self.email or ""


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Which customers are meant. Everything given must hold; `ids` (chosen rows) limits to those.

    `found` is what the search found, once `look_up` has asked; the search is not run again then. `is_cut`: more match.
    `here_id` is the place one looks from: its customers, and besides them whoever the search names in full (ORG-1).
    `places` limits to the customers of these locations and to those `at_hand`, as `within_places` sets it.
    """

    search: str = ""
    tag: str = ""
    phone: str = ""
    email: str = ""
    import_id: UUID | None = None
    card_type_id: UUID | None = None
    loyalty_off: bool = False
    ids: tuple[UUID, ...] | None = None
    found: tuple[UUID, ...] | None = None
    is_cut: bool = False
    here_id: UUID | None = None
    places: tuple[UUID, ...] | None = None
    at_hand: tuple[UUID, ...] = ()

    @property
    def is_search_alone(self) -> bool:
        """Whether the search was looked up and nothing else is asked."""
        return self.found is not None and replace(self, search="", found=None, is_cut=False) == CustomerFilter()


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of a list. `last` is where the next page goes on, `first` where the one before ends; None at the ends."""

    customers: tuple[CustomerView, ...]
    last: Place | None = field(default=None)
    first: Place | None = field(default=None)


COLUMNS: Final = """
    c.id, c.external_id, c.name,
    ARRAY(SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone),
    c.email, c.birthday, c.language, c.tags, c.custom, c.comment, c.version, c.created_at, c.search_name, c.loyalty_off
"""
SORTED_BY: Final[dict[str, tuple[str, str]]] = {
    "newest": ("c.id", "DESC"),
    "oldest": ("c.id", "ASC"),
    "name": ("c.search_name", "ASC"),
    "-name": ("c.search_name", "DESC"),
}


TAGGED: Final = "t.chain_id = %(chain)s AND t.tag = %(tag)s"
# Read in the order of ids: a tag's customers lie so in its index, however rare the tag is and whatever statistics say.
TAGGED_TABLES: Final = "customer_tags t JOIN customers c ON c.id = t.customer_id"
HAS_CARD: Final = """
    EXISTS (SELECT FROM cards k WHERE k.customer_id = c.id AND k.card_type_id = %(card_type)s
        AND k.status NOT IN ('deleted', 'undone'))
"""


def view(values: Sequence[Any]) -> CustomerView:
    """The value of a row selected with COLUMNS."""
    return CustomerView(
        id=values[0],
        external_id=values[1],
        name=values[2],
        phones=tuple(values[3]),
        email=values[4],
        birthday=values[5],
        language=values[6],
        tags=tuple(values[7]),
        custom=json.loads(values[8]) if isinstance(values[8], str) else values[8],
        comment=values[9],
        version=values[10],
        created_at=values[11],
        loyalty_off=values[13],
    )


def access_customer(actor: Actor, identifier: str) -> CustomerView:
    """The customer with this id (`cus_…` or `ext:…`). Refuses: Forbidden, NotFound."""
    actor.require("customers:read")
    found = find_customer(actor.chain_id, identifier)
    if found is None:
        raise Refused(NotFound())
    return found


def find_customer(chain_id: UUID, identifier: str | UUID) -> CustomerView | None:
    """The customer with this id or external id, or None."""
    if isinstance(identifier, str) and identifier.startswith("ext:"):
        condition, value = "c.external_id = %s", identifier.removeprefix("ext:")
    else:
        decoded = identifier if isinstance(identifier, UUID) else decode("cus", identifier)
        if decoded is None:
            return None
        condition, value = "c.id = %s", str(decoded)
    found = row(f"SELECT {COLUMNS} FROM customers c WHERE c.chain_id = %s AND {condition}", [chain_id, value])
    return view(found) if found else None


def find_customer_by_phone(chain_id: UUID, phone: str) -> UUID | None:
    """Whose phone (E.164) this is."""
    found = row("SELECT customer_id FROM customer_phones WHERE chain_id = %s AND phone = %s", [chain_id, phone])
    return found[0] if found else None


def list_customers_by_ids(chain_id: UUID, ids: Iterable[UUID]) -> dict[UUID, CustomerView]:
    """These customers by id, in one query."""
    found = rows(f"SELECT {COLUMNS} FROM customers c WHERE c.chain_id = %s AND c.id = ANY(%s)", [chain_id, list(ids)])
    return {values[0]: view(values) for values in found}


def within_places(actor: Actor, wanted: CustomerFilter, *, country: str) -> CustomerFilter:
    """The filter as far as the actor sees: in a location one browses its customers, staff of some those of these (ORG-2).

    Whoever is named in full, by phone, e-mail, number or id, stands at the till and is found wherever they came from.
    """
    own = actor.location_ids
    if wanted.here_id and (own is None or wanted.here_id in own):
        own = frozenset({wanted.here_id})
    if own is None or wanted.places is not None:
        return wanted
    named = next((text for text in (wanted.search, wanted.phone, wanted.email) if text.strip()), "")
    at_hand = customers_at_hand(actor.chain_id, named, country=country) if named else ()
    return replace(wanted, here_id=None, places=tuple(sorted(own)), at_hand=at_hand)


def look_up(actor: Actor, wanted: CustomerFilter, *, country: str) -> CustomerFilter:
    """The filter with its search run for a list, so that a count and several pages ask it once.

    At most LISTED_MAX of each reading. Refuses: Forbidden, AddALetter.
    """
    actor.require("customers:read")
    wanted = within_places(actor, wanted, country=country)
    if not wanted.search.strip() or wanted.found is not None:
        return wanted
    found = search_ids(actor.chain_id, wanted.search, country=country, most=LISTED_MAX)
    return replace(wanted, found=tuple(found), is_cut=len(found) >= LISTED_MAX)


def list_customers(
    actor: Actor,
    wanted: CustomerFilter,
    *,
    country: str,
    order: Order = "newest",
    after: Place | None = None,
    before: Place | None = None,
    limit: int = 50,
) -> CustomerPage:
    """One page of the customers that a filter means: the one after a place, or the one before a place.

    A search is bounded: at most LISTED_MAX people of each reading are ordered. Refuses: Forbidden, AddALetter.
    """
    wanted = look_up(actor, wanted, country=country)
    backwards = before is not None
    if wanted.is_search_alone and order in ("newest", "oldest"):
        # The ids alone say which ones stand on the page: fifty rows are read instead of hundreds.
        place = before or after
        descending = (order == "newest") is not backwards
        on_page = ids_of_page(wanted.found or (), place and place[1], descending=descending, most=limit + 1)
        wanted = replace(wanted, found=on_page)
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    place = before or after
    if place:
        conditions.append(_place_sql(order, backwards))
        parameters |= {"place_name": place[0], "place_id": place[1]}
    with time_limit(LIST_MILLISECONDS_MAX):
        if wanted.tag and order in ("name", "-name") and _has_few(actor.chain_id, wanted.tag):
            # Sorted by themselves: a walk along all names would meet them hardly ever.
            conditions.append(f"c.id = ANY(ARRAY(SELECT t.customer_id FROM customer_tags t WHERE {TAGGED}))")
        found = rows(
            f"SELECT {COLUMNS} FROM {filter_tables(wanted)} WHERE {' AND '.join(conditions)}"
            f" ORDER BY {_order_sql(order, backwards)} LIMIT %(limit)s",
            parameters | {"limit": limit + 1},
        )
    shown = found[:limit][::-1] if backwards else found[:limit]
    has_more = len(found) > limit
    return CustomerPage(
        customers=tuple(view(values) for values in shown),
        last=_place(shown[-1]) if shown and (backwards or has_more) else None,
        first=_place(shown[0]) if shown and (has_more if backwards else after is not None) else None,
    )


def _has_few(chain_id: UUID, tag: str) -> bool:
    found = row(
        f"SELECT count(*) FROM (SELECT FROM customer_tags t WHERE {TAGGED} LIMIT %(most)s) AS tagged",
        {"chain": chain_id, "tag": tag, "most": COUNT_MAX + 1},
    )
    return found is not None and found[0] <= COUNT_MAX


def _order_sql(order: Order, backwards: bool) -> str:
    column, direction = SORTED_BY[order]
    if backwards:
        direction = {"ASC": "DESC", "DESC": "ASC"}[direction]
    return f"c.id {direction}" if column == "c.id" else f"{column} {direction}, c.id {direction}"


def _place_sql(order: Order, backwards: bool) -> str:
    column, direction = SORTED_BY[order]
    compare = ">" if (direction == "ASC") is not backwards else "<"
    if column == "c.id":
        return f"c.id {compare} %(place_id)s"
    return f"({column}, c.id) {compare} (%(place_name)s, %(place_id)s)"


def _place(values: Sequence[Any]) -> Place:
    return values[12], values[0]


def count_customers(actor: Actor, wanted: CustomerFilter, *, country: str) -> int:
    """How many customers a filter means, counted up to COUNT_MAX + 1; a search finds LISTED_MAX at most."""
    wanted = look_up(actor, wanted, country=country)
    if wanted.is_search_alone:
        return len(wanted.found or ())
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    tables = filter_tables(wanted)
    if wanted == CustomerFilter(tag=wanted.tag) and wanted.tag:
        tables, conditions = "customer_tags t", [TAGGED]
    with time_limit(LIST_MILLISECONDS_MAX):
        found = row(
            f"SELECT count(*) FROM (SELECT FROM {tables} WHERE {' AND '.join(conditions)} LIMIT %(most)s) AS matching",
            parameters | {"most": COUNT_MAX + 1},
        )
    return int(found[0]) if found else 0


def list_matching_ids(
    actor: Actor, wanted: CustomerFilter, *, country: str, after: UUID | None = None, limit: int = 1_000
) -> list[UUID]:
    """The ids that a filter means in ascending order, a slice at a time: for work on all that match."""
    actor.require("customers:read")
    wanted = within_places(actor, wanted, country=country)
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    if after:
        conditions.append("c.id > %(after)s")
    found = rows(
        f"SELECT c.id FROM {filter_tables(wanted)} WHERE {' AND '.join(conditions)} ORDER BY c.id LIMIT %(limit)s",
        parameters | {"after": after, "limit": limit},
    )
    return [values[0] for values in found]


def read_filter(query: str) -> CustomerFilter:
    """The filter that the query string of the customer list means; an id that cannot be read matches nobody."""
    given = QueryDict(query)
    return CustomerFilter(
        search=given.get("q", ""),
        tag=given.get("tag", ""),
        card_type_id=_read_id("ctp", given.get("type", "")),
        import_id=_read_id("imp", given.get("import", "")),
        here_id=_read_id("loc", given.get("location", "")),
        loyalty_off=given.get("loyalty") == "off",
    )


def _read_id(prefix: str, text: str) -> UUID | None:
    # An id that is none means no customer at all, never silently everybody.
    return (decode(prefix, text) or NOTHING) if text else None


def filter_tables(wanted: CustomerFilter) -> str:
    """The tables of `filter_sql`: `customers c`, with the tags `t` where one is asked for."""
    return TAGGED_TABLES if wanted.tag else "customers c"


def filter_sql(chain_id: UUID, wanted: CustomerFilter, *, country: str) -> tuple[list[str], dict[str, Any]]:
    """The conditions on `filter_tables` that a filter means, with their parameters. Refuses: AddALetter."""
    conditions = ["c.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": chain_id}
    if wanted.search.strip():
        conditions.append("c.id = ANY(%(found)s)")
        found = search_ids(chain_id, wanted.search, country=country) if wanted.found is None else wanted.found
        parameters["found"] = list(found)
    for condition, name, value in (
        (TAGGED, "tag", wanted.tag),
        (
            "c.id = (SELECT p.customer_id FROM customer_phones p WHERE p.chain_id = %(chain)s AND p.phone = %(phone)s)",
            "phone",
            wanted.phone and (parse_phone(wanted.phone, country) or wanted.phone),
        ),
        ("c.email_key = %(email)s", "email", wanted.email and email_key(wanted.email)),
        ("c.import_id = %(import_id)s", "import_id", wanted.import_id),
        (HAS_CARD, "card_type", wanted.card_type_id),
        ("c.loyalty_off", "loyalty_off", wanted.loyalty_off),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    if wanted.places is not None:
        conditions.append(OF_PLACES)
        parameters |= {"places": list(wanted.places), "at_hand": list(wanted.at_hand)}
    if wanted.ids is not None:
        conditions.append("c.id = ANY(%(ids)s)")
        parameters["ids"] = list(wanted.ids)
    return conditions, parameters


def lock_customer(chain_id: UUID, customer_id: UUID) -> bool:
    """Lock one customer's row until the end of the unit of work; False where there is none."""
    return (
        execute("SELECT FROM customers WHERE chain_id = %s AND id = %s FOR NO KEY UPDATE", [chain_id, customer_id]) > 0
    )
