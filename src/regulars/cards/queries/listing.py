"""The list of issued cards: filter, search, order, pages (CRD-4)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from regulars.cards.queries.cards import COLUMNS, TABLES, CardView, view_cards
from regulars.customers.queries import (
    CANDIDATES_MAX,
    PHONE_DIGITS_MIN,
    after_prefix,
    phone_ranges,
    search_names,
    search_phones,
)
from regulars.customers.queries.search import search_by_beginning, search_by_email
from regulars.customers.rules import read_search
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.kernel.text import number_key, search_form
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

COUNT_MAX: Final = 10_000
SORTED_MAX: Final = 10_000
"""Orders that no index serves are offered for lists up to this many cards (DESIGN section 4)."""

Order = Literal[
    "-issued", "issued", "number", "-number", "name", "-name", "balance", "-balance", "activity", "-activity"
]
ORDERS: Final = (
    "-issued",
    "issued",
    "number",
    "-number",
    "name",
    "-name",
    "balance",
    "-balance",
    "activity",
    "-activity",
)
ORDER_VALUES: Final = {
    "number": ("k.number", "text"),
    "name": ("coalesce(c.search_name, '')", "text"),
    "balance": (
        (
            "coalesce((SELECT max(a.balance) FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id"
            " WHERE a.card_id = k.id AND b.id = coalesce(t.shown_balance_id, (SELECT d.id FROM balance_types d"
            " WHERE d.program_id = t.program_id ORDER BY array_position(ARRAY['stamps','points','deposit','status'], d.kind),"
            " d.position, d.id LIMIT 1))), 0)"
        ),
        "bigint",
    ),
    "activity": ("coalesce(k.last_activity_at, k.issued_at)", "timestamptz"),
}


@dataclass(frozen=True, slots=True)
class CardFilter:
    """Which cards are meant. Deleted ones only where `status` asks for them; undone ones never.

    `location_id` is where a card was issued, `used_at_id` where it was issued or used. `here_id` is the place one
    looks from: its cards, and besides them any card that the search names by its full number or phone (ORG-1).
    """

    search: str = ""
    number: str = ""
    short_number: str = ""
    phone: str = ""
    customer_id: UUID | None = None
    card_type_id: UUID | None = None
    status: str = ""
    platform: str = ""
    location_id: UUID | None = None
    used_at_id: UUID | None = None
    here_id: UUID | None = None
    import_id: UUID | None = None
    holder: Literal["", "customer", "unclaimed", "blank"] = ""
    found: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class CardPage:
    """One page of a list; `last` is where the next one goes on, `first` where the one before ends; None at the ends."""

    cards: tuple[CardView, ...]
    last: tuple[str, UUID] | None
    first: tuple[str, UUID] | None = None


def look_up_cards(actor: Actor, wanted: CardFilter, *, country: str) -> CardFilter:
    """The filter with its search run (`found`), so that a count and its page ask it once. Refuses: Forbidden, AddALetter."""
    actor.require("cards:read")
    if not wanted.search.strip() or wanted.found is not None:
        return wanted
    return replace(wanted, found=tuple(search_cards(actor.chain_id, wanted.search, country=country)))


def list_cards(
    actor: Actor,
    wanted: CardFilter,
    *,
    country: str,
    now: datetime,
    order: Order = "-issued",
    after: tuple[str, UUID] | None = None,
    before: tuple[str, UUID] | None = None,
    limit: int = 50,
) -> CardPage:
    """One page of the cards that a filter means, in three queries: what follows `after`, or what stands before `before`.

    Refuses: Forbidden, AddALetter.
    """
    actor.require("cards:read")
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    _limit_to_places(actor, wanted, conditions, parameters, country=country)
    edge = before or after
    key, descending = order.lstrip("-"), order.startswith("-") != (before is not None)
    compare, direction = ("<", "DESC") if descending else (">", "ASC")
    if key == "issued":
        value, keyset, by = "k.id::text", f"k.id {compare} %(edge_id)s", f"k.id {direction}"
    else:
        value, kind = ORDER_VALUES[key]
        keyset = f"({value}, k.id) {compare} (%(edge_value)s::{kind}, %(edge_id)s)"
        by = f"{value} {direction}, k.id {direction}"
    if edge:
        conditions.append(keyset)
        parameters |= {"edge_value": edge[0], "edge_id": edge[1]}
    where = " AND ".join(conditions)
    if key == "issued" and wanted.search.strip():
        # A search means up to two thousand cards: their ids are sorted first, and only the page's rows are joined.
        where = f"k.id = ANY(ARRAY(SELECT k.id FROM cards k WHERE {where} ORDER BY {by} LIMIT %(limit)s))"
    found = rows(
        f"SELECT {COLUMNS}, ({value})::text FROM {TABLES} WHERE {where} ORDER BY {by} LIMIT %(limit)s",
        parameters | {"limit": limit + 1},
    )
    shown, has_more = found[:limit], len(found) > limit
    if before:
        shown.reverse()
    first, last = ((str(values[-1]), values[0]) for values in (shown[0], shown[-1])) if shown else (None, None)
    return CardPage(
        cards=tuple(view_cards(actor.chain_id, shown, now=now)),
        last=last if has_more or before else None,
        first=first if (has_more if before else after) else None,
    )


def count_cards(actor: Actor, wanted: CardFilter, *, country: str) -> int:
    """How many cards a filter means, counted up to COUNT_MAX + 1."""
    actor.require("cards:read")
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    _limit_to_places(actor, wanted, conditions, parameters, country=country)
    found = row(
        f"SELECT count(*) FROM (SELECT FROM {TABLES} WHERE {' AND '.join(conditions)} LIMIT %(most)s) AS counted",
        parameters | {"most": COUNT_MAX + 1},
    )
    return int(found[0]) if found else 0


def visible_sql(actor: Actor, wanted: CardFilter, *, country: str) -> tuple[list[str], dict[str, Any]]:
    """The conditions of `filter_sql` with those of the locations that the actor is limited to."""
    conditions, parameters = filter_sql(actor.chain_id, wanted, country=country)
    _limit_to_places(actor, wanted, conditions, parameters, country=country)
    return conditions, parameters


def filter_sql(chain_id: UUID, wanted: CardFilter, *, country: str) -> tuple[list[str], dict[str, Any]]:
    """The conditions on `cards k` that a filter means, with their parameters."""
    conditions = ["k.chain_id = %(chain)s"]
    parameters: dict[str, Any] = {"chain": chain_id}
    if wanted.status:
        conditions.append("k.status = %(status)s AND k.status <> 'undone'")
        parameters["status"] = wanted.status
    else:
        conditions.append("k.status NOT IN ('deleted', 'undone')")
    for condition, name, value in (
        (
            (
                "k.id = (SELECT n.card_id FROM card_numbers n WHERE n.chain_id = %(chain)s AND n.key = %(number)s"
                " AND n.replaced_at IS NULL)"
            ),
            "number",
            number_key(wanted.number),
        ),
        (
            (
                "k.id = (SELECT n.card_id FROM card_short_numbers n WHERE n.chain_id = %(chain)s"
                " AND n.number = %(short_number)s AND n.freed_at IS NULL)"
            ),
            "short_number",
            wanted.short_number.replace(" ", ""),
        ),
        ("k.customer_id = %(customer)s", "customer", wanted.customer_id),
        ("k.card_type_id = %(card_type)s", "card_type", wanted.card_type_id),
        ("%(platform)s = ANY(k.platforms)", "platform", wanted.platform),
        ("k.issued_location_id = %(location)s", "location", wanted.location_id),
        ("k.import_id = %(import_id)s", "import_id", wanted.import_id),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    match wanted.holder:
        case "customer":
            conditions.append("k.customer_id IS NOT NULL")
        case "unclaimed":
            conditions.append("k.customer_id IS NULL AND k.phone IS NOT NULL")
        case "blank":
            conditions.append("k.customer_id IS NULL AND k.phone IS NULL")
    if wanted.phone:
        phone = parse_phone(wanted.phone, country) or wanted.phone
        conditions.append("k.id = ANY(%(phone_cards)s)")
        parameters["phone_cards"] = cards_of_phone(chain_id, phone)
    if wanted.search.strip():
        conditions.append("k.id = ANY(%(found)s)")
        found = search_cards(chain_id, wanted.search, country=country) if wanted.found is None else wanted.found
        parameters["found"] = list(found)
    if wanted.used_at_id:
        conditions.append(USED_AT)
        parameters["places"] = [wanted.used_at_id]
    return conditions, parameters


USED_AT: Final = """(k.issued_location_id = ANY(%(places)s::uuid[]) OR EXISTS (
    SELECT FROM entries e JOIN transactions x ON x.id = e.transaction_id
    WHERE e.card_id = k.id AND x.location_id = ANY(%(places)s::uuid[])))"""


def _limit_to_places(
    actor: Actor, wanted: CardFilter, conditions: list[str], parameters: dict[str, Any], *, country: str
) -> None:
    # Staff of some locations browse the cards of these; one that is shown at the till they find by its full number,
    # or by the full phone of its holder, wherever it was issued (ORG-1, ORG-2).
    own = actor.location_ids
    if wanted.here_id and (own is None or wanted.here_id in own):
        own = frozenset({wanted.here_id})
    if own is None:
        return
    named = wanted.search.strip() or wanted.number or wanted.short_number or wanted.phone
    conditions.append(f"({USED_AT.replace('places', 'own_places')} OR k.id = ANY(%(shown)s::uuid[]))")
    parameters["own_places"] = list(own)
    parameters["shown"] = cards_in_hand(actor.chain_id, named, country=country) if named else []


def cards_in_hand(chain_id: UUID, text: str, *, country: str) -> list[UUID]:
    """The cards that a full number, a full till number or the holder's full phone names: what is shown at a till."""
    key = number_key(text[:200])
    found = rows(
        """
        (SELECT card_id FROM card_numbers WHERE chain_id = %(chain)s AND key = %(key)s AND replaced_at IS NULL)
        UNION
        (SELECT card_id FROM card_short_numbers WHERE chain_id = %(chain)s AND number = %(key)s AND freed_at IS NULL)
        """,
        {"chain": chain_id, "key": key},
    )
    phone = parse_phone(text, country)
    return [*(values[0] for values in found), *(cards_of_phone(chain_id, phone) if phone else ())]


