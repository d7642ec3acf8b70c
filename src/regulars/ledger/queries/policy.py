"""What an expiry policy means for lots that are there: the rule of `programs.rules.expiry` as SQL, for millions at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.platform.database import row, rows
from regulars.programs.rules.expiry import PERIOD_MONTHS, ExpiryPolicy

_LAST_DAYS: Final[dict[str, str]] = {
    "days": "{day} + {value}",
    "months": "({day} + make_interval(months => {value}))::date",
    "month_end": "(date_trunc('month', {day}::timestamp) + make_interval(months => {months}))::date - 1",
    "quarter_end": "(date_trunc('quarter', {day}::timestamp) + make_interval(months => {months}))::date - 1",
    "year_end": "(date_trunc('year', {day}::timestamp) + make_interval(months => {months}))::date - 1",
}


@dataclass(frozen=True, slots=True)
class Effect:
    """Whose balances a policy touches, and how much; what of it ends with the next night, and when the first of the rest.

    Of those touched, `balances_sooner` lose time: something of theirs ends before it would have.
    """

    balances: int
    units: int
    balances_at_once: int
    units_at_once: int
    first_end: datetime | None
    balances_sooner: int = 0
    units_sooner: int = 0


@dataclass(frozen=True, slots=True)
class Touched:
    """One balance that a policy touches: `units` that end before they would have, and when the first of them does."""

    account_id: UUID
    card_id: UUID
    customer_id: UUID | None
    units: int
    ends_at: datetime | None


def lot_end_sql(policy: ExpiryPolicy, starts_at: str) -> str:
    """SQL for `lot_end`: `starts_at` is an SQL moment, %(zone)s the chain's zone. NULL where lots have no end of their own."""
    if policy.kind not in _LAST_DAYS:
        return "NULL::timestamptz"
    last = _LAST_DAYS[policy.kind].format(
        day=f"({starts_at} AT TIME ZONE %(zone)s)::date",
        value=int(policy.value),
        months=PERIOD_MONTHS.get(policy.kind, 0) * (policy.value + 1),
    )
    return f"(({last}) + 1)::timestamp AT TIME ZONE %(zone)s"


def new_end_sql(old: ExpiryPolicy, new: ExpiryPolicy, *, from_now: bool) -> str:
    """SQL for the end that a lot `l` is to have; as it was where it was given an end of its own and not by the old policy."""
    counted = "greatest(l.activates_at, %(decided_at)s)" if from_now else "l.activates_at"
    by_policy = f"l.expires_at IS NOT DISTINCT FROM ({lot_end_sql(old, 'l.activates_at')})"
    return f"CASE WHEN {by_policy} THEN {lot_end_sql(new, counted)} ELSE l.expires_at END"


def effect_on_lots(
    chain_id: UUID,
    balance_type_id: UUID,
    old: ExpiryPolicy,
    new: ExpiryPolicy,
    *,
    from_now: bool,
    zone: ZoneInfo,
    now: datetime,
) -> Effect:
    """Count what a policy would change for lots that are there, in one pass over them."""
    statement = f"""
        SELECT count(DISTINCT account_id) FILTER (WHERE is_changed), coalesce(sum(remaining) FILTER (WHERE is_changed), 0),
            count(DISTINCT account_id) FILTER (WHERE is_changed AND ends_at <= %(decided_at)s),
            coalesce(sum(remaining) FILTER (WHERE is_changed AND ends_at <= %(decided_at)s), 0),
            min(ends_at) FILTER (WHERE is_changed AND ends_at > %(decided_at)s),
            count(DISTINCT account_id) FILTER (WHERE is_sooner), coalesce(sum(remaining) FILTER (WHERE is_sooner), 0)
        FROM (
            SELECT f.*, f.ends_at IS DISTINCT FROM f.expires_at AS is_changed,
                f.ends_at < coalesce(f.expires_at, 'infinity') AS is_sooner FROM (
                SELECT l.account_id, l.remaining, l.expires_at, {new_end_sql(old, new, from_now=from_now)} AS ends_at
                FROM accounts a JOIN lots l ON l.account_id = a.id
                WHERE a.chain_id = %(chain)s AND a.balance_type_id = %(balance_type)s AND l.remaining > 0
                    AND (l.expires_at IS NULL OR l.expires_at > %(decided_at)s)
            ) f
        ) g
    """
    values = {"chain": chain_id, "balance_type": balance_type_id, "zone": zone.key, "decided_at": now}
    return _effect(row(statement, values))


