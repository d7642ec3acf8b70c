"""Who has begun to collect something by a promotion, and how much: a statement for each kind of promise (ORD-13).

Each answers `subject_id` (a customer, a card that nobody has claimed, or an order), `customer_id`, `card_id`, `amount` and
`is_ready`, and looks at no more rows than it is asked for.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.platform.database import execute, row, rows
from regulars.promotions.rules.facts import HistoryScope
from regulars.promotions.rules.promised import Orders, Promise, Rates, Rests, Rewards, Uses, Visits

PEOPLE_MAX: Final = 100_000
"""So many are counted; beyond, the answer says that there are more."""

_LIVE: Final = "k.status IN ('active', 'blocked') AND k.card_type_id = ANY(%(card_types)s::uuid[])"
_RESTS: Final = f"""
SELECT coalesce(k.customer_id, k.id) AS subject_id, k.customer_id, k.id AS card_id, r.money AS amount, false AS is_ready,
    k.id AS place
FROM carried_rests r JOIN cards k ON k.id = r.card_id AND {_LIVE}
WHERE r.chain_id = %(chain)s AND r.promotion_id = %(promotion)s AND r.money > 0
"""
_REWARDS: Final = f"""
SELECT coalesce(k.customer_id, k.id) AS subject_id, k.customer_id, k.id AS card_id, a.balance AS amount,
    a.balance >= %(price)s AS is_ready, k.id AS place
FROM accounts a JOIN cards k ON k.id = a.card_id AND {_LIVE}
WHERE a.chain_id = %(chain)s AND a.balance_type_id = %(balance_type)s AND a.balance > 0
"""
_USES: Final = """
SELECT u.holder_id AS subject_id, c.id AS customer_id, CASE WHEN c.id IS NULL THEN u.holder_id END AS card_id,
    CASE WHEN %(was)s::bigint IS NULL THEN 0
        ELSE greatest(0, %(was)s::bigint - u.uses) - greatest(0, %(becomes)s::bigint - u.uses) END AS amount,
    false AS is_ready, u.holder_id AS place
FROM promotion_uses u LEFT JOIN customers c ON c.id = u.holder_id
WHERE u.chain_id = %(chain)s AND u.promotion_id = %(promotion)s AND u.day = date '0001-01-01' AND u.uses > 0
    AND (%(was)s::bigint IS NULL AND u.uses >= %(becomes)s::bigint
        OR greatest(0, %(was)s::bigint - u.uses) > greatest(0, %(becomes)s::bigint - u.uses))
"""
# An order of a card belongs to whoever holds the card now.
_BOUGHT: Final = """
CROSS JOIN LATERAL (
    SELECT count(*) AS visits, coalesce(sum(o.sold), 0)::bigint AS sold, coalesce(sum(o.paid), 0)::bigint AS paid FROM (
        SELECT o.id, o.at, o.sold, o.paid FROM counted_orders o
        WHERE o.chain_id = %(chain)s AND o.customer_id = s.customer_id
        UNION ALL
        SELECT o.id, o.at, o.sold, o.paid FROM cards k JOIN counted_orders o ON o.card_id = k.id AND o.customer_id IS NULL
        WHERE k.chain_id = %(chain)s AND k.customer_id = s.customer_id
    ) o
    WHERE (%(since)s::timestamptz IS NULL OR o.at >= %(since)s::timestamptz)
        AND (%(locations)s::uuid[] IS NULL OR EXISTS (SELECT FROM orders n WHERE n.id = o.id
            AND n.location_id = ANY(%(locations)s::uuid[])))
) n
"""
_VISITS: Final = f"""
SELECT s.customer_id AS subject_id, s.customer_id, NULL::uuid AS card_id,
    CASE WHEN %(is_every)s THEN n.visits %% %(number)s ELSE n.visits END AS amount,
    CASE WHEN %(is_every)s THEN n.visits %% %(number)s ELSE n.visits END = %(number)s - 1 AS is_ready,
    s.customer_id AS place
FROM customer_statistics s {_BOUGHT}
WHERE s.chain_id = %(chain)s AND s.visits > 0
    AND CASE WHEN %(is_every)s THEN n.visits %% %(number)s > 0 ELSE n.visits > 0 AND n.visits < %(number)s END
"""
_RATES: Final = f"""
SELECT s.customer_id AS subject_id, s.customer_id, NULL::uuid AS card_id, m.measured AS amount, false AS is_ready,
    s.customer_id AS place
FROM customer_statistics s {_BOUGHT}
CROSS JOIN LATERAL (
    SELECT CASE %(over)s WHEN 'visits' THEN n.visits WHEN 'sold' THEN n.sold ELSE n.paid END AS measured
) m
WHERE s.chain_id = %(chain)s AND EXISTS (
    SELECT FROM jsonb_to_recordset(%(spans)s::jsonb) AS span (least bigint, below bigint)
    WHERE m.measured >= span.least AND (span.below IS NULL OR m.measured < span.below))
