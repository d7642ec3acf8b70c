"""Gift cards of another system come in with what is left on them, and go again where nobody has used them (RWD-5, IMP-7)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.codes.actions.coming import begin_table, end_table, free_codes, take_keys, take_out_lost
from regulars.codes.actions.space import take_new_codes
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, rows

COMING: Final = "coming_gift_cards"
COMING_COLUMNS: Final = (
    '(id uuid, entry_id uuid, "row" int, code text, key text COLLATE "C", type_id uuid, customer_id uuid, value bigint,'
    " balance bigint, expires_at timestamptz, is_blocked boolean, makes_code boolean)"
)
"""The table of the running transaction that a file's gift cards are put into; `makes_code` where one is made for it."""

_CARDS: Final = f"""
INSERT INTO gift_cards (id, chain_id, type_id, code, customer_id, value, balance, state, is_blocked, location_id, sold_at,
    expires_at, last_number, version, import_id)
SELECT s.id, %(chain)s::uuid, s.type_id, s.code, s.customer_id, s.value, s.balance,
    CASE WHEN s.is_blocked THEN 'blocked' ELSE 'active' END, s.is_blocked, %(location)s, %(at)s, s.expires_at, 1, 1, %(import)s
FROM {COMING} s ORDER BY s.id
"""
_ENTRIES: Final = f"""
INSERT INTO gift_card_entries (id, chain_id, gift_card_id, number, kind, amount, balance_after, at, source, staff_id, key_id,
    location_id)
SELECT s.entry_id, %(chain)s::uuid, s.id, 1, 'opening', s.balance, s.balance, %(at)s, 'import', %(staff)s, %(key)s, %(location)s
FROM {COMING} s ORDER BY s.id
"""
# As the file brought it: no second entry, nothing changed.
_UNTOUCHED: Final = """
g.chain_id = %(chain)s AND g.import_id = %(import)s AND g.last_number = 1 AND g.version = 1 AND g.state IN ('active', 'blocked')
"""
_CANCEL: Final = f"""
WITH wanted AS (
    SELECT g.id, g.code, g.balance, g.location_id FROM gift_cards g WHERE {_UNTOUCHED} ORDER BY g.id LIMIT %(limit)s
    FOR UPDATE OF g
), entered AS (
    INSERT INTO gift_card_entries (id, chain_id, gift_card_id, number, kind, amount, balance_after, at, source, staff_id, key_id,
        location_id)
    SELECT regulars_uuid7(), %(chain)s::uuid, w.id, 2, 'cancel', -w.balance, 0, %(now)s, 'import', %(staff)s, %(key)s, w.location_id
    FROM wanted w
), ended AS (
    UPDATE gift_cards g SET balance = 0, state = 'cancelled', is_blocked = false, last_number = 2, version = 2, code = NULL
    FROM wanted w WHERE g.id = w.id
)
SELECT code FROM wanted
"""
_LEFT: Final = """
SELECT coalesce(g.code, ''), g.state, g.balance FROM gift_cards g
WHERE g.chain_id = %(chain)s AND g.import_id = %(import)s AND NOT (g.state = 'cancelled' AND g.last_number = 2 AND g.code IS NULL)
ORDER BY g.id LIMIT %(limit)s
"""


class Opened(Struct, frozen=True):
    """What became of the staged gift cards: how many there are, and the rows that are not, by why."""

    made: int
    taken: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()


def begin_coming() -> None:
    """Make the table that gift cards are put into, for the running transaction."""
    begin_table(COMING, COMING_COLUMNS)


def open_coming(actor: Actor, import_id: UUID, *, location_id: UUID | None, at: datetime) -> Opened:
    """Write what was put into the table; each begins with an opening entry of what is left on it. It is no sale."""
    values: dict[str, Any] = {
        "chain": actor.chain_id,
        "import": import_id,
        "location": location_id,
        "at": at,
        "staff": actor.staff_id,
        "key": actor.key_id,
    }
    gone = take_out_lost(COMING, actor.chain_id)
    taken = take_keys(COMING, actor.chain_id, "gift_card")
    made_for = [card_id for (card_id,) in rows(f'SELECT id FROM {COMING} WHERE makes_code ORDER BY "row"')]
    if made_for:
        rows(
            f"UPDATE {COMING} s SET code = n.code FROM unnest(%s::uuid[], %s::text[]) AS n (id, code) WHERE s.id = n.id",
            [made_for, take_new_codes(actor.chain_id, "gift_card", made_for)],
        )
    execute(_CARDS, values)
    execute(_ENTRIES, values)
    return Opened(end_table(COMING), taken, gone)


def cancel_opened(actor: Actor, import_id: UUID, *, now: datetime, limit: int) -> int:
    """Cancel the next gift cards of a file that nobody has used, and free their codes; how many."""
    values: dict[str, Any] = {
        "chain": actor.chain_id,
        "import": import_id,
        "now": now,
        "limit": limit,
        "staff": actor.staff_id,
        "key": actor.key_id,
    }
    gone = [code for (code,) in rows(_CANCEL, values)]
    free_codes(actor.chain_id, "gift_card", [code for code in gone if code])
    return len(gone)


def count_opened(chain_id: UUID, import_id: UUID) -> tuple[int, int]:
    """How many gift cards of a file would be cancelled now, and how many stay because they were used or changed."""
    found = row(
        f"SELECT count(*) FILTER (WHERE {_UNTOUCHED}), count(*) FILTER (WHERE NOT ({_UNTOUCHED})) FROM gift_cards g"
        " WHERE g.chain_id = %(chain)s AND g.import_id = %(import)s"
        " AND NOT (g.state = 'cancelled' AND g.last_number = 2 AND g.code IS NULL)",
        {"chain": chain_id, "import": import_id},
    )
    assert found is not None
    return int(found[0]), int(found[1])


def list_opened(chain_id: UUID, import_id: UUID, *, limit: int) -> list[tuple[str, str, int]]:
    """The gift cards that are left of a file: code, state, balance."""
    found = rows(_LEFT, {"chain": chain_id, "import": import_id, "limit": limit})
    return [(code, state, int(balance)) for code, state, balance in found]
