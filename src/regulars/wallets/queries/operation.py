"""How passes reached phones hour by hour, what took longest, and what is behind: what the page of operation shows (WAL-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from regulars.kernel.ids import new_id_at
from regulars.platform.database import rows

HOURS: Final = 24
LOOKED_BACK: Final = timedelta(hours=HOURS)
GIVEN_UP_FOR: Final = timedelta(days=7)
BEHIND_AFTER: Final = timedelta(minutes=15)
"""A phone that was told and has not asked after so long is switched off, away, or holds passes back."""
LISTED_MAX: Final = 20

# Ids are made in the order of time, so that the day is a range of the index and not a look at every event.
_BY_HOUR: Final = """
SELECT date_trunc('hour', e.at, %(zone)s), p.provider, count(*),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY e.wait_ms), percentile_disc(0.95) WITHIN GROUP (ORDER BY e.wait_ms),
    max(e.wait_ms)
FROM wallet_events e JOIN wallet_passes p ON p.id = e.pass_id
WHERE e.chain_id = %(chain)s AND e.id >= %(first)s AND e.kind = 'pushed'
GROUP BY 1, 2 ORDER BY 1 DESC, 2
"""
_SLOWEST: Final = """
SELECT k.id, k.number, p.provider, e.at, e.wait_ms, '' FROM wallet_events e
JOIN wallet_passes p ON p.id = e.pass_id JOIN cards k ON k.id = e.card_id
WHERE e.chain_id = %(chain)s AND e.id >= %(first)s AND e.kind = 'pushed'
ORDER BY e.wait_ms DESC NULLS LAST, e.id DESC LIMIT %(limit)s
"""
_GIVEN_UP: Final = """
SELECT k.id, k.number, p.provider, e.at, NULL::int, e.problem FROM wallet_events e
JOIN wallet_passes p ON p.id = e.pass_id JOIN cards k ON k.id = e.card_id
WHERE e.chain_id = %(chain)s AND e.id >= %(first)s AND e.kind = 'given_up'
ORDER BY e.id DESC LIMIT %(limit)s
"""
# What has not changed since it was given out is not fetched: the phone is answered that it has the newest.
_BEHIND: Final = """
SELECT k.id, k.number, p.provider, p.told_at, NULL::int, '' FROM wallet_passes p JOIN cards k ON k.id = p.card_id
WHERE p.chain_id = %(chain)s AND p.told_at < %(before)s AND p.told_tag > p.fetched_tag
    AND p.modified_at > p.made_at + interval '2 seconds'
    AND EXISTS (SELECT FROM wallet_registrations r WHERE r.pass_id = p.id)
ORDER BY p.told_at LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of pushes of one kind of wallet: from the committed change to the push sent, in milliseconds."""

    began_at: datetime
    provider: str
    pushes: int
    half_ms: int
    most_ms: int
    longest_ms: int


@dataclass(frozen=True, slots=True)
class Case:
    """A card that something is to be said of: which wallet, when, how long it took, what was said."""

    card_id: UUID
    number: str
    provider: str
    at: datetime
    wait_ms: int | None
    problem: str


def list_hours(chain_id: UUID, *, zone: str, now: datetime) -> list[Hour]:
    """The hours of the last day in which phones were told, newest first."""
    wanted = {"chain": chain_id, "first": new_id_at(now - LOOKED_BACK), "zone": zone}
    return [Hour(*values) for values in rows(_BY_HOUR, wanted)]


def list_slowest(chain_id: UUID, *, now: datetime) -> list[Case]:
    """The pushes of the last day that came latest after their change."""
    return _cases(_SLOWEST, chain_id, first=new_id_at(now - LOOKED_BACK))


def list_given_up(chain_id: UUID, *, now: datetime) -> list[Case]:
    """The pushes of the last days that nobody tries any more."""
    return _cases(_GIVEN_UP, chain_id, first=new_id_at(now - GIVEN_UP_FOR))


def list_behind(chain_id: UUID, *, now: datetime) -> list[Case]:
    """Cards whose phone was told and has not asked for the newest since, the longest first."""
    return _cases(_BEHIND, chain_id, before=now - BEHIND_AFTER)


def _cases(statement: str, chain_id: UUID, **more: Any) -> list[Case]:
    return [Case(*values) for values in rows(statement, {"chain": chain_id, "limit": LISTED_MAX, **more})]
