"""What expires on a card and when (CRD-5, API.md)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import rows

LINES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Expiring:
    """An amount that ends at one time, in smallest units."""

    balance_type: str
    decimals: int
    amount: int
    expires_at: datetime


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
    return [Expiring(*values) for values in found]
