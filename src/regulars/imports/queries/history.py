"""What the chain knows of a file's orders: keys, buyers, places, staff; a chunk in a few statements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from regulars.imports.queries.tables import Staging
from regulars.imports.rules.history import ROWS_MAX, OrderRow, Whose, whole_order
from regulars.imports.rules.problems import unpack_issue
from regulars.platform.database import execute, row, rows

# An order without a number is what it says: the same moment, buyer, total and place. Equal rows of a file are counted, so
# that two coffees in one minute are two orders, and the same file again is the same two.
NAMELESS: Final = """
UPDATE {rows} r SET order_key = 'no number ' || k.said || ' ' || k.turn FROM (
    SELECT "row", said, row_number() OVER (PARTITION BY said ORDER BY "row") AS turn FROM (
        SELECT "row", md5(concat_ws('|', ordered_at, coalesce(phone, number_key, email_key, external_id, search_name), total,
            price, quantity, lower(place), lower(product))) AS said FROM {rows} WHERE skip IS NULL
    ) s
) k WHERE k."row" = r."row"
"""
TOGETHER: Final = """
UPDATE {rows} r SET order_row = coalesce(k.first, r."row"), order_rows = coalesce(k.many, 1) FROM {rows} o
LEFT JOIN (SELECT order_key, min("row") AS first, count(*) AS many FROM {rows} WHERE skip IS NULL AND order_key IS NOT NULL
    GROUP BY 1) k ON k.order_key = o.order_key AND o.skip IS NULL
WHERE o."row" = r."row"
"""
SKIPPED: Final = """
INSERT INTO {plan} ("row", chunk, status, issue, warnings, before, after, fields)
SELECT "row", order_row / %(chunk_rows)s, CASE WHEN skip IS NULL THEN 'error' ELSE 'warning' END,
    CASE WHEN skip IS NULL THEN 'too_many_lines|order|' || %(most)s ELSE skip || '|' END, '{{}}', '{{}}', '{{}}',
    ARRAY['none', 'none']
FROM {rows} WHERE skip IS NOT NULL OR order_rows > %(most)s
"""
READ: Final = """
SELECT r."row", r.order_key, r.issues, r.phone, r.number, r.number_key, r.email, r.email_key, r.name, r.external_id,
    r.ordered_at, r.order_state, r.total, r.discount, r.shipping, r.tips, r.refunded, r.place, r.channel, r.seller, r.sku,
    r.product, r.category, r.quantity, r.price, r.line_discount, r.line_total, r.order_row
FROM {rows} r WHERE r.order_row >= %(first)s AND r.order_row < %(end)s AND r.skip IS NULL AND r.order_rows <= %(most)s
ORDER BY r.order_row, r."row"
"""
NUMBERS: Final = """
SELECT n.key, n.card_id, k.customer_id FROM card_numbers n JOIN cards k ON k.id = n.card_id AND k.status <> 'undone'
WHERE n.chain_id = %(chain)s AND n.key = ANY(%(numbers)s::text[])
"""
PHONES: Final = (
    "SELECT phone, customer_id FROM customer_phones WHERE chain_id = %(chain)s AND phone = ANY(%(phones)s::text[])"
)
WAITING: Final = """
SELECT DISTINCT ON (k.phone) k.phone, k.id FROM cards k
WHERE k.chain_id = %(chain)s AND k.phone = ANY(%(phones)s::text[]) AND k.customer_id IS NULL
    AND k.status NOT IN ('deleted', 'undone')
