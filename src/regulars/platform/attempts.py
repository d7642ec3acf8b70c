"""Exact counters of what may be guessed: passwords, codes, tokens (DESIGN section 8).

A try is counted before the secret is compared and taken back when it was right, so a thousand tries at the same
instant count as a thousand. Counters hang on an account *and* a source: somebody who guesses locks out only themselves.
"""

import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import ClassVar, Final

from django.conf import settings
from django.db import connection, transaction

from regulars.kernel.refusal import Refusal, Refused
from regulars.platform.database import execute, row

IPV6_HOUSEHOLD: Final = 64


@dataclass(frozen=True, slots=True)
class TooManyAttempts(Refusal):
    """Tried too often from here; each further try waits longer."""

    code: ClassVar[str] = "too_many_attempts"
    status: ClassVar[int] = 429
    message: ClassVar[str] = "Too many tries from here. Wait {retry_after} seconds, then try again."
    retry_after: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many tries are free, and how waiting grows after them: doubled with each, up to the longest."""

    kind: str
    free: int
    first_wait: timedelta
    wait_max: timedelta
    forget_after: timedelta


@dataclass(frozen=True, slots=True)
class Try:
    """One thing that is counted: a limit and whom it is counted for ("anna@example.com 203.0.113.7")."""

    limit: Limit
    subject: str

    @property
    def subject_hash(self) -> bytes:
        """What is stored of the subject: nothing that a reader of the table could use."""
        text = f"{self.limit.kind}\0{self.subject}"
        return hmac.digest(settings.SECRET_KEY.encode(), text.encode("utf-8", "replace"), hashlib.sha256)


@dataclass(frozen=True, slots=True)
class Taken:
    """A try that was counted, and when the subject had been wrong last: what giving it back restores."""

    of: Try
    at: datetime
    last_at: datetime | None


_LAST: Final = "SELECT last_at FROM attempt_counters WHERE kind = %s AND subject_hash = %s FOR UPDATE"
_TAKE: Final = """
INSERT INTO attempt_counters AS c (kind, subject_hash, failures, blocked_until, last_at)
VALUES (%(kind)s, %(subject)s, 1, CASE WHEN %(free)s <= 1 THEN %(now)s + %(first)s * interval '1 second' END, %(now)s)
ON CONFLICT (kind, subject_hash) DO UPDATE SET
    failures = CASE WHEN c.last_at < %(forget)s THEN 1 ELSE c.failures + 1 END,
    blocked_until = CASE WHEN c.last_at >= %(forget)s AND c.failures + 1 >= %(free)s
        THEN %(now)s + least(%(first)s * power(2, least(c.failures + 1 - %(free)s, 30)), %(longest)s) * interval '1 second'
        END,
    last_at = %(now)s
