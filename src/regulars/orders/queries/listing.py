"""The list of orders: lean rows, newest first, with what they are about; a search by what stands on a receipt or a card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.cards.queries.search import cards_in_hand
from regulars.customers.queries import CustomerFilter, find_customer_by_phone, list_customers
from regulars.kernel.ids import decode
from regulars.kernel.phone import parse_phone
from regulars.platform.actor import Actor
from regulars.platform.database import row, rows

COUNT_MAX: Final = 10_000
PEOPLE_MAX: Final = 50
STATES: Final[dict[str, tuple[str, ...]]] = {
    "open": ("open",),
    "paid": ("paid",),
    "completed": ("completed",),
    "cancelled": ("cancelled",),
    "refunded": ("partly_refunded", "refunded"),
}
"""What a list may be narrowed to; what came back in part counts as refunded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Which orders the list shows; what is None or empty does not matter."""

    search: str = ""
    states: tuple[str, ...] = ()
    location_id: UUID | None = None
    channel: str = ""
    customer_id: UUID | None = None
    card_id: UUID | None = None
    import_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineView:
    """An order as a row of the list."""

    id: UUID
    external_id: str | None
    state: str
    at: datetime
    starts_at: datetime | None
    currency: str
    total: int
    refunded: int
    discount_total: int
    channel: str
    customer_name: str
    phone: str
    card_number: str
    place_name: str
    first_line: str
    lines: int
    is_imported: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of the list; `first` and `last` are where the pages before and after go on, None at its ends."""

    orders: tuple[OrderLineView, ...]
    first: UUID | None = None
    last: UUID | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """A filter as conditions on `orders o`, with their parameters."""

    conditions: tuple[str, ...]
    parameters: dict[str, Any]


SELECT: Final = """
SELECT o.id, o.external_id, o.state, o.at, o.starts_at, o.currency, o.total, o.refunded, o.discount_total, o.channel,
    coalesce(nullif(c.name, ''), c.email, ''),
    coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = o.customer_id
        ORDER BY p.position, p.phone LIMIT 1), o.phone, ''),
    coalesce(k.number, ''), coalesce(l.name, ''),
    coalesce((SELECT coalesce(nullif(n.name, ''), n.sku) FROM order_lines n
        WHERE n.order_id = o.id AND n.chain_id = o.chain_id ORDER BY n.position LIMIT 1), ''),
    (SELECT count(*) FROM order_lines n WHERE n.order_id = o.id AND n.chain_id = o.chain_id), o.import_id IS NOT NULL
FROM (
    SELECT * FROM orders o WHERE {conditions} ORDER BY o.id {direction} LIMIT %(limit)s
) o
LEFT JOIN customers c ON c.id = o.customer_id
LEFT JOIN cards k ON k.id = o.card_id
LEFT JOIN locations l ON l.id = o.location_id
ORDER BY o.id {direction}
"""


def meaning_of(actor: Actor, wanted: ListFilter, *, country: str) -> Meant:
    """What a filter means, as the actor may see it: a search is looked up first. Refuses: Forbidden, AddALetter."""
    actor.require("orders:read")
    conditions = ["o.chain_id = %(chain)s", "o.state <> 'undone'"]
    parameters: dict[str, Any] = {"chain": actor.chain_id}
    for condition, name, value in (
        ("o.state = ANY(%(states)s)", "states", list(wanted.states)),
        ("o.location_id = %(location)s", "location", wanted.location_id),
        ("o.channel = %(channel)s", "channel", wanted.channel),
        ("o.customer_id = %(customer)s", "customer", wanted.customer_id),
        ("o.card_id = %(card)s", "card", wanted.card_id),
        ("o.import_id = %(import)s", "import", wanted.import_id),
        ("o.at >= %(start)s", "start", wanted.start),
        ("o.at < %(end)s", "end", wanted.end),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    if wanted.start is not None:
        # Ids are in the order of recording, those of an imported history in the order of its times, and nothing is recorded much before its time: the index need not go on.
        conditions.append("o.id >= %(floor)s")
        parameters["floor"] = _floor(wanted.start - timedelta(days=1))
    if actor.location_ids is not None:
        conditions.append("(o.location_id IS NULL OR o.location_id = ANY(%(places)s::uuid[]))")
        parameters["places"] = list(actor.location_ids)
    if text := wanted.search.strip():
        conditions.append(
            "(o.id = ANY(%(found)s::uuid[]) OR o.customer_id = ANY(%(people)s::uuid[])"
            " OR o.card_id = ANY(%(cards)s::uuid[]))"
        )
        parameters |= _look_up(actor, text, country=country)
    return Meant(tuple(conditions), parameters)


def count_orders(meant: Meant) -> int:
    """How many orders are meant; COUNT_MAX + 1 stands for more."""
    inner = f"SELECT 1 FROM orders o WHERE {' AND '.join(meant.conditions)} LIMIT {COUNT_MAX + 1}"
    found = row(f"SELECT count(*) FROM ({inner}) AS found", meant.parameters)
    assert found is not None
    return int(found[0])


def list_order_page(
    meant: Meant, *, after: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> OrderPage:
    """One page, newest first: what follows `after`, or what comes just before `before`."""
    conditions, parameters = list(meant.conditions), {**meant.parameters, "limit": limit + 1}
    if after is not None:
        conditions.append("o.id < %(after)s")
        parameters["after"] = after
    elif before is not None:
        conditions.append("o.id > %(before)s")
        parameters["before"] = before
    is_backward = after is None and before is not None
    statement = SELECT.format(conditions=" AND ".join(conditions), direction="ASC" if is_backward else "DESC")
    found = rows(statement, parameters)
    has_more = len(found) > limit
    shown = [_view(values) for values in found[:limit]]
    if is_backward:
        shown.reverse()
    if not shown:
        return OrderPage(())
    has_next = is_backward or has_more
    has_previous = has_more if is_backward else after is not None
    return OrderPage(tuple(shown), shown[0].id if has_previous else None, shown[-1].id if has_next else None)


def _look_up(actor: Actor, text: str, *, country: str) -> dict[str, Any]:
    """The orders, people and cards that a text names."""
    own = decode("ord", text)
    keyed = rows(
        "SELECT order_id FROM order_keys WHERE chain_id = %s AND external_id = %s", [actor.chain_id, text[:200]]
    )
    phone = parse_phone(text, country) if any(map(str.isdigit, text)) else None
    people: Sequence[UUID] = ()
    if phone:
        known = find_customer_by_phone(actor.chain_id, phone)
        people = (known,) if known else ()
    elif len(text) > 1 and actor.may("customers:read"):
        page = list_customers(actor, CustomerFilter(search=text), country=country, limit=PEOPLE_MAX)
        people = [one.id for one in page.customers]
    return {
        "found": [*([own] if own else []), *(values[0] for values in keyed)],
        "people": list(people),
        "cards": cards_in_hand(actor.chain_id, text, country=country),
    }


def _floor(at: datetime) -> UUID:
    """The smallest id that could have been made at a moment."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def _view(values: Sequence[Any]) -> OrderLineView:
    names = OrderLineView.__dataclass_fields__
    return OrderLineView(**dict(zip(names, values, strict=True)))
