"""Looking once for all subscribers of a chain at what lies ahead of them, so that none is woken for what it does not want."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.dispatch.delivery import EVENTS_MAX, Subscriber

# Most subscribers stand at the same place, and what lies ahead of a place is read once.
LOOK: Final = """
WITH standing AS (
    SELECT asked.name, string_to_array(asked.kinds, ' ') AS kinds, coalesce(p.seq, 0) AS seq
    FROM unnest(%(names)s::text[], %(kinds)s::text[]) AS asked (name, kinds)
    LEFT JOIN subscriber_positions p ON p.chain_id = %(chain)s AND p.subscriber = asked.name
), ahead AS (
    SELECT place.seq, line.last, line.kinds
    FROM (SELECT DISTINCT seq FROM standing) AS place
    CROSS JOIN LATERAL (
        SELECT max(s.seq) AS last, array_agg(DISTINCT v.kind)::text[] AS kinds
        FROM (
            SELECT seq, event_id FROM event_sequence
            WHERE chain_id = %(chain)s AND seq > place.seq ORDER BY seq LIMIT %(events_max)s
        ) s
        JOIN events v ON v.id = s.event_id
    ) AS line
)
SELECT standing.name, ahead.last, coalesce(ahead.kinds && standing.kinds, false), EXISTS (
    SELECT FROM event_failures f
    WHERE f.chain_id = %(chain)s AND f.subscriber = standing.name AND f.next_at <= %(now)s
)
FROM standing JOIN ahead ON ahead.seq = standing.seq
"""
# Whoever delivers meanwhile finds nothing up to here either, and what it has moved on to stays.
MOVE_ON: Final = """
INSERT INTO subscriber_positions (chain_id, subscriber, seq)
SELECT %(chain)s, passed.name, passed.seq FROM unnest(%(names)s::text[], %(seqs)s::bigint[]) AS passed (name, seq)
ORDER BY passed.name
ON CONFLICT (chain_id, subscriber) DO UPDATE SET seq = excluded.seq WHERE subscriber_positions.seq < excluded.seq
"""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What lies ahead of one subscriber: up to where it was looked, None at the end of the line."""

    name: str
    last: int | None
    is_wanted: bool
    has_due_failures: bool

    @property
    def is_only_passed(self) -> bool:
        """Whether there are events, and none that the subscriber wants."""
        return self.last is not None and not self.is_wanted


def look_ahead(chain_id: UUID, subscribers: Mapping[str, Subscriber], *, now: datetime) -> list[Ahead]:
    """What lies ahead of each subscriber, in their order; looks as far as a batch reaches."""
    facts = {
        "chain": chain_id,
        "names": list(subscribers),
        "kinds": [" ".join(sorted(one.kinds)) for one in subscribers.values()],
        "events_max": EVENTS_MAX,
        "now": now,
    }
    with unit_of_work(chain_id):
        found = {values[0]: Ahead(*values) for values in rows(LOOK, facts)}
    return [found[name] for name in subscribers]


def pass_by(chain_id: UUID, passed: Iterable[Ahead]) -> None:
    """Move those on who want nothing of what lies ahead of them; nobody is ever moved back."""
    moved = [one for one in passed if one.is_only_passed]
    if moved:
        facts = {"chain": chain_id, "names": [one.name for one in moved], "seqs": [one.last for one in moved]}
        with unit_of_work(chain_id):
            execute(MOVE_ON, facts)