def cards_of_phone(chain_id: UUID, phone: str) -> list[UUID]:
    """The cards whose holder has this phone (E.164), unclaimed ones too; at most CANDIDATES_MAX."""
    found = rows(
        """
        (SELECT k.id FROM customer_phones p JOIN cards k ON k.customer_id = p.customer_id
            WHERE p.chain_id = %(chain)s AND p.phone = %(phone)s AND k.chain_id = %(chain)s LIMIT %(most)s)
        UNION
        (SELECT k.id FROM cards k WHERE k.chain_id = %(chain)s AND k.phone = %(phone)s AND k.customer_id IS NULL
            LIMIT %(most)s)
        """,
        {"chain": chain_id, "phone": phone, "most": CANDIDATES_MAX},
    )
    return [values[0] for values in found]


def search_cards(chain_id: UUID, text: str, *, country: str) -> list[UUID]:
    """The cards that one search box means: an id, a number, a till number, an e-mail, a phone, part of a name.

    At most CANDIDATES_MAX of each. Refuses: AddALetter.
    """
    cleaned = text.strip()[:200]
    card_id = decode("crd", cleaned)
    if card_id:
        return [card_id]
    if "@" in cleaned:
        return _cards_of_customers(chain_id, search_by_email(chain_id, cleaned))
    digits = "".join(character for character in cleaned if character.isdigit())
    found = set(_cards_by_number(chain_id, cleaned)) if any(map(str.isdigit, cleaned)) else set()
    if digits and not any(map(str.isalpha, cleaned)):
        if len(digits) >= PHONE_DIGITS_MIN:
            found |= set(_cards_by_phone(chain_id, cleaned, country=country))
        return list(found)[: 2 * CANDIDATES_MAX]
    words = read_search(cleaned)
    if words.parts:
        customers = search_names(words.parts, words.beginnings)
    else:
        customers = search_by_beginning(chain_id, search_form(cleaned))
    return [*found, *_cards_of_customers(chain_id, customers)]


