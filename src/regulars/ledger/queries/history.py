"""The history of a card's balances (LED-1, LED-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.ledger.rules.explain import SENTENCES_MAX, Change, Sentence, explain
from regulars.platform.database import row, rows


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry with its transaction; amounts in the balance type's smallest unit."""

    entry_id: UUID
    transaction_id: UUID
    kind: str
    source: str
    at: datetime
    amount: int
    balance_after: int
    card_id: UUID
    balance_type_id: UUID
    balance_external_id: str
    balance_name: str
    balance_kind: str
    decimals: int
    reason: str
    staff_id: UUID | None
    staff_name: str
    location_id: UUID | None
    location_name: str
    import_id: UUID | None
    order_id: UUID | None
    promotion_id: UUID | None
    reverses: UUID | None
    external_id: str | None
    activates_at: datetime | None
    expires_at: datetime | None
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """Which entries of a card are meant."""

    balance_type_id: UUID | None = None
    kind: str = ""
    start: datetime | None = None
    end: datetime | None = None


COLUMNS: Final = """
    e.id, e.transaction_id, e.kind, t.source, e.at, e.amount, e.balance_after, e.card_id, e.balance_type_id,
    b.external_id, b.name, b.kind, b.decimals, coalesce(n.text, ''), t.staff_id,
    coalesce(nullif(g.name, ''), g.email, ''), t.location_id, coalesce(o.name, ''), t.import_id, t.order_id,
    t.promotion_id, t.reverses, t.external_id, l.activates_at, l.expires_at,
    EXISTS (SELECT FROM reversals r WHERE r.original_id = e.transaction_id AND r.left_after = 0)
"""
TABLES: Final = """
    entries e
    JOIN transactions t ON t.id = e.transaction_id
    JOIN balance_types b ON b.id = e.balance_type_id
    LEFT JOIN transaction_notes n ON n.transaction_id = e.transaction_id
    LEFT JOIN staff s ON s.id = t.staff_id
    LEFT JOIN logins g ON g.id = s.login_id
    LEFT JOIN locations o ON o.id = t.location_id
    LEFT JOIN LATERAL (
        SELECT activates_at, expires_at FROM lots
        WHERE lots.account_id = e.account_id AND lots.entry_id = e.id AND e.amount > 0 LIMIT 1
    ) l ON true
"""


def list_history(
    card_id: UUID, wanted: HistoryFilter, *, after: UUID | None = None, limit: int = 50
) -> tuple[list[HistoryLine], UUID | None]:
    """One page of a card's entries, newest first, and where the next page goes on."""
    conditions = ["e.card_id = %(card)s"]
    parameters: dict[str, Any] = {"card": card_id, "limit": limit + 1}
    for condition, name, value in (
        ("e.balance_type_id = %(balance_type)s", "balance_type", wanted.balance_type_id),
        ("e.kind = %(kind)s", "kind", wanted.kind),
        ("e.at >= %(start)s", "start", wanted.start),
        ("e.at < %(end)s", "end", wanted.end),
        ("e.id < %(after)s", "after", after),
    ):
        if value:
            conditions.append(condition)
            parameters[name] = value
    found = rows(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE {' AND '.join(conditions)} ORDER BY e.id DESC LIMIT %(limit)s",
        parameters,
    )
    lines = [HistoryLine(*values) for values in found[:limit]]
    return lines, lines[-1].entry_id if len(found) > limit else None


def get_line(transaction_id: UUID, card_id: UUID | None = None) -> HistoryLine | None:
    """The entry of a transaction, on one card where it touches several; None where there is none."""
    condition = " AND e.card_id = %(card)s" if card_id else ""
    found = row(
        f"SELECT {COLUMNS} FROM {TABLES} WHERE e.transaction_id = %(id)s{condition} ORDER BY e.id LIMIT 1",
        {"id": transaction_id, "card": card_id},
    )
    return HistoryLine(*found) if found else None


def explain_balance(card_id: UUID, balance_type_id: UUID) -> tuple[Sentence, ...]:
    """The balance as sentences whose amounts add up to it; older changes are one sentence."""
    lines, more = list_history(card_id, HistoryFilter(balance_type_id=balance_type_id), limit=SENTENCES_MAX)
    earlier: Sequence[Any] = (0, 0)
    if more:
        found = row(
            "SELECT coalesce(sum(amount), 0), count(*) FROM entries"
            " WHERE card_id = %s AND balance_type_id = %s AND id < %s",
            [card_id, balance_type_id, lines[-1].entry_id],
        )
        earlier = found or earlier
    changes = [
        Change(
            at=line.at,
            kind=line.kind,
            source=line.source,
            amount=line.amount,
            reason=line.reason,
            location=line.location_name,
            activates_at=line.activates_at,
        )
        for line in reversed(lines)
    ]
    return explain(changes, earlier_sum=int(earlier[0]), earlier_count=int(earlier[1]))
