"""The night's work: what has expired is posted off, what will expire is announced, in chunks that each stand alone.

Every chunk finds what is due by the state of the rows, so the work may be killed at any moment and begun again; it needs
no more memory for ten million lots than for ten thousand.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connections

from regulars.chains.queries import get_chain
from regulars.kernel.ids import new_stem
from regulars.platform.actor import system_actor
from regulars.platform.audit import Change, record, record_many
from regulars.platform.database import retried, row, rows, unit_of_work
from regulars.programs.models import BalanceType
from regulars.programs.queries import BalanceTypeView, view_balance_type
from regulars.programs.rules.expiry import inactive_since

LOTS_PER_CHUNK: Final = 5_000
SIDE_BY_SIDE: Final = 2
ACCOUNTS_PER_CHUNK: Final = 2_000
FIRST_MOMENT: Final = datetime(1, 1, 2, tzinfo=UTC)
FIRST_ID: Final = UUID(int=0)

EXPIRE: Final = """
SELECT seen, last_at, last_id, lots, accounts_changed, units
FROM regulars_expire_lots(%(chain)s, %(now)s, %(after_at)s, %(after_id)s, %(limit)s, %(part)s, %(parts)s, %(stem)s)
"""
LAPSE: Final = """
SELECT seen, last_id, lots, accounts_changed, units
FROM regulars_lapse_balances(%(chain)s, %(now)s, %(balance_type)s, %(before)s, %(after)s, %(limit)s, %(stem)s)
"""
HOLDS: Final = """
SELECT DISTINCT account_id FROM holds WHERE chain_id = %(chain)s AND state = 'active' AND expires_at <= %(now)s
ORDER BY account_id LIMIT %(limit)s
"""
LOCK: Final = "SELECT FROM accounts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
END_HOLDS: Final = "SELECT regulars_end_holds_of(%(ids)s::uuid[], %(now)s, false)"


@dataclass(slots=True)
class Expired:
    """What a night posted off."""

    lots: int = 0
    accounts: int = 0
    holds: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was due."""
        return not (self.lots or self.holds)


@dataclass(frozen=True, slots=True)
class Share:
    """Which of several that work at the same time this one is: each takes the accounts of its own."""

    part: int = 0
    parts: int = 1


@dataclass(slots=True)
class _Place:
    """How far a walk over lots or accounts has come."""

    at: datetime = FIRST_MOMENT
    id: UUID = FIRST_ID
    found: Expired = field(default_factory=Expired)


def expire_due(chain_id: UUID, now: datetime) -> Expired:
    """Post off all that has expired in a chain by `now`, and end holds whose time is over.

    Nothing goes below zero; what a hold has set aside stays until the hold ends, and expires then. Safe to run at any
    time, beside itself, and after a kill.
    """
    done = Expired(holds=end_timed_out_holds(chain_id, now))
    lots = _expire_lots_side_by_side(chain_id, now)
    lapsed = lapse_balances(chain_id, now)
    done.lots, done.accounts = lots.lots + lapsed.lots, lots.accounts + lapsed.accounts
    if not done.is_nothing:
        with unit_of_work(chain_id):
            record(
                system_actor(chain_id),
                verb="balances.expired",
                object_kind="chain",
                object_id=chain_id,
                now=now,
                after={"lots": done.lots, "balances": done.accounts, "holds": done.holds},
            )
    return done


def _expire_lots_side_by_side(chain_id: UUID, now: datetime) -> Expired:
    """One chunk; where it was a full one, the rest on several connections, each with accounts of its own."""
    done = expire_lots(chain_id, now, chunks_max=1)
    if done.lots < LOTS_PER_CHUNK:
        return done

    def work(part: int) -> Expired:
        try:
            return expire_lots(chain_id, now, share=Share(part, SIDE_BY_SIDE))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for more in pool.map(work, range(SIDE_BY_SIDE)):
            done.lots += more.lots
            done.accounts += more.accounts
    return done


def end_timed_out_holds(chain_id: UUID, now: datetime) -> int:
    """Book holds whose time is over as expired; what they had set aside was free already. Returns how many."""

    @retried
    def step() -> tuple[int, int]:
        with unit_of_work(chain_id):
            found = rows(HOLDS, {"chain": chain_id, "now": now, "limit": ACCOUNTS_PER_CHUNK})
            ids = [values[0] for values in found]
            if not ids:
                return 0, 0
            rows(LOCK, {"ids": ids})
            ended = row(END_HOLDS, {"ids": ids, "now": now})
            assert ended is not None
            return len(ids), int(ended[0])

    total = 0
    while True:
        seen, ended = step()
        total += ended
        if seen < ACCOUNTS_PER_CHUNK:
            return total


