"""Statistics of customers, folded from events in batches, so that no order writes to a customer (CUS-5, DESIGN section 4).

Totals are reckoned anew from what is there, never added to: an event that comes twice, or late, changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from regulars.cards.events import CARD_ASSIGNED, CARD_CLAIMED, CARD_DELETED
from regulars.customers.events import CUSTOMER_ENTERED
from regulars.kernel.ids import decode
from regulars.ledger.events import BALANCE_CHANGED
from regulars.orders.events import HISTORY_CHANGED, ORDER_KINDS
from regulars.orders.rules.statistics import DAYS_LOOKED_AT, average_interval, usual_interval
from regulars.platform.database import execute, row, rows
from regulars.platform.dispatch.delivery import NumberedEvent

STATISTICS_KINDS: Final = ORDER_KINDS | {
    HISTORY_CHANGED, CARD_CLAIMED, CARD_ASSIGNED, CARD_DELETED, CUSTOMER_ENTERED, BALANCE_CHANGED,
}  # fmt: skip
"""Beside orders: cards that bring opening figures along. An import tells of new cards by the change of their balances."""
CUSTOMERS_AT_ONCE: Final = 2_000

BUYERS: Final = """
SELECT coalesce(o.customer_id, k.customer_id) FROM orders o LEFT JOIN cards k ON k.id = o.card_id
WHERE o.chain_id = %(chain)s AND o.id = ANY(%(orders)s::uuid[]) AND coalesce(o.customer_id, k.customer_id) IS NOT NULL
UNION
SELECT k.customer_id FROM cards k
WHERE k.chain_id = %(chain)s AND k.id = ANY(%(cards)s::uuid[]) AND k.customer_id IS NOT NULL
    AND (EXISTS (SELECT FROM opening_figures f WHERE f.card_id = k.id)
        OR EXISTS (SELECT FROM orders o WHERE o.card_id = k.id AND o.customer_id IS NULL))
UNION
SELECT f.customer_id FROM opening_figures f
WHERE f.chain_id = %(chain)s AND f.customer_id IS NOT NULL
    AND (f.card_id = ANY(%(cards)s::uuid[]) OR f.customer_id = ANY(%(customers)s::uuid[]))
"""
# An order of an unclaimed card and an opening entry belong to whoever holds the card: it brings them along.
TOTALS: Final = """
WITH counted AS (
    SELECT customer_id, sold, paid, 1::bigint AS visits, at AS first_at, at AS last_at
    FROM counted_orders WHERE chain_id = %(chain)s AND customer_id = ANY(%(customers)s::uuid[])
    UNION ALL
    SELECT k.customer_id, o.sold, o.paid, 1, o.at, o.at
    FROM cards k JOIN counted_orders o ON o.card_id = k.id AND o.customer_id IS NULL
    WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[])
    UNION ALL
    SELECT k.customer_id, f.sold, f.paid, f.visits, f.first_visit::timestamp AT TIME ZONE %(zone)s,
        f.last_visit::timestamp AT TIME ZONE %(zone)s
    FROM cards k JOIN opening_figures f ON f.card_id = k.id
    WHERE k.chain_id = %(chain)s AND k.customer_id = ANY(%(customers)s::uuid[]) AND k.status <> 'undone'
    UNION ALL
    SELECT f.customer_id, f.sold, f.paid, f.visits, f.first_visit::timestamp AT TIME ZONE %(zone)s,
        f.last_visit::timestamp AT TIME ZONE %(zone)s
    FROM opening_figures f
    WHERE f.chain_id = %(chain)s AND f.customer_id = ANY(%(customers)s::uuid[]) AND f.card_id IS NULL
)
SELECT c.id, least(coalesce(sum(n.sold), 0), 9e18)::bigint, least(coalesce(sum(n.paid), 0), 9e18)::bigint,
    least(coalesce(sum(n.visits), 0), 2e9)::int,
    min(n.first_at), max(n.last_at), (min(n.first_at) AT TIME ZONE %(zone)s)::date,
    (max(n.last_at) AT TIME ZONE %(zone)s)::date
