"""Accounts under lock: locked first, read second on a fresh snapshot (DESIGN section 4)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from regulars.ledger.rules.plan import AccountState, DrawnLot, Lot
from regulars.platform.hot import HotCursor

LOCK: Final = "SELECT id FROM accounts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
LOTS: Final = """
LEFT JOIN LATERAL (
    SELECT array_agg(id ORDER BY id) AS ids, array_agg(amount ORDER BY id) AS amounts,
        array_agg(remaining ORDER BY id) AS remainings, array_agg(activates_at ORDER BY id) AS starts,
        array_agg(expires_at ORDER BY id) AS ends
    FROM lots WHERE lots.account_id = a.id AND lots.remaining > 0
) l ON true
"""
STATE: Final = "a.id, a.balance, a.held, a.version, a.allows_debt, l.ids, l.amounts, l.remainings, l.starts, l.ends"
READ: Final = f"SELECT {STATE} FROM accounts a {LOTS} WHERE a.id = ANY(%(ids)s::uuid[])"


def lock_accounts(cursor: HotCursor, ids: Iterable[UUID]) -> dict[UUID, AccountState]:
    """Lock accounts in the order of their ids and read them as they are now."""
    wanted = {"ids": sorted(ids)}
    cursor.rows(LOCK, wanted)
    return {values[0]: account_state(values) for values in cursor.rows(READ, wanted)}


def account_state(values: Sequence[Any], *, lots_max: int | None = None) -> AccountState:
    """The value of a row selected with STATE; `lots_max` is how many lots were asked for, None for all."""
    account_id, balance, held, version, allows_debt, ids, amounts, remainings, starts, ends = values
    lots = zip(ids or (), amounts or (), remainings or (), starts or (), ends or (), strict=True)
    return AccountState(
        id=account_id,
        balance=balance,
        held=held,
        version=version,
        allows_debt=allows_debt,
        lots=tuple(Lot(*lot) for lot in lots),
        has_all_lots=allows_debt or lots_max is None,
    )


DRAWN: Final = """
SELECT l.id, l.amount, l.remaining, l.activates_at, l.expires_at, d.amount, e.at
FROM lot_draws d JOIN lots l ON l.id = d.lot_id JOIN entries e ON e.id = d.entry_id
WHERE d.entry_id = %(entry)s AND d.amount > 0
ORDER BY l.expires_at NULLS LAST, l.id
"""


def drawn_lots(cursor: HotCursor, entry_id: UUID) -> tuple[DrawnLot, ...]:
    """The lots that an entry drew from, in the order they were drawn, as they are now."""
    found = cursor.rows(DRAWN, {"entry": entry_id})
    return tuple(DrawnLot(lot=Lot(*values[:5]), drawn=values[5], drawn_at=values[6]) for values in found)
