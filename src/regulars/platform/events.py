"""Announcing facts to those who act afterwards: a row in `events` and one in the sequencer's queue."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NewType
from uuid import UUID

from django.db import connection

from regulars.kernel.ids import new_id

ArrayText = NewType("ArrayText", str)
"""Thousands of ids on their way from one statement to the next, as PostgreSQL writes an array: nobody takes them apart."""


def announce(
    chain_id: UUID,
    kind: str,
    *,
    now: datetime,
    card_ids: Sequence[UUID] | ArrayText = (),
    transaction_ids: Sequence[UUID] | ArrayText = (),
    payload: dict[str, Any] | None = None,
) -> None:
    """Write one event in the running unit of work; it exists if, and only if, what it tells was committed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (INSERT INTO events (id, chain_id, at, kind, card_ids, transaction_ids, payload)"
            " VALUES (%(id)s, %(chain)s, %(at)s, %(kind)s, %(cards)s::uuid[], %(transactions)s::uuid[], %(payload)s::jsonb))"
            " INSERT INTO event_queue (event_id, chain_id) VALUES (%(id)s, %(chain)s)",
            {
                "id": new_id(),
                "chain": chain_id,
                "at": now,
                "kind": kind,
                "cards": card_ids if isinstance(card_ids, str) else list(card_ids),
                "transactions": transaction_ids if isinstance(transaction_ids, str) else list(transaction_ids),
                "payload": json.dumps(payload or {}),
            },
        )