"""
_ORDERS: Final = """
SELECT o.id AS subject_id, o.customer_id, o.card_id, coalesce((
        SELECT (v.value ->> 'discount')::bigint FROM jsonb_array_elements(o.verdicts) v
        WHERE v.value ->> 'promotion' = %(promotion)s::text), 0) AS amount,
    coalesce(o.reserved_until > %(now)s, false) AS is_ready, o.id AS place
FROM orders o
WHERE o.chain_id = %(chain)s AND o.state = 'open'
    AND o.verdicts @> jsonb_build_array(jsonb_build_object('promotion', %(promotion)s::text, 'applied', true))
"""


@dataclass(frozen=True, slots=True)
class Loss:
    """A promise that a change breaks: to how many, and how much of it there is together.

    `amount` counts money that waits, units collected, uses left, discounts of open orders, orders made; `ready` are those
    who have enough already, or orders that are reserved. With `is_more` there are more than were counted.
    """

    promise: Promise
    people: int
    amount: int
    ready: int
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Loser:
    """One of those: a customer or a card, or an order; `amount` is what they would lose. `place` pages the list."""

    place: UUID
    subject_id: UUID
    customer_id: UUID | None
    card_id: UUID | None
    amount: int
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """Of which promotion, for which cards, at which moment."""

    chain_id: UUID
    promotion_id: UUID
    card_type_ids: Sequence[UUID]
    zone: ZoneInfo
    now: datetime


def count_losses(ground: Ground, promises: Iterable[Promise]) -> list[Loss]:
    """How many hold each of these promises; those that nobody holds are left out."""
    return [loss for one in promises if (loss := _count(ground, one)).people]


def _count(ground: Ground, promise: Promise) -> Loss:
    statement, values = _asked(ground, promise)
    counted = (
        "SELECT count(*), coalesce(sum(amount), 0)::bigint, count(*) FILTER (WHERE is_ready)"
        f" FROM (SELECT amount, is_ready FROM ({statement}) p LIMIT %(most)s) q"
    )
    found = row(counted, values | {"most": PEOPLE_MAX + 1})
    assert found is not None
    people, amount, ready = found
    return Loss(promise, min(people, PEOPLE_MAX), amount, ready, is_more=people > PEOPLE_MAX)


def list_losers(ground: Ground, promise: Promise, *, after: UUID | None, limit: int) -> list[Loser]:
    """Who holds a promise, in the order of their ids, at most `limit`; `after` is the last place already seen."""
    statement, values = _asked(ground, promise)
    paged = (
        f"SELECT place, subject_id, customer_id, card_id, amount, is_ready FROM ({statement}) p"
        " WHERE %(after)s::uuid IS NULL OR place > %(after)s ORDER BY place LIMIT %(limit)s"
    )
    return [Loser(*values) for values in rows(paged, values | {"after": after, "limit": limit})]


def keep_for(ground: Ground, kept_id: UUID, promise: Promise) -> int:
    """Write down that all who hold a promise keep it, in one statement; how many were not written down yet."""
    statement, values = _asked(ground, promise)
    return execute(
        "INSERT INTO kept_for (subject_id, kept_id, chain_id)"
        f" SELECT DISTINCT p.subject_id, %(kept)s::uuid, %(chain)s::uuid FROM ({statement}) p ON CONFLICT DO NOTHING",
        values | {"kept": kept_id},
    )


def _asked(ground: Ground, promise: Promise) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {
        "chain": ground.chain_id,
        "promotion": ground.promotion_id,
        "card_types": list(ground.card_type_ids),
        "now": ground.now,
        **_scope(HistoryScope(None, frozenset()), ground.zone),
    }
    match promise:
        case Rests():
            return _RESTS, values
        case Rewards():
            return _REWARDS, values | {"balance_type": UUID(promise.balance_type), "price": promise.amount}
        case Visits():
            return _VISITS, values | {"number": promise.number, "is_every": promise.is_every}
        case Uses():
            return _USES, values | {"was": promise.was, "becomes": promise.becomes}
        case Rates():
            spans = [{"least": least, "below": below} for least, below in promise.spans]
            more = {"over": promise.over, "spans": json.dumps(spans), **_scope(promise.scope, ground.zone)}
            return _RATES, values | more
        case Orders():
            return _ORDERS, values


def _scope(scope: HistoryScope, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "since": datetime.combine(scope.since, time.min, zone) if scope.since else None,
        "locations": sorted(map(UUID, scope.locations)) or None,
    }
