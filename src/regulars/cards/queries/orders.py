"""In which order the list of cards stands, and where a page of it begins: what each order is as SQL (CRD-4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from regulars.cards.queries.cards import TABLES

SORTED_MAX: Final = 10_000
"""Orders that no index serves are offered for lists up to this many cards (DESIGN section 4)."""

Order = Literal[
    "-issued", "issued", "number", "-number", "name", "-name", "balance", "-balance", "activity", "-activity"
]
Edge = tuple[str, UUID]
"""Where a page of a list begins or ends: the order's value of its card, as text, and the card's id."""

ORDERS: Final[tuple[Order, ...]] = (
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
INDEXED: Final = ("issued", "number", "name")
"""Orders that an index serves: they are offered for lists of any length."""

_NOBODY: Final = UUID(int=0)
_BALANCE: Final = (
    "coalesce((SELECT max(a.balance) FROM accounts a JOIN balance_types b ON b.id = a.balance_type_id"
    " WHERE a.card_id = k.id AND b.id = coalesce(t.shown_balance_id, (SELECT d.id FROM balance_types d"
    " WHERE d.program_id = t.program_id ORDER BY array_position(ARRAY['stamps','points','deposit','status'], d.kind),"
    " d.position, d.id LIMIT 1))), 0)"
)
# A name can stand on many cards: those of one customer stay together. The two are one text in the place of a page.
_NAME: Final = "coalesce(c.search_name, '') || chr(10) || coalesce(k.customer_id::text, '')"
_SORTED_BY: Final[dict[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "issued": ("k.id::text", ()),
    "number": ("k.number", (("k.number", "text"),)),
    "name": (_NAME, (("coalesce(c.search_name, '')", "text"), (f"coalesce(k.customer_id, '{_NOBODY}')", "uuid"))),
    "balance": (_BALANCE, ((_BALANCE, "bigint"),)),
    "activity": (
        "coalesce(k.last_activity_at, k.issued_at)",
        (("coalesce(k.last_activity_at, k.issued_at)", "timestamptz"),),
    ),
}
_OF_PEOPLE: Final = (
    "customers c JOIN cards k ON k.customer_id = c.id JOIN card_types t ON t.id = k.card_type_id",
    (("c.search_name", "text"), ("c.id", "uuid")),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the list as SQL: its tables, conditions beside the filter's, order, and the value kept for its place."""

    tables: str
    conditions: tuple[str, ...]
    by: str
    value: str
    parameters: dict[str, Any]


def is_indexed(order: str) -> bool:
    """Whether this order is offered for lists of any length."""
    return order.lstrip("-") in INDEXED


def stretches(order: Order, edge: Edge | None, *, backwards: bool, is_long: bool) -> Iterator[Stretch]:
    """What to read one after the other until a page is full: what follows `edge`, or lies before it in reverse.

    `is_long` says that the list is too long to be sorted. By name its cards are then read along the customers'
    index, and those that no customer holds, whose name is the empty one, apart from them.
    """
    key, descending = order.lstrip("-"), order.startswith("-") is not backwards
    value, columns = _SORTED_BY[key]
    if key != "name" or not is_long:
        yield _stretch(TABLES, (), columns, value, _values(key, edge), descending=descending)
        return
    held = bool(edge and _values(key, edge)[1] != _NOBODY)
    for of_people in (True, False) if descending else (False, True):
        if edge and of_people is not held and held is not descending:
            # The place lies in the stretch that comes second.
            continue
        reached = _values(key, edge) if edge and of_people is held else ()
        if of_people:
            yield _stretch(
                _OF_PEOPLE[0], ("c.chain_id = %(chain)s",), _OF_PEOPLE[1], value, reached, descending=descending
            )
        else:
            yield _stretch(TABLES, ("k.customer_id IS NULL",), (), value, reached[-1:], descending=descending)


def _values(key: str, edge: Edge | None) -> tuple[Any, ...]:
    if edge is None:
        return ()
    if key == "issued":
        return (edge[1],)
    if key != "name":
        return edge
    name, _break, holder = edge[0].partition("\n")
    return name, UUID(holder) if holder else _NOBODY, edge[1]


def _stretch(
    tables: str,
    conditions: tuple[str, ...],
    columns: tuple[tuple[str, str], ...],
    value: str,
    reached: tuple[Any, ...],
    *,
    descending: bool,
) -> Stretch:
    compare, direction = ("<", "DESC") if descending else (">", "ASC")
    columns = (*columns, ("k.id", "uuid"))
    names = [name for name, _kind in columns]
    places = [f"%(edge_{number})s::{kind}" for number, (_name, kind) in enumerate(columns)]
    if reached:
        conditions += (f"({', '.join(names)}) {compare} ({', '.join(places)})",)
        if "c.id" in names:
            # The whole row of values spans two tables, which no index can look up; its first two are one index.
            conditions += (f"({', '.join(names[:-1])}) {compare}= ({', '.join(places[:-1])})",)
    return Stretch(
        tables=tables,
        conditions=conditions,
        by=", ".join(f"{name} {direction}" for name in names),
        value=f"({value})::text",
        parameters={f"edge_{number}": one for number, one in enumerate(reached)},
    )
