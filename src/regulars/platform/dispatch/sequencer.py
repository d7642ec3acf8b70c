"""Giving events their gapless order, after they were committed, and closing each batch with a seal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from regulars.platform.database import row, unit_of_work

EVENTS_MAX: Final = 1_000
TRANSACTIONS_MAX: Final = 20_000
"""A batch names at most so many transactions, unless its first event alone names more."""

LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('regulars.sequencer ' || %(chain)s::text, 0))"
NUMBER: Final = """
WITH last AS (
    SELECT coalesce((SELECT seq FROM event_sequence WHERE chain_id = %(chain)s ORDER BY seq DESC LIMIT 1), 0) AS seq
), waiting AS (
    SELECT q.event_id, row_number() OVER line AS place, sum(cardinality(v.transaction_ids)) OVER line AS weight
    FROM (SELECT event_id FROM event_queue WHERE chain_id = %(chain)s ORDER BY event_id LIMIT %(events_max)s) q
    JOIN events v ON v.id = q.event_id
    WINDOW line AS (ORDER BY q.event_id)
), batch AS (
    SELECT event_id, place FROM waiting WHERE place = 1 OR weight <= %(transactions_max)s
), numbered AS (
    INSERT INTO event_sequence (chain_id, seq, event_id, at)
    SELECT %(chain)s, last.seq + batch.place, batch.event_id, %(now)s FROM batch, last
    RETURNING seq
), left_the_queue AS (
    DELETE FROM event_queue WHERE event_id IN (SELECT event_id FROM batch)
)
SELECT min(seq), max(seq) FROM numbered
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one chain that have just got their numbers."""

    chain_id: UUID
    first_seq: int
    last_seq: int

    @property
    def is_full(self) -> bool:
        """Whether there is probably more."""
        return self.last_seq - self.first_seq + 1 >= EVENTS_MAX


S = TypeVar("S")


def sequence_chain(
    chain_id: UUID,
    *,
    now: datetime,
    close: Callable[[Batch], S],
    events_max: int = EVENTS_MAX,
    transactions_max: int = TRANSACTIONS_MAX,
) -> tuple[Batch, S] | None:
    """Number the events that wait in one chain and close the batch, in one unit of work; None where nothing waits.

    Returns the batch with what `close` made of it, both committed.

    Only one process does it at a time for a chain; another finds it locked, and that is None too. A number is given
    only to what is committed, so a later event never gets a number below one that somebody has read.
    """
    with unit_of_work(chain_id):
        facts = {"chain": chain_id, "now": now, "events_max": events_max, "transactions_max": transactions_max}
        locked = row(LOCK, facts)
        if not (locked and locked[0]):
            return None
        # A statement of its own: its snapshot is younger than the lock, so the last number it sees is the last.
        numbered = row(NUMBER, facts)
        if numbered is None or numbered[0] is None:
            return None
        batch = Batch(chain_id, *numbered)
        seal = close(batch)
    return batch, seal
