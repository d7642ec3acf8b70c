"""What expires and when: on one card, and on all cards of a chain between two moments (CRD-5, PRG-4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.cards.queries.cards import policy_of
from regulars.platform.database import rows
from regulars.programs.rules.expiry import balance_end

LINES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Expiring:
    """An amount that ends at one time, in smallest units; `is_balance` where it is a whole balance for want of orders."""

    balance_type: str
    decimals: int
    amount: int
    expires_at: datetime
    is_balance: bool = False


@dataclass(frozen=True, slots=True)
class ExpiringOnCard:
    """An amount of a card that ends at one time."""

    card_id: UUID
    number: str
    customer_id: UUID | None
    customer_name: str
    balance_type: str
    balance_name: str
    kind: str
    decimals: int
    amount: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ExpiringSum:
    """What ends in a span of one balance type: how much, on how many cards."""

    balance_type: str
    name: str
    kind: str
    decimals: int
    amount: int
    cards: int


def list_expiring(chain_id: UUID, card_id: UUID, *, start: datetime, end: datetime | None) -> list[Expiring]:
    """What ends from `start` until before `end`, soonest first, one line per balance type and time."""
    found = rows(
        """
        SELECT b.external_id, b.decimals, sum(l.remaining)::bigint, l.expires_at
        FROM accounts a
        JOIN lots l ON l.account_id = a.id AND l.remaining > 0
        JOIN balance_types b ON b.id = a.balance_type_id
        WHERE a.chain_id = %(chain)s AND a.card_id = %(card)s AND l.expires_at >= %(start)s
            AND (%(end)s::timestamptz IS NULL OR l.expires_at < %(end)s)
        GROUP BY b.external_id, b.decimals, l.expires_at
        ORDER BY l.expires_at, b.external_id LIMIT %(most)s
        """,
        {"chain": chain_id, "card": card_id, "start": start, "end": end, "most": LINES_MAX},
    )
    of_lots = [Expiring(*values) for values in found]
    lapses = [
        one for one in _lapses(chain_id, card_id) if one.expires_at >= start and (end is None or one.expires_at < end)
    ]
    return sorted([*of_lots, *lapses], key=lambda one: (one.expires_at, one.balance_type))


LAPSES: Final = """
SELECT b.external_id, b.decimals, l.units, b.expiry::text, (SELECT c.time_zone FROM chains c WHERE c.id = a.chain_id),
    greatest(coalesce(a.last_order_at, k.issued_at), b.lapse_counts_from, l.first)
FROM accounts a
JOIN cards k ON k.id = a.card_id
JOIN balance_types b ON b.id = a.balance_type_id
CROSS JOIN LATERAL (
    SELECT sum(y.remaining)::bigint AS units, min(y.activates_at) AS first FROM lots y
    WHERE y.account_id = a.id AND y.remaining > 0
) l
WHERE a.chain_id = %(chain)s AND a.card_id = %(card)s AND b.expiry ->> 'kind' = 'inactive_months' AND l.units > 0
"""


def _lapses(chain_id: UUID, card_id: UUID) -> list[Expiring]:
    found = []
    for name, decimals, units, expiry, time_zone, counted_from in rows(LAPSES, {"chain": chain_id, "card": card_id}):
        ends_at = balance_end(policy_of(expiry), counted_from, ZoneInfo(time_zone))
        assert ends_at is not None
        found.append(Expiring(name, decimals, units, ends_at, is_balance=True))
    return found


# Lots by their own end, in the order of the index of what ends; whole balances by the time that their policy gives them.
ENDING: Final = """
SELECT l.card_id, l.account_id, l.remaining, l.expires_at
FROM lots l WHERE l.chain_id = %(chain)s AND l.remaining > 0 AND l.expires_at IS NOT NULL
    AND l.expires_at >= %(start)s AND l.expires_at < %(end)s
"""
LAPSING: Final = """
SELECT a.card_id, a.id, a.balance,
    (((f.counted_from AT TIME ZONE c.time_zone)::date + make_interval(months => (b.expiry ->> 'value')::int))::date + 1)
        ::timestamp AT TIME ZONE c.time_zone
FROM balance_types b
JOIN chains c ON c.id = b.chain_id
JOIN accounts a ON a.balance_type_id = b.id
JOIN cards k ON k.id = a.card_id
CROSS JOIN LATERAL (
    SELECT greatest(coalesce(a.last_order_at, k.issued_at), b.lapse_counts_from,
        (SELECT min(y.activates_at) FROM lots y WHERE y.account_id = a.id AND y.remaining > 0)) AS counted_from
) f
WHERE b.chain_id = %(chain)s AND b.expiry ->> 'kind' = 'inactive_months' AND a.balance > 0
"""
ENDS: Final = f"""
WITH ends AS (
    {ENDING} UNION ALL
    SELECT * FROM ({LAPSING}) AS w (card_id, account_id, remaining, expires_at)
    WHERE expires_at >= %(start)s AND expires_at < %(end)s
)
"""


def list_expiring_of_chain(
    chain_id: UUID, *, start: datetime, end: datetime, after: tuple[datetime, UUID, UUID] | None = None, limit: int = 50
) -> tuple[list[ExpiringOnCard], tuple[datetime, UUID, UUID] | None]:
    """One page of what ends from `start` until before `end` on all cards, soonest first; where the next page goes on."""
    values: dict[str, Any] = {"chain": chain_id, "start": start, "end": end, "limit": limit + 1}
    condition = ""
    if after is not None:
        condition = "WHERE (expires_at, card_id, account_id) > (%(at)s, %(card)s, %(account)s)"
        values |= {"at": after[0], "card": after[1], "account": after[2]}
    found = rows(
        f"""
        {ENDS}, lines AS (
            SELECT expires_at, card_id, account_id, sum(remaining)::bigint AS amount FROM ends
            GROUP BY expires_at, card_id, account_id
        ), page AS (SELECT * FROM lines {condition} ORDER BY expires_at, card_id, account_id LIMIT %(limit)s)
        SELECT page.card_id, k.number, k.customer_id, coalesce(c.name, ''), b.external_id, b.name, b.kind, b.decimals,
            page.amount, page.expires_at, page.account_id
        FROM page
        JOIN cards k ON k.id = page.card_id
        JOIN accounts a ON a.id = page.account_id
        JOIN balance_types b ON b.id = a.balance_type_id
        LEFT JOIN customers c ON c.id = k.customer_id
        ORDER BY page.expires_at, page.card_id, page.account_id
        """,
        values,
    )
    lines = [ExpiringOnCard(*line[:10]) for line in found[:limit]]
    if len(found) <= limit:
        return lines, None
    last = found[limit - 1]
    return lines, (last[9], last[0], last[10])


def sum_expiring_of_chain(chain_id: UUID, *, start: datetime, end: datetime) -> list[ExpiringSum]:
    """How much of each balance type ends from `start` until before `end`, and on how many cards."""
    found = rows(
        f"""
        {ENDS}
        SELECT b.external_id, b.name, b.kind, b.decimals, sum(ends.remaining)::bigint, count(DISTINCT ends.card_id)
        FROM ends JOIN accounts a ON a.id = ends.account_id JOIN balance_types b ON b.id = a.balance_type_id
        GROUP BY b.id ORDER BY b.position, b.id
        """,
        {"chain": chain_id, "start": start, "end": end},
    )
    return [ExpiringSum(*line) for line in found]