def _cards_by_number(chain_id: UUID, text: str) -> list[UUID]:
    key = number_key(text)
    found = rows(
        """
        (SELECT card_id FROM card_numbers WHERE chain_id = %(chain)s AND key >= %(key)s AND key < %(end)s
            AND replaced_at IS NULL LIMIT %(most)s)
        UNION
        (SELECT card_id FROM card_short_numbers WHERE chain_id = %(chain)s AND number = %(key)s AND freed_at IS NULL)
        """,
        {"chain": chain_id, "key": key, "end": after_prefix(key), "most": CANDIDATES_MAX},
    )
    return [values[0] for values in found]


def _cards_by_phone(chain_id: UUID, text: str, *, country: str) -> list[UUID]:
    claimed = _cards_of_customers(chain_id, search_phones(chain_id, text, country=country))
    ranges = phone_ranges(text, country=country)
    sql = " UNION ".join(
        f"(SELECT id FROM cards WHERE chain_id = %s AND customer_id IS NULL AND phone IS NOT NULL"
        f" AND {one.column} >= %s AND {one.column} < %s LIMIT {CANDIDATES_MAX})"
        for one in ranges
    )
    parameters = [value for one in ranges for value in (chain_id, one.start, after_prefix(one.start))]
    return [*claimed, *(values[0] for values in rows(sql, parameters))]


def _cards_of_customers(chain_id: UUID, customer_ids: list[UUID]) -> list[UUID]:
    found = rows(
        "SELECT id FROM cards WHERE chain_id = %s AND customer_id = ANY(%s) LIMIT %s",
        [chain_id, customer_ids, CANDIDATES_MAX],
    )
    return [values[0] for values in found]
