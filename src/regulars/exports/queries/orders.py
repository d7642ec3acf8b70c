"""The rows of an export of orders: one order a line, as the list of orders means them (IMP-8)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from babel.numbers import get_currency_precision

from regulars.exports.rules.cells import Amount, Cell, phone_cell, tags_cell, time_cell
from regulars.exports.rules.filters import read_moment
from regulars.kernel.ids import decode, encode
from regulars.orders.queries.listing import STATES, ListFilter, meaning_of
from regulars.platform.actor import Actor
from regulars.platform.snapshot import Snapshot
from regulars.platform.tenancy import ChainSettings

TABLES: Final = """
orders o
LEFT JOIN customers c ON c.id = o.customer_id
LEFT JOIN cards k ON k.id = o.card_id
LEFT JOIN locations l ON l.id = o.location_id
WHERE """
COLUMNS: Final = """
o.id, o.external_id, o.at, o.state, k.number,
coalesce((SELECT p.phone FROM customer_phones p WHERE p.customer_id = c.id ORDER BY p.position, p.phone LIMIT 1), o.phone),
c.name, l.name, o.channel, o.starts_at, o.currency, o.total_before, o.discount_total, o.total, o.tax,
o.paid_by_balances, o.refunded, o.codes, c.external_id,
(SELECT count(*) FROM order_lines n WHERE n.order_id = o.id AND n.chain_id = o.chain_id)
"""
MONEY: Final[Mapping[str, int]] = {
    "total_before": 11, "discount": 12, "total": 13, "tax": 14, "paid_by_balances": 15, "refunded": 16,
}  # fmt: skip

Row = Sequence[Any]
Present = Callable[[Snapshot, list[tuple[Any, ...]]], Iterable[list[Cell]]]


def order_filter(kept: Mapping[str, str], *, chain: ChainSettings) -> ListFilter:
    """What the list of orders takes."""
    return ListFilter(
        search=kept.get("search", ""),
        states=STATES.get(kept.get("state", ""), ()),
        location_id=_id("loc", kept.get("location")),
        channel=kept.get("channel", ""),
        customer_id=_id("cus", kept.get("customer")),
        card_id=_id("crd", kept.get("card")),
        start=_moment(kept.get("from", ""), chain, is_end=False),
        end=_moment(kept.get("to", ""), chain, is_end=True),
    )


def order_source(
    actor: Actor, chain: ChainSettings, kept: Mapping[str, str], columns: Sequence[str]
) -> tuple[tuple[str, ...], str, dict[str, Any], Present]:
    """Headers, tables with conditions, parameters, and how rows become cells. Refuses: Forbidden, AddALetter."""
    meant = meaning_of(actor, order_filter(kept, chain=chain), country=chain.country)
    readers = _readers(chain, may_see_people=actor.may("customers:read"))
    headers = tuple(column for column in columns if column in readers)

    def present(_snapshot: Snapshot, batch: list[tuple[Any, ...]]) -> Iterable[list[Cell]]:
        for values in batch:
            yield [readers[header](values) for header in headers]

    return headers, TABLES + " AND ".join(meant.conditions), meant.parameters, present


def _readers(chain: ChainSettings, *, may_see_people: bool) -> dict[str, Callable[[Row], Cell]]:
    zone = chain.zone
    readers: dict[str, Callable[[Row], Cell]] = {
        "id": lambda v: encode("ord", v[0]),
        "external_id": lambda v: v[1],
        "at": lambda v: time_cell(v[2], zone),
        "state": lambda v: v[3],
        "number": lambda v: v[4],
        "phone": lambda v: phone_cell(v[5], chain.country) if may_see_people else "",
        "name": lambda v: v[6] if may_see_people else "",
        "location": lambda v: v[7],
        "channel": lambda v: v[8],
        "starts_at": lambda v: time_cell(v[9], zone),
        "codes": lambda v: tags_cell(v[17] or ()),
        "customer": lambda v: v[18] if may_see_people else "",
        "lines": lambda v: v[19],
    }
    return readers | {name: _money(position) for name, position in MONEY.items()}


def _money(position: int) -> Callable[[Row], Cell]:
    return lambda v: Amount(v[position], get_currency_precision(v[10]))


def _moment(text: str, chain: ChainSettings, *, is_end: bool) -> datetime | None:
    """A day begins, and as an end closes, at midnight of the chain's zone."""
    found = read_moment(text) if text else None
    if found is None or isinstance(found, datetime):
        return found
    return datetime.combine(found + timedelta(days=1) if is_end else found, time.min, tzinfo=chain.zone)


def _id(prefix: str, text: str | None) -> UUID | None:
    return decode(prefix, text) if text else None
