"""How passes reach phones: how many, how fast, and what could not be told (WAL-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from regulars.platform.database import row, rows
from regulars.wallets.rules.sending import SPENT

LOOKED_BACK: Final = timedelta(hours=24)
TROUBLES_MAX: Final = 20

_FIGURES: Final = """
SELECT
    (SELECT count(*) FROM wallet_passes WHERE chain_id = %(chain)s AND provider = 'apple'),
    (SELECT count(*) FROM wallet_registrations r JOIN wallet_passes p ON p.id = r.pass_id
        WHERE r.chain_id = %(chain)s AND p.provider = 'google'),
    (SELECT count(*) FROM wallet_registrations r JOIN wallet_passes p ON p.id = r.pass_id
        WHERE r.chain_id = %(chain)s AND p.provider = 'apple'),
    (SELECT count(*) FROM wallet_refreshes WHERE chain_id = %(chain)s),
    (SELECT min(changed_at) FROM wallet_refreshes WHERE chain_id = %(chain)s),
    p.told, p.half, p.most
FROM (
    SELECT count(*) AS told, percentile_disc(0.5) WITHIN GROUP (ORDER BY wait_ms) AS half,
        percentile_disc(0.95) WITHIN GROUP (ORDER BY wait_ms) AS most
    FROM wallet_events WHERE chain_id = %(chain)s AND kind = 'pushed' AND at >= %(since)s
) p
"""
_TROUBLES: Final = """
SELECT k.id, k.number, r.provider, r.problem, r.tries, r.due_at FROM wallet_refreshes r
JOIN wallet_passes p ON p.id = r.pass_id JOIN cards k ON k.id = p.card_id
WHERE r.chain_id = %(chain)s AND r.problem <> '' AND r.problem <> %(spent)s ORDER BY r.due_at LIMIT %(limit)s
"""
_HELD: Final = """
SELECT k.id, k.number, r.provider, r.problem, r.tries, r.due_at FROM wallet_refreshes r
JOIN wallet_passes p ON p.id = r.pass_id JOIN cards k ON k.id = p.card_id
WHERE r.chain_id = %(chain)s AND r.problem = %(spent)s ORDER BY r.due_at LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Delays:
    """Passes for Apple, those that somebody has at Google, phones that are told, passes that wait to be told of; the wait from change to push in milliseconds."""

    passes: int
    google_held: int
    phones: int
    waiting: int
    waiting_since: datetime | None
    told: int
    half_ms: int | None
    most_ms: int | None

    @property
    def half_seconds(self) -> Decimal | None:
        """Half of all were told within so many seconds."""
        return None if self.half_ms is None else _seconds(self.half_ms)

    @property
    def most_seconds(self) -> Decimal | None:
        """95 of 100 were told within so many seconds."""
        return None if self.most_ms is None else _seconds(self.most_ms)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A card whose holder could not be told, and when it is tried again."""

    card_id: UUID
    number: str
    provider: str
    problem: str
    tries: int
    next_at: datetime


def measure_delays(chain_id: UUID, *, now: datetime) -> Delays:
    """The figures of the last day."""
    found = row(_FIGURES, {"chain": chain_id, "since": now - LOOKED_BACK})
    assert found is not None
    return Delays(*found)


def list_troubles(chain_id: UUID) -> list[Trouble]:
    """Cards whose phones wait after a push that failed, the next to be tried first."""
    return _listed(_TROUBLES, chain_id)


def list_held(chain_id: UUID) -> list[Trouble]:
    """Cards that changed and whose pushes of the day are used up, the next to be told first."""
    return _listed(_HELD, chain_id)


def _listed(statement: str, chain_id: UUID) -> list[Trouble]:
    return [Trouble(*values) for values in rows(statement, {"chain": chain_id, "limit": TROUBLES_MAX, "spent": SPENT})]


def _seconds(milliseconds: int) -> Decimal:
    return (Decimal(milliseconds) / 1000).quantize(Decimal("0.1"))
