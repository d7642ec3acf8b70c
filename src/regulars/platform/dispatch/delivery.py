"""Handing numbered events to subscribers, each at its own pace, in the unit of work that moves its position."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import InterfaceError, OperationalError

from regulars.platform.audit import read_json
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.platform.logs import describe_fault

logger = logging.getLogger("regulars.dispatcher")

EVENTS_MAX: Final = 500
CARDS_MAX: Final = 10_000
"""A batch names at most so many cards, unless its first event alone names more."""
RETRIES_AT_ONCE: Final = 50
FIRST_WAIT: Final = timedelta(seconds=10)
WAIT_MAX: Final = timedelta(hours=6)
PROBLEM_LENGTH_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """A fact with its place in the order of its chain."""

    seq: int
    id: UUID
    at: datetime
    kind: str
    card_ids: tuple[UUID, ...]
    transaction_ids: tuple[UUID, ...]
    payload: dict[str, Any]


Handle = Callable[[UUID, Sequence[NumberedEvent]], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who wants to act on events of these kinds afterwards.

    `handle` gets the chain and a batch of events in order, inside the unit of work that moves the position: what it
    writes is written exactly once. It never uses the network; it may defer a job that does.
    """

    kinds: frozenset[str]
    handle: Handle
    events_max: int = EVENTS_MAX


LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s || %(chain)s::text, 0))"
POSITION: Final = "SELECT seq FROM subscriber_positions WHERE chain_id = %(chain)s AND subscriber = %(name)s"
# What a subscriber does not want is only passed: of these the last is named, and how many they are.
READ: Final = """
SELECT seq, id, at, kind, card_ids, transaction_ids, payload, passed FROM (
    SELECT line.*, max(seq) OVER () AS last, count(*) OVER () AS passed FROM (
        SELECT s.seq, v.id, v.at, v.kind, v.card_ids, v.transaction_ids, v.payload,
            sum(cardinality(v.card_ids)) OVER (ORDER BY s.seq) AS weight, row_number() OVER (ORDER BY s.seq) AS place
        FROM (
            SELECT seq, event_id FROM event_sequence
            WHERE chain_id = %(chain)s AND seq > %(after)s ORDER BY seq LIMIT %(events_max)s
        ) s
        JOIN events v ON v.id = s.event_id
    ) AS line
    WHERE place = 1 OR weight <= %(cards_max)s
) AS listed
WHERE kind = ANY(%(kinds)s) OR seq = last ORDER BY seq
"""
READ_ONE: Final = """
SELECT s.seq, v.id, v.at, v.kind, v.card_ids, v.transaction_ids, v.payload, 1
FROM event_sequence s JOIN events v ON v.id = s.event_id WHERE s.chain_id = %(chain)s AND s.seq = %(seq)s
"""
MOVE: Final = """
INSERT INTO subscriber_positions (chain_id, subscriber, seq) VALUES (%(chain)s, %(name)s, %(seq)s)
ON CONFLICT (chain_id, subscriber) DO UPDATE SET seq = excluded.seq
"""
FAILED: Final = """
INSERT INTO event_failures (chain_id, subscriber, seq, attempts, next_at, problem)
VALUES (%(chain)s, %(name)s, %(seq)s, 1, %(next_at)s, %(problem)s)
ON CONFLICT (chain_id, subscriber, seq) DO NOTHING
"""
DUE: Final = """
SELECT seq FROM event_failures WHERE chain_id = %(chain)s AND subscriber = %(name)s AND next_at <= %(now)s
ORDER BY next_at, seq LIMIT %(limit)s
"""


def deliver(chain_id: UUID, name: str, subscriber: Subscriber, *, now: datetime) -> int:
    """Hand a subscriber its next events and move its position; how many events it passed, 0 where none wait.

    A batch that fails is taken apart: what succeeds alone is done, what fails alone is kept in event_failures with
    a time to try again, and the position moves on. Raises OperationalError where the database is at fault.
    """
    try:
        return _deliver(chain_id, name, subscriber, events_max=subscriber.events_max)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.warning("subscriber %s failed on a batch of chain %s; taking it apart", name, chain_id, exc_info=True)
    passed = 0
    while passed < subscriber.events_max:
        try:
            step = _deliver(chain_id, name, subscriber, events_max=1)
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a subscriber raises is its failure, told in event_failures
            step = _set_aside(chain_id, name, problem, now=now)
        if step == 0:
            break
        passed += step
    return passed