def expire_lots(
    chain_id: UUID,
    now: datetime,
    *,
    share: Share = Share(),
    limit: int = LOTS_PER_CHUNK,
    chunks_max: int | None = None,
    after_chunk: Callable[[], None] = lambda: None,
) -> Expired:
    """Post off the lots whose own end has come, chunk by chunk, soonest end first."""
    place, chunks = _Place(), 0

    @retried
    def step() -> bool:
        with unit_of_work(chain_id):
            found = row(
                EXPIRE,
                {
                    "chain": chain_id,
                    "now": now,
                    "after_at": place.at,
                    "after_id": place.id,
                    "limit": limit,
                    "part": share.part,
                    "parts": share.parts,
                    "stem": new_stem(),
                },
            )
        return _walked(place, found, limit)

    while step():
        chunks += 1
        after_chunk()
        if chunks == chunks_max:
            break
    return place.found


def _walked(place: _Place, found: tuple[Any, ...] | None, limit: int) -> bool:
    if found is None:
        return False
    seen, place.at, place.id, lots, accounts, _ = found
    place.found.lots += lots
    place.found.accounts += accounts
    return bool(seen == limit)


def lapse_balances(chain_id: UUID, now: datetime, *, limit: int = ACCOUNTS_PER_CHUNK) -> Expired:
    """Post off whole balances of those who have not earned or redeemed by an order for so many months (PRG-3)."""
    done = Expired()
    for balance_type, before in _lapsing(chain_id, now):
        after: UUID | None = FIRST_ID
        while after is not None:
            after = _lapse_chunk(chain_id, now, balance_type, before, after, done, limit=limit)
    return done


def _lapsing(chain_id: UUID, now: datetime) -> Iterator[tuple[UUID, datetime]]:
    with unit_of_work(chain_id):
        zone = ZoneInfo(get_chain(chain_id).time_zone)
        found = [view_balance_type(one) for one in BalanceType.objects.filter(chain_id=chain_id).order_by("id")]
    for one in found:
        if one.expiry.is_of_whole_balance:
            before = inactive_since(one.expiry, now, zone)
            if one.lapse_counts_from is None or one.lapse_counts_from < before:
                yield one.id, before


@retried
def _lapse_chunk(
    chain_id: UUID, now: datetime, balance_type: UUID, before: datetime, after: UUID, done: Expired, *, limit: int
) -> UUID | None:
    with unit_of_work(chain_id):
        found = row(
            LAPSE,
            {
                "chain": chain_id,
                "now": now,
                "balance_type": balance_type,
                "before": before,
                "after": after,
                "limit": limit,
                "stem": new_stem(),
            },
        )
    if found is None:
        return None
    seen, last_id, lots, accounts, _ = found
    done.lots += lots
    done.accounts += accounts
    return last_id if seen == limit else None