WHERE c.blocked_until IS NULL OR c.blocked_until <= %(now)s
RETURNING failures
"""
_BLOCKED: Final = "SELECT blocked_until FROM attempt_counters WHERE kind = %s AND subject_hash = %s"


def take_attempts(tries: Sequence[Try], *, now: datetime) -> tuple[Taken, ...]:
    """Count one try for every subject, in a transaction of its own. Refuses: TooManyAttempts, and then counts nothing.

    What it answers, in the order of the tries, gives one back that turned out right.
    """
    last_at: dict[Try, datetime | None] = {}
    with transaction.atomic(durable=True):
        for one in sorted(tries, key=lambda one: (one.limit.kind, one.subject_hash)):
            last = row(_LAST, [one.limit.kind, one.subject_hash])
            last_at[one] = last[0] if last else None
            if row(_TAKE, _parameters(one, now)) is None:
                blocked = row(_BLOCKED, [one.limit.kind, one.subject_hash])
                until = blocked[0] if blocked and blocked[0] else now
                raise Refused(TooManyAttempts(retry_after=max(1, math.ceil((until - now).total_seconds()))))
    return tuple(Taken(one, now, last_at[one]) for one in tries)


def give_back(taken: Taken | Try) -> None:
    """Take back the try that turned out right: earlier failures of the same subject stay, and fade as if it had not been.

    Where failures had passed their limit, only one try at a time is let through: so what blocks now is this one, and goes.
    """
    one, last_at, at = (taken.of, taken.last_at, taken.at) if isinstance(taken, Taken) else (taken, None, None)
    execute(
        "UPDATE attempt_counters SET failures = greatest(failures - 1, 0), blocked_until = NULL,"
        " last_at = CASE WHEN last_at = %s::timestamptz THEN coalesce(%s::timestamptz, last_at) ELSE last_at END"
        " WHERE kind = %s AND subject_hash = %s",
        [at, last_at, one.limit.kind, one.subject_hash],
    )


def forget_attempts(one: Try) -> None:
    """Start a subject afresh, after it has proved that it knows the secret."""
    execute("DELETE FROM attempt_counters WHERE kind = %s AND subject_hash = %s", [one.limit.kind, one.subject_hash])


def forget_old_attempts(*, before: datetime) -> int:
    """Delete counters that nobody has touched since; a job calls it daily."""
    return execute("DELETE FROM attempt_counters WHERE last_at < %s", [before])


def is_blocked(one: Try, *, now: datetime) -> bool:
    """Whether a further try of this subject would be refused now; counts nothing."""
    return seconds_blocked(one, now=now) > 0


def seconds_blocked(one: Try, *, now: datetime) -> int:
    """For how many seconds a further try of this subject is refused, 0 where it is not; counts nothing."""
    blocked = row(_BLOCKED, [one.limit.kind, one.subject_hash])
    until = blocked[0] if blocked else None
    return math.ceil((until - now).total_seconds()) if until and until > now else 0


TURN_WAIT: Final = "2s"
# Sent as one text and answered in one round trip; each statement sees what was committed when it began, the last one so what
# whoever had the turn before has counted.
_TURN: Final = """
SELECT set_config('lock_timeout', '{wait}', true);
SELECT pg_advisory_lock({turn});
SELECT blocked_until FROM attempt_counters WHERE kind = '{kind}' AND subject_hash = '\\x{subject}'
"""


def begin_turn(one: Try, *, now: datetime) -> int:
    """Wait until nobody else of this subject has the turn, and take it; for how many seconds a try is refused, 0 where it is not.

    For paths that learn only from their work what was wrong: between `begin_turn` and `end_turn` nobody else of the subject
    tries, so what is counted before the end is known to the next, and a thousand at the same instant try as one after another.
    """
    with connection.cursor() as cursor:
        kind, subject = one.limit.kind, one.subject_hash.hex()
        assert kind.isidentifier()
        cursor.execute(_TURN.format(wait=TURN_WAIT, turn=_turn_of(one), kind=kind, subject=subject))
        while cursor.nextset():
            pass
        found = cursor.fetchone()
    until = found[0] if found else None
    return math.ceil((until - now).total_seconds()) if until and until > now else 0


def end_turn(one: Try) -> None:
    """Let the next of the subject try, outside of the unit of work: what was wrong has been counted."""
    execute("SELECT pg_advisory_unlock(%s)", [_turn_of(one)])


def _turn_of(one: Try) -> int:
    """Which of the database's advisory locks is the turn of a subject; two that share one wait for each other, no more."""
    return int.from_bytes(one.subject_hash[:8], signed=True)


def source_of(address: str) -> str:
    """The part of an address that one guesser holds: all of IPv4, the first 64 bits of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, IPV6_HOUSEHOLD), strict=False)) if parsed.version == 6 else str(parsed)


def _parameters(one: Try, now: datetime) -> dict[str, object]:
    return {
        "kind": one.limit.kind,
        "subject": one.subject_hash,
        "free": one.limit.free,
        "first": one.limit.first_wait.total_seconds(),
        "longest": one.limit.wait_max.total_seconds(),
        "forget": now - one.limit.forget_after,
        "now": now,
    }