def _deliver(chain_id: UUID, name: str, subscriber: Subscriber, *, events_max: int) -> int:
    with unit_of_work(chain_id):
        facts = _lock_position(chain_id, name)
        if facts is None:
            return 0
        kinds = sorted(subscriber.kinds)
        passed, events = _read(READ, facts | {"events_max": events_max, "cards_max": CARDS_MAX, "kinds": kinds})
        if not events:
            return 0
        wanted = [event for event in events if event.kind in subscriber.kinds]
        if wanted:
            subscriber.handle(chain_id, wanted)
        execute(MOVE, facts | {"seq": events[-1].seq})
        return passed


def _lock_position(chain_id: UUID, name: str) -> dict[str, Any] | None:
    facts: dict[str, Any] = {"chain": chain_id, "name": name}
    locked = row(LOCK, facts | {"name": f"regulars.subscriber {name} "})
    if not (locked and locked[0]):
        return None
    position = row(POSITION, facts)
    return facts | {"after": position[0] if position else 0}


def _set_aside(chain_id: UUID, name: str, problem: Exception, *, now: datetime) -> int:
    with unit_of_work(chain_id):
        facts = _lock_position(chain_id, name)
        if facts is None:
            return 0
        _, events = _read(READ, facts | {"events_max": 1, "cards_max": CARDS_MAX, "kinds": []})
        if not events:
            return 0
        facts |= {"seq": events[0].seq, "next_at": now + wait_after(1), "problem": _told(problem)}
        execute(FAILED, facts)
        execute(MOVE, facts)
    logger.error("subscriber %s set event %s of chain %s aside: %s", name, events[0].seq, chain_id, _told(problem))
    return 1


def retry_failures(chain_id: UUID, name: str, subscriber: Subscriber, *, now: datetime) -> int:
    """Try again the events that a subscriber could not take and whose time has come; how many succeeded."""
    with unit_of_work(chain_id):
        due = rows(DUE, {"chain": chain_id, "name": name, "now": now, "limit": RETRIES_AT_ONCE})
    return sum(_retry(chain_id, name, subscriber, seq, now=now) for (seq,) in due)


def _retry(chain_id: UUID, name: str, subscriber: Subscriber, seq: int, *, now: datetime) -> bool:
    facts = {"chain": chain_id, "name": name, "seq": seq, "now": now}
    mine = "chain_id = %(chain)s AND subscriber = %(name)s AND seq = %(seq)s"
    try:
        with unit_of_work(chain_id):
            # Whoever holds the row tries; another dispatcher goes on to the next.
            held = row(
                f"SELECT 1 FROM event_failures WHERE {mine} AND next_at <= %(now)s FOR UPDATE SKIP LOCKED", facts
            )
            if held is None:
                return False
            _, events = _read(READ_ONE, facts)
            subscriber.handle(chain_id, events)
            execute(f"DELETE FROM event_failures WHERE {mine}", facts)
            return True
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:  # noqa: BLE001 - as above
        with unit_of_work(chain_id):
            found = row(f"SELECT attempts FROM event_failures WHERE {mine} AND next_at <= %(now)s FOR UPDATE", facts)
            if found:
                attempts = found[0] + 1
                execute(
                    "UPDATE event_failures SET attempts = %(attempts)s, next_at = %(next_at)s, problem = %(problem)s"
                    f" WHERE {mine}",
                    facts | {"attempts": attempts, "next_at": now + wait_after(attempts), "problem": _told(problem)},
                )
        logger.error("subscriber %s failed again on event %s of chain %s: %s", name, seq, chain_id, _told(problem))
        return False


def wait_after(attempts: int) -> timedelta:
    """How long an event rests after so many failures: ten seconds, then four times as long each time, to six hours."""
    return min(WAIT_MAX, FIRST_WAIT * int(4 ** min(attempts - 1, 10)))


def _read(statement: str, facts: dict[str, Any]) -> tuple[int, list[NumberedEvent]]:
    """How many events there are, and those among them that are asked for."""
    found = rows(statement, facts)
    events = [
        NumberedEvent(seq, event_id, at, kind, tuple(cards), tuple(transactions), read_json(payload))
        for seq, event_id, at, kind, cards, transactions, payload, _ in found
    ]
    return (found[0][7], events) if found else (0, events)


def _told(problem: Exception) -> str:
    # PostgreSQL's own sentence may quote the row, with a name or a phone; this one never does.
    return describe_fault(problem)[0][:PROBLEM_LENGTH_MAX]