def effect_on_balances(
    chain_id: UUID, balance_type_id: UUID, *, before: datetime, now: datetime
) -> tuple[Effect, datetime | None]:
    """Count what a policy over whole balances would mean; also from when the time of the first of the others counts.

    `before` is the moment before which a balance must have been last used to end at once.
    """
    found = row(
        """
        SELECT count(*), coalesce(sum(units), 0), count(*) FILTER (WHERE counted_from < %(before)s),
            coalesce(sum(units) FILTER (WHERE counted_from < %(before)s), 0), NULL,
            min(counted_from) FILTER (WHERE counted_from >= %(before)s)
        FROM (
            SELECT l.units, greatest(coalesce(a.last_order_at, k.issued_at), l.first) AS counted_from
            FROM accounts a JOIN cards k ON k.id = a.card_id
            CROSS JOIN LATERAL (
                SELECT sum(remaining) AS units, min(activates_at) AS first FROM lots
                WHERE account_id = a.id AND remaining > 0
            ) l
            WHERE a.chain_id = %(chain)s AND a.balance_type_id = %(balance_type)s AND a.balance > 0 AND l.units > 0
        ) f
        """,
        {"chain": chain_id, "balance_type": balance_type_id, "before": before, "now": now},
    )
    assert found is not None
    # A whole balance that may end was not to end as a whole before.
    return _effect((*found[:5], found[0], found[1])), found[5]


def list_touched_lots(
    chain_id: UUID,
    balance_type_id: UUID,
    old: ExpiryPolicy,
    new: ExpiryPolicy,
    *,
    from_now: bool,
    zone: ZoneInfo,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> list[Touched]:
    """The balances of which something ends before it would have, in the order of their ids, at most `limit`."""
    statement = f"""
        SELECT a.id, k.id, k.customer_id, f.units, f.ends_at
        FROM accounts a JOIN cards k ON k.id = a.card_id
        CROSS JOIN LATERAL (
            SELECT sum(f.remaining)::bigint AS units, min(f.ends_at) AS ends_at FROM (
                SELECT l.remaining, l.expires_at, {new_end_sql(old, new, from_now=from_now)} AS ends_at FROM lots l
                WHERE l.account_id = a.id AND l.remaining > 0
                    AND (l.expires_at IS NULL OR l.expires_at > %(decided_at)s)
            ) f WHERE f.ends_at < coalesce(f.expires_at, 'infinity')
        ) f
        WHERE a.chain_id = %(chain)s AND a.balance_type_id = %(balance_type)s AND a.balance > 0 AND f.units > 0
            AND (%(after)s::uuid IS NULL OR a.id > %(after)s)
        ORDER BY a.id LIMIT %(limit)s
    """
    values = {
        "chain": chain_id,
        "balance_type": balance_type_id,
        "zone": zone.key,
        "decided_at": now,
        "after": after,
        "limit": limit,
    }
    return [Touched(*found) for found in rows(statement, values)]


def list_touched_balances(
    chain_id: UUID, balance_type_id: UUID, *, before: datetime | None, after: UUID | None, limit: int
) -> list[Touched]:
    """The whole balances that were last used before a moment (None: all of them), in the order of their ids."""
    found = rows(
        """
        SELECT a.id, k.id, k.customer_id, l.units, NULL
        FROM accounts a JOIN cards k ON k.id = a.card_id
        CROSS JOIN LATERAL (
            SELECT sum(remaining)::bigint AS units, min(activates_at) AS first FROM lots
            WHERE account_id = a.id AND remaining > 0
        ) l
        WHERE a.chain_id = %(chain)s AND a.balance_type_id = %(balance_type)s AND a.balance > 0 AND l.units > 0
            AND (%(before)s::timestamptz IS NULL
                OR greatest(coalesce(a.last_order_at, k.issued_at), l.first) < %(before)s::timestamptz)
            AND (%(after)s::uuid IS NULL OR a.id > %(after)s)
        ORDER BY a.id LIMIT %(limit)s
        """,
        {"chain": chain_id, "balance_type": balance_type_id, "before": before, "after": after, "limit": limit},
    )
    return [Touched(*values) for values in found]


def _effect(found: Any) -> Effect:
    assert found is not None
    balances, units, balances_at_once, units_at_once, first_end, balances_sooner, units_sooner = found
    return Effect(
        balances=int(balances),
        units=int(units),
        balances_at_once=int(balances_at_once),
        units_at_once=int(units_at_once),
        first_end=first_end,
        balances_sooner=int(balances_sooner),
        units_sooner=int(units_sooner),
    )
