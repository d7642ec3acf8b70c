"""Accounts under lock: locked first, read second on a fresh snapshot (DESIGN section 4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from regulars.ledger.rules.plan import AccountState, DrawnLot, Lot
from regulars.platform.hot import HotCursor

LOCK: Final = "SELECT held FROM accounts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
END_HOLDS: Final = "SELECT regulars_end_holds_of(%(ids)s::uuid[], %(now)s, %(all)s)"
LOTS: Final = """
LEFT JOIN LATERAL (
    SELECT array_agg(id ORDER BY id) AS ids, array_agg(amount ORDER BY id) AS amounts,
        array_agg(remaining ORDER BY id) AS remainings, array_agg(activates_at ORDER BY id) AS starts,
        array_agg(expires_at ORDER BY id) AS ends, array_agg(held ORDER BY id) AS helds
    FROM lots WHERE lots.account_id = a.id AND lots.remaining > 0
) l ON true
"""
STATE: Final = (
    "a.id, a.balance, a.held, a.version, a.allows_debt, l.ids, l.amounts, l.remainings, l.starts, l.ends, l.helds"
)
READ: Final = f"SELECT {STATE} FROM accounts a {LOTS} WHERE a.id = ANY(%(ids)s::uuid[])"


IS_LIVE: Final = "{lot}.activates_at <= %(now)s AND ({lot}.expires_at IS NULL OR {lot}.expires_at > %(now)s)"
# What a reader without the lock sees: holds whose time is over count as ended, whether or not that has been booked.
TIMED_OUT: Final = f"""
LEFT JOIN LATERAL (
    SELECT sum(part.amount) AS held, sum(part.amount) FILTER (WHERE {IS_LIVE.format(lot="x")}) AS live
    FROM holds h
    CROSS JOIN LATERAL unnest(h.lot_ids, h.lot_amounts) AS part (lot_id, amount)
    JOIN lots x ON x.id = part.lot_id
    WHERE a.held > 0 AND h.account_id = a.id AND h.state = 'active' AND h.expires_at <= %(now)s
) g ON true
"""
SPENDABLE: Final = f"""
LEFT JOIN LATERAL (
    SELECT sum(y.remaining - y.held) FILTER (WHERE {IS_LIVE.format(lot="y")})
            - CASE WHEN a.allows_debt THEN sum(y.remaining) - a.balance ELSE 0 END AS live,
        sum(y.remaining) FILTER (WHERE y.activates_at > %(now)s) AS pending,
        min(y.activates_at) FILTER (WHERE y.activates_at > %(now)s) AS activates_at,
        min(y.expires_at) FILTER (WHERE y.expires_at > %(now)s) AS expires_at
    FROM lots y WHERE y.account_id = a.id AND y.remaining > 0
) l ON true
{TIMED_OUT}"""
"""For a statement that reads `accounts a` at %(now)s: `coalesce(l.live, 0) + coalesce(g.live, 0)` can be spent, and
`a.held - coalesce(g.held, 0)` is set aside."""


def lock_accounts(
    cursor: HotCursor, ids: Iterable[UUID], *, now: datetime, end_holds: bool = False
) -> dict[UUID, AccountState]:
    """Lock accounts in the order of their ids and read them as they are now.

    Holds whose time is over by `now` end first and give back what they had set aside; with `end_holds` all of them do.
    """
    wanted = {"ids": sorted(ids)}
    if any(held for (held,) in cursor.rows(LOCK, wanted)):
        cursor.rows(END_HOLDS, wanted | {"now": now, "all": end_holds})
    return {values[0]: account_state(values) for values in cursor.rows(READ, wanted)}


def account_state(values: Sequence[Any], *, lots_max: int | None = None) -> AccountState:
    """The value of a row selected with STATE; `lots_max` is how many lots were asked for, None for all."""
    account_id, balance, held, version, allows_debt, ids, amounts, remainings, starts, ends, helds = values
    lots = zip(ids or (), amounts or (), remainings or (), starts or (), ends or (), helds or (), strict=True)
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
SELECT l.id, l.amount, l.remaining, l.activates_at, l.expires_at, l.held, d.amount, e.at
FROM lot_draws d JOIN lots l ON l.id = d.lot_id JOIN entries e ON e.id = d.entry_id
WHERE d.entry_id = %(entry)s AND d.amount > 0
ORDER BY l.expires_at NULLS LAST, l.id
"""


def drawn_lots(cursor: HotCursor, entry_id: UUID) -> tuple[DrawnLot, ...]:
    """The lots that an entry drew from, in the order they were drawn, as they are now."""
    found = cursor.rows(DRAWN, {"entry": entry_id})
    return tuple(DrawnLot(lot=Lot(*values[:6]), drawn=values[6], drawn_at=values[7]) for values in found)


LEFT_OF_DRAWN: Final = """
SELECT d.entry_id, l.id, l.amount, l.remaining, l.activates_at, l.expires_at, l.held, d.amount, e.at,
    coalesce((SELECT -sum(b.amount) FROM lot_draws b JOIN entries r ON r.id = b.entry_id
        JOIN transactions t ON t.id = r.transaction_id AND t.reverses = e.transaction_id
        WHERE b.lot_id = d.lot_id AND b.amount < 0), 0)
FROM lot_draws d JOIN lots l ON l.id = d.lot_id JOIN entries e ON e.id = d.entry_id
WHERE d.entry_id = ANY(%(entries)s::uuid[]) AND d.amount > 0
ORDER BY l.expires_at NULLS LAST, l.id
"""


def drawn_lots_left(cursor: HotCursor, entries: Mapping[UUID, int]) -> dict[UUID, tuple[DrawnLot, ...]]:
    """What entries drew from which lots and has not come back, by entry; the values say how much came back of each.

    What came back as a new lot belonged to lots that had expired: the last drawn of them first, as it was given back.
    """
    drawn: dict[UUID, list[DrawnLot]] = {entry_id: [] for entry_id in entries}
    missing = dict(entries)
    for entry_id, *values in cursor.rows(LEFT_OF_DRAWN, {"entries": list(entries)}):
        missing[entry_id] -= int(values[8])
        drawn[entry_id].append(DrawnLot(Lot(*values[:6]), values[6] - int(values[8]), values[7]))
    for entry_id, parts in drawn.items():
        for at in reversed(range(len(parts))):
            renewed = min(parts[at].drawn, missing[entry_id]) if parts[at].lot.expires_at else 0
            missing[entry_id] -= renewed
            parts[at] = replace(parts[at], drawn=parts[at].drawn - renewed)
    return {entry_id: tuple(parts) for entry_id, parts in drawn.items()}
