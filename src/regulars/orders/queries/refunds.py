"""Reads of refunds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.orders.rules.refund import LineBack
from regulars.orders.rules.refund.outcome import Outcome, read_outcome
from regulars.platform.database import from_json, rows


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund that was made, or the cancelling of a paid order."""

    id: UUID
    kind: str
    at: datetime
    external_id: str | None
    lines: tuple[LineBack, ...]
    outcome: Outcome


READ: Final = """
SELECT id, kind, at, external_id, lines::text, outcome::text FROM refunds
WHERE chain_id = %s AND order_id = %s ORDER BY ordinal
"""


def list_refunds(chain_id: UUID, order_id: UUID) -> list[RefundView]:
    """What was refunded of an order, first to last."""
    return [
        RefundView(
            id=values[0],
            kind=values[1],
            at=values[2],
            external_id=values[3],
            lines=tuple(LineBack(**one) for one in from_json(values[4])),
            outcome=read_outcome(from_json(values[5])["answer"]),
        )
        for values in rows(READ, [chain_id, order_id])
    ]
