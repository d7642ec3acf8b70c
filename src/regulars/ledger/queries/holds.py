"""Reads of holds; one whose time is over reads as expired, whether or not that has been booked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.ledger.rules.plan import Draw
from regulars.platform.database import rows


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold; amounts in the smallest unit of its balance type."""

    id: UUID
    account_id: UUID
    card_id: UUID
    balance_type_id: UUID
    balance_type: str
    balance_name: str
    decimals: int
    amount: int
    captured: int
    state: str
    made_at: datetime
    expires_at: datetime
    external_id: str | None
    transaction_id: UUID | None
    parts: tuple[Draw, ...]


READ: Final = """
SELECT h.id, h.account_id, h.card_id, b.id, b.external_id, b.name, b.decimals, h.amount, h.captured,
    CASE WHEN h.state = 'active' AND h.expires_at <= %(now)s THEN 'expired' ELSE h.state END,
    h.made_at, h.expires_at, h.external_id, h.transaction_id, h.lot_ids, h.lot_amounts
FROM holds h JOIN accounts a ON a.id = h.account_id JOIN balance_types b ON b.id = a.balance_type_id
"""


def find_hold(chain_id: UUID, hold_id: UUID, *, now: datetime) -> HoldView | None:
    """The hold with this id, or None."""
    found = _read("h.chain_id = %(chain)s AND h.id = %(id)s", chain=chain_id, id=hold_id, now=now)
    return found[0] if found else None


def find_hold_by_external_id(chain_id: UUID, external_id: str, *, now: datetime) -> HoldView | None:
    """The hold with this external id, or None."""
    found = _read("h.chain_id = %(chain)s AND h.external_id = %(id)s", chain=chain_id, id=external_id, now=now)
    return found[0] if found else None


def list_active_holds(chain_id: UUID, card_id: UUID, *, now: datetime) -> list[HoldView]:
    """What is set aside on a card now, oldest first."""
    condition = (
        "h.chain_id = %(chain)s AND a.card_id = %(card)s AND a.held > 0 AND h.state = 'active'"
        " AND h.expires_at > %(now)s ORDER BY h.id"
    )
    return _read(condition, chain=chain_id, card=card_id, now=now)


def _read(condition: str, **values: object) -> list[HoldView]:
    found = rows(f"{READ} WHERE {condition}", values)
    return [
        HoldView(*[*line[:14], tuple(Draw(*part) for part in zip(line[14], line[15], strict=True))]) for line in found
    ]