ORDER BY k.phone, k.id
"""
EXTERNAL: Final = """
SELECT external_id, id FROM customers WHERE chain_id = %(chain)s AND external_id = ANY(%(external)s::text[])
"""
EMAILS: Final = """
SELECT email_key, array_agg(id ORDER BY id) FROM customers
WHERE chain_id = %(chain)s AND email_key = ANY(%(emails)s::text[]) GROUP BY 1
"""
KEYS: Final = """
SELECT external_id FROM order_keys WHERE chain_id = %(chain)s AND external_id = ANY(%(keys)s::text[])
"""
PLACES: Final = (
    "SELECT id, name, external_id FROM locations WHERE chain_id = %s AND archived_at IS NULL ORDER BY id DESC"
)
STAFF: Final = """
SELECT s.id, g.name, g.email FROM staff s JOIN logins g ON g.id = s.login_id WHERE s.chain_id = %s ORDER BY s.id DESC
"""


@dataclass(frozen=True, slots=True)
class StagedOrder:
    """The rows of one order with whom the chain knows by them, and whether the order is here already."""

    rows: tuple[OrderRow, ...]
    whose: Whose
    is_known: bool


def put_together(tables: Staging, *, has_number: bool) -> None:
    """Say which rows are one order: those with one number; without numbers each row by itself."""
    if not has_number:
        execute(NAMELESS.format(rows=tables.rows))
    execute(TOGETHER.format(rows=tables.rows))


def plan_left_out(tables: Staging, *, chunk_rows: int) -> None:
    """Put the rows that are no orders, and those of endless orders, into the plan."""
    execute(SKIPPED.format(rows=tables.rows, plan=tables.plan), {"chunk_rows": chunk_rows, "most": ROWS_MAX})


def last_row(tables: Staging) -> int:
    """The last row of the file; 0 where it has none."""
    found = row(f'SELECT coalesce(max("row"), 0) FROM {tables.rows}')
    return int(found[0]) if found else 0


def read_orders(chain_id: UUID, tables: Staging, *, first: int, end: int) -> list[StagedOrder]:
    """The orders that begin in these rows, whole, with what the chain knows of them, in seven statements."""
    asked: dict[str, Any] = {"chain": chain_id, "first": first, "end": end, "most": ROWS_MAX}
    orders = [tuple(some) for some in _orders(rows(READ.format(rows=tables.rows), asked))]
    if not orders:
        return []
    wholes = [whole_order(one) for one in orders]
    asked |= {
        "numbers": _filled(one.number_key for one in wholes),
        "phones": _filled(one.phone for one in wholes),
        "external": _filled(one.external_id for one in wholes),
        "emails": _filled(one.email_key for one in wholes),
        "keys": _filled(one[0].key for one in orders),
    }
    numbers = {key: (card, customer) for key, card, customer in rows(NUMBERS, asked)} if asked["numbers"] else {}
    phones = dict(rows(PHONES, asked)) if asked["phones"] else {}
    waiting = dict(rows(WAITING, asked)) if asked["phones"] else {}
    external = dict(rows(EXTERNAL, asked)) if asked["external"] else {}
    emails = dict(rows(EMAILS, asked)) if asked["emails"] else {}
    known = {values[0] for values in rows(KEYS, asked)}
    found = []
    for one, whole in zip(orders, wholes, strict=True):
        card_id, holder = numbers.get(whole.number_key, (None, None))
        whose = Whose(
            card_id=card_id,
            by_number=holder,
            by_phone=phones.get(whole.phone),
            waiting_card=waiting.get(whole.phone),
            by_external_id=external.get(whole.external_id),
            by_email=tuple(emails.get(whole.email_key, ())),
        )
        found.append(StagedOrder(one, whose, one[0].key in known))
    return found


def read_places(chain_id: UUID) -> dict[str, UUID]:
    """Locations by what a file may call them: the name, or the external id."""
    return {name.casefold(): place_id for place_id, *names in rows(PLACES, [chain_id]) for name in names if name}


def read_staff(chain_id: UUID) -> dict[str, UUID]:
    """Staff by name and e-mail."""
    return {name.casefold(): staff_id for staff_id, *names in rows(STAFF, [chain_id]) for name in names if name}


def _orders(found: Sequence[Sequence[Any]]) -> Iterator[list[OrderRow]]:
    for _, some in groupby(found, key=lambda values: values[27]):
        yield [_row(values) for values in some]


def _row(values: Sequence[Any]) -> OrderRow:
    (number, key, issues, *said, _first) = values
    fields = dict(zip(_FIELDS, said, strict=True))
    return OrderRow(row=number, key=key, issues=tuple(unpack_issue(one) for one in issues), **fields)


_FIELDS: Final = (
    "phone", "number", "number_key", "email", "email_key", "name", "external_id", "at", "state", "total", "discount", "shipping",
    "tips", "refunded", "place", "channel", "seller", "sku", "product", "category", "quantity", "price", "line_discount", "line_total",
)  # fmt: skip


def _filled(values: Any) -> list[str]:
    return sorted({value for value in values if value})