FROM customers c LEFT JOIN counted n ON n.customer_id = c.id
WHERE c.chain_id = %(chain)s AND c.id = ANY(%(customers)s::uuid[])
GROUP BY c.id ORDER BY c.id
"""
DAYS: Final = """
SELECT wanted.id, came.days FROM unnest(%(customers)s::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT array_agg(latest.day) AS days FROM (
        SELECT (o.at AT TIME ZONE %(zone)s)::date AS day FROM counted_orders o
        WHERE o.chain_id = %(chain)s AND o.customer_id = wanted.id
        UNION
        SELECT (o.at AT TIME ZONE %(zone)s)::date FROM cards k
        JOIN counted_orders o ON o.card_id = k.id AND o.customer_id IS NULL
        WHERE k.chain_id = %(chain)s AND k.customer_id = wanted.id
        ORDER BY 1 DESC LIMIT %(most)s
    ) latest
) came
"""
WRITE: Final = """
INSERT INTO customer_statistics AS kept
    (customer_id, chain_id, sold, paid, visits, first_at, last_at, interval_days)
SELECT one.customer_id, %(chain)s, one.sold, one.paid, one.visits, one.first_at, one.last_at, one.interval_days
FROM unnest(%(ids)s::uuid[], %(sold)s::bigint[], %(paid)s::bigint[], %(visits)s::int[], %(first)s::timestamptz[],
    %(last)s::timestamptz[], %(intervals)s::int[])
    AS one (customer_id, sold, paid, visits, first_at, last_at, interval_days)
ON CONFLICT (customer_id) DO UPDATE SET sold = excluded.sold, paid = excluded.paid, visits = excluded.visits,
    first_at = excluded.first_at, last_at = excluded.last_at, interval_days = excluded.interval_days
"""


def fold_statistics(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
    """Bring the statistics of everybody whom these events concern up to date."""
    orders = sorted({order for event in events if event.kind in ORDER_KINDS for order in orders_named(event)})
    cards = sorted({card for event in events if _brings_figures(event) for card in event.card_ids})
    customers = sorted({one for event in events if event.kind == CUSTOMER_ENTERED for one in customers_named(event)})
    # Of orders that are gone nothing tells any more whose they were.
    named = [one for event in events if event.kind == HISTORY_CHANGED for one in customers_named(event)]
    if orders or cards or customers or named:
        asked = {"chain": chain_id, "orders": orders, "cards": cards, "customers": customers}
        recount_statistics(chain_id, [*named, *(values[0] for values in rows(BUYERS, asked))])


def recount_statistics(chain_id: UUID, customer_ids: Iterable[UUID]) -> None:
    """Reckon the statistics of these customers anew, in the running unit of work: after an order, a claim, a merge."""
    wanted = sorted(set(customer_ids))
    if not wanted:
        return
    zone = row("SELECT time_zone FROM chains WHERE id = %s", [chain_id])
    assert zone is not None
    for start in range(0, len(wanted), CUSTOMERS_AT_ONCE):
        _recount(chain_id, wanted[start : start + CUSTOMERS_AT_ONCE], zone=zone[0])


def _recount(chain_id: UUID, customers: list[UUID], *, zone: str) -> None:
    asked: dict[str, Any] = {"chain": chain_id, "customers": customers, "zone": zone, "most": DAYS_LOOKED_AT}
    days: dict[UUID, list[date]] = {customer: came or [] for customer, came in rows(DAYS, asked)}
    totals = rows(TOTALS, asked)
    if not totals:
        return
    ids, sold, paid, visits, first, last, first_days, last_days = (list(column) for column in zip(*totals, strict=True))
    intervals = [
        usual_interval(days.get(one, [])) or average_interval(times, begun, ended)
        for one, times, begun, ended in zip(ids, visits, first_days, last_days, strict=True)
    ]
    written = {"ids": ids, "sold": sold, "paid": paid, "visits": visits, "first": first, "last": last}
    execute(WRITE, asked | written | {"intervals": intervals})


def orders_named(event: NumberedEvent) -> list[UUID]:
    """The orders that an event of orders is about: one, or those of a batch."""
    named = [event.payload.get("order_id"), *event.payload.get("order_ids", ())]
    return [found for text in named if isinstance(text, str) and (found := decode("ord", text) or _as_uuid(text))]


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _brings_figures(event: NumberedEvent) -> bool:
    if event.kind == BALANCE_CHANGED:
        return event.payload.get("kind") == "import"
    return event.kind in (CARD_CLAIMED, CARD_ASSIGNED, CARD_DELETED, HISTORY_CHANGED)


def customers_named(event: NumberedEvent) -> list[UUID]:
    """The customers that an import's event is about."""
    named = event.payload.get("customers", ())
    return [found for text in named if isinstance(text, str) and (found := decode("cus", text))]