# One event for all lots of a card and balance type that end at the same moment; a lot is marked in the same statement, so
# that it is told once.
ANNOUNCE_LOTS: Final = """
WITH ending AS (
    SELECT l.id, l.account_id, l.card_id, l.expires_at, l.remaining FROM lots l
    WHERE l.chain_id = %(chain)s AND l.remaining > 0 AND l.expires_at > %(now)s AND l.expires_at <= %(until)s
        AND l.noticed_at IS NULL
        AND EXISTS (SELECT FROM accounts a WHERE a.id = l.account_id AND a.balance_type_id = %(balance_type)s)
    ORDER BY l.expires_at, l.id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE lots SET noticed_at = %(now)s FROM ending WHERE lots.id = ending.id AND lots.noticed_at IS NULL
    RETURNING ending.card_id, ending.expires_at, ending.remaining
), told AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT regulars_uuid7(), %(chain)s, %(now)s, 'points.expiring', ARRAY[card_id], '{}'::uuid[],
        jsonb_build_object('balance_type', %(name)s::text, 'expires_at', to_char(expires_at AT TIME ZONE 'UTC',
            'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'amount',
            round(sum(remaining) / power(10::numeric, %(decimals)s::int), %(decimals)s::int)::text)
    FROM marked GROUP BY card_id, expires_at
    RETURNING id, card_ids, payload
), queued AS (
    INSERT INTO event_queue (event_id, chain_id) SELECT id, %(chain)s FROM told
)
SELECT (SELECT count(*) FROM marked), card_ids[1], payload ->> 'amount', payload ->> 'expires_at'
FROM (SELECT 1) AS one LEFT JOIN told ON true
"""
ANNOUNCE_LAPSES: Final = """
WITH ending AS (
    SELECT a.id, a.card_id, f.counted_from,
        (SELECT coalesce(sum(l.remaining), 0) FROM lots l WHERE l.account_id = a.id AND l.remaining > 0
            AND l.activates_at <= %(now)s) AS units
    FROM accounts a
    CROSS JOIN LATERAL (
        SELECT greatest(coalesce(a.last_order_at, (SELECT k.issued_at FROM cards k WHERE k.id = a.card_id)),
            %(counts_from)s::timestamptz,
            (SELECT min(l.activates_at) FROM lots l WHERE l.account_id = a.id AND l.remaining > 0)) AS counted_from
    ) f
    WHERE a.chain_id = %(chain)s AND a.balance_type_id = %(balance_type)s AND a.balance > 0
        AND f.counted_from < %(counted_before)s AND f.counted_from >= %(before)s
        AND (a.lapse_noticed_at IS NULL OR a.lapse_noticed_at <= f.counted_from)
    ORDER BY a.id LIMIT %(limit)s
    FOR NO KEY UPDATE OF a
), marked AS (
    UPDATE accounts SET lapse_noticed_at = %(now)s FROM ending WHERE accounts.id = ending.id
), told AS (
    INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)
    SELECT regulars_uuid7(), %(chain)s, %(now)s, 'points.expiring', ARRAY[card_id], '{}'::uuid[],
        jsonb_build_object('balance_type', %(name)s::text, 'expires_at', to_char(
            (((counted_from AT TIME ZONE %(zone)s)::date + make_interval(months => %(months)s::int))::date + 1)
            ::timestamp AT TIME ZONE %(zone)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'amount',
            round(units / power(10::numeric, %(decimals)s::int), %(decimals)s::int)::text)
    FROM ending WHERE units > 0
    RETURNING id, card_ids, payload
), queued AS (
    INSERT INTO event_queue (event_id, chain_id) SELECT id, %(chain)s FROM told
)
SELECT (SELECT count(*) FROM ending), card_ids[1], payload ->> 'amount', payload ->> 'expires_at'
FROM (SELECT 1) AS one LEFT JOIN told ON true
"""


def announce_expiring(chain_id: UUID, now: datetime, *, limit: int = LOTS_PER_CHUNK) -> int:
    """Tell by an event what will end within the notice of its balance type: once per lot, never what is spent (PRG-4).

    Returns how many events were written. Safe to run at any time and after a kill.
    """
    with unit_of_work(chain_id):
        zone = get_chain(chain_id).time_zone
        found = [view_balance_type(one) for one in BalanceType.objects.filter(chain_id=chain_id).order_by("id")]
    told = 0
    for one in found:
        if one.notice_days is None or one.kind == "deposit":
            continue
        statement, values = _announcement(chain_id, one, ZoneInfo(zone), now=now, limit=limit)
        seen = limit
        while seen == limit:
            seen, more = _announce_chunk(chain_id, one.name, statement, values)
            told += more
    return told


def _announcement(
    chain_id: UUID, one: BalanceTypeView, zone: ZoneInfo, *, now: datetime, limit: int
) -> tuple[str, dict[str, Any]]:
    assert one.notice_days is not None
    until = now + timedelta(days=one.notice_days)
    values: dict[str, Any] = {
        "chain": chain_id,
        "balance_type": one.id,
        "name": one.external_id,
        "decimals": one.decimals,
        "now": now,
        "until": until,
        "limit": limit,
    }
    if not one.expiry.is_of_whole_balance:
        return ANNOUNCE_LOTS, values
    values |= {
        "zone": zone.key,
        "months": one.expiry.value,
        "counts_from": one.lapse_counts_from,
        "before": inactive_since(one.expiry, now, zone),
        "counted_before": inactive_since(one.expiry, until, zone),
    }
    return ANNOUNCE_LAPSES, values


@retried
def _announce_chunk(chain_id: UUID, name: str, statement: str, values: dict[str, Any]) -> tuple[int, int]:
    with unit_of_work(chain_id):
        found = rows(statement, values)
        told = [Change(object_id=card, after=_notice(name, amount, ends)) for _, card, amount, ends in found if card]
        record_many(system_actor(chain_id), verb="points.expiring", object_kind="card", changes=told, now=values["now"])
    return found[0][0], len(told)


def _notice(name: str, amount: str, ends_at: str) -> dict[str, str]:
    # It ends with the day before that moment, and that is the day people are told.
    until = datetime.fromisoformat(ends_at) - timedelta(seconds=1)
    return {"balance": name, "amount": amount, "until": until.isoformat()}
