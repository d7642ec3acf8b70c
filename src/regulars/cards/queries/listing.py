"""The list of issued cards: filter, search, order, pages (CRD-4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from regulars.cards.queries.cards import COLUMNS, CardView, view_cards
from regulars.cards.queries.orders import SORTED_MAX, Edge, Order, Stretch, stretches
from regulars.cards.queries.search import EXISTING, LIVE, cards_in_hand, cards_of_phone, search_cards
from regulars.customers.queries import LIST_MILLISECONDS_MAX, LISTED_MAX
from regulars.customers.queries.search import ids_of_page, time_limit
from regulars.kernel.phone import parse_phone
from regulars.kernel.text import number_key
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

COUNT_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class CardFilter:
    """Which cards are meant. Deleted ones only where `status` asks for them; undone ones never.

    `location_id` is where a card was issued, `used_at_id` where it was issued or used. `here_id` is the place one
    looks from: its cards, and besides them any card that the search names by its full number or phone (ORG-1).
    `found` and `is_cut` are what the search found, once `look_up_cards` has asked.
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
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class CardPage:
    """One page of a list; `last` is where the next one goes on, `first` where the one before ends; None at the ends."""

    cards: tuple[CardView, ...]
    last: Edge | None
    first: Edge | None = None


def look_up_cards(actor: Actor, wanted: CardFilter, *, country: str) -> CardFilter:
    """The filter with its search run for a list (`found`), so that a count and its page ask it once.

    At most LISTED_MAX of each reading. Refuses: Forbidden, AddALetter.
    """
    actor.require("cards:read")
    if not wanted.search.strip() or wanted.found is not None:
        return wanted
    found = search_cards(
        actor.chain_id, wanted.search, country=country, with_deleted=bool(wanted.status), most=LISTED_MAX
    )
    return replace(wanted, found=found.ids, is_cut=found.is_cut)


def list_cards(
    actor: Actor,
    wanted: CardFilter,
    *,
    country: str,
    now: datetime,
    order: Order = "-issued",
    after: Edge | None = None,
    before: Edge | None = None,
    limit: int = 50,
    total: int | None = None,
) -> CardPage:
    """One page of the cards that a filter means, in a bounded number of queries: what follows `after` or precedes `before`.

    `total` is what `count_cards` said, for whoever has asked it. Refuses: Forbidden, AddALetter.
    """
    actor.require("cards:read")
    wanted = look_up_cards(actor, wanted, country=country)
    edge, backwards = before or after, before is not None
    if _is_search_alone(actor, wanted) and order in ("issued", "-issued"):
        # The ids alone say which ones stand on the page: fifty rows are read instead of hundreds.
        descending = (order == "-issued") is not backwards
        on_page = ids_of_page(wanted.found or (), edge and edge[1], descending=descending, most=limit + 1)
        wanted = replace(wanted, found=on_page)
    is_long = order in ("name", "-name") and not wanted.search.strip()
    if is_long and total is None:
        total = count_cards(actor, wanted, country=country)
    conditions, parameters = visible_sql(actor, wanted, country=country)
    parts = stretches(order, edge, backwards=backwards, is_long=is_long and (total or 0) > SORTED_MAX)
    with time_limit(LIST_MILLISECONDS_MAX):
        found = _read(parts, conditions, parameters, most=limit + 1)
    shown, has_more = found[:limit], len(found) > limit
    if backwards:
        shown.reverse()
    first, last = ((str(values[-1]), values[0]) for values in (shown[0], shown[-1])) if shown else (None, None)
    return CardPage(
        cards=tuple(view_cards(actor.chain_id, shown, now=now)),
        last=last if has_more or backwards else None,
        first=first if (has_more if backwards else after) else None,
    )


def _read(
    parts: Iterable[Stretch], conditions: Sequence[str], parameters: dict[str, Any], *, most: int
) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    for part in parts:
        found += rows(
            f"SELECT {COLUMNS}, {part.value} FROM {part.tables} WHERE {' AND '.join((*conditions, *part.conditions))}"
            f" ORDER BY {part.by} LIMIT %(limit)s",
            parameters | part.parameters | {"limit": most - len(found)},
        )
        if len(found) >= most:
            break
    return found


def count_cards(actor: Actor, wanted: CardFilter, *, country: str) -> int:
    """How many cards a filter means, counted up to COUNT_MAX + 1. Refuses: Forbidden, AddALetter."""
    wanted = look_up_cards(actor, wanted, country=country)
    if _is_search_alone(actor, wanted):
        return len(wanted.found or ())
    conditions, parameters = visible_sql(actor, wanted, country=country)
    with time_limit(LIST_MILLISECONDS_MAX):
        found = row(
            f"SELECT count(*) FROM (SELECT FROM cards k WHERE {' AND '.join(conditions)} LIMIT %(most)s) AS counted",
            parameters | {"most": COUNT_MAX + 1},
        )
    return int(found[0]) if found else 0


def _is_search_alone(actor: Actor, wanted: CardFilter) -> bool:
    is_everywhere = actor.location_ids is None
    return (
        is_everywhere
        and wanted.found is not None
        and replace(wanted, search="", found=None, is_cut=False) == CardFilter()
    )


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
        conditions.append(f"k.status = %(status)s AND {EXISTING}")
        parameters["status"] = wanted.status
    else:
        conditions.append(LIVE)
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
        if wanted.found is None:
            found = search_cards(chain_id, wanted.search, country=country, with_deleted=bool(wanted.status)).ids
        else:
            found = wanted.found
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
