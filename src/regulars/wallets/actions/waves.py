"""A card type that was published, or whose places moved, reaches the passes that people have (TYP-5, WAL-4).

They are noted in chunks, so that no table is held at once. A chunk and how far it came are one transaction: killed at any
instant, the next round goes on where it ended.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.platform.database import execute, row, unit_of_work
from regulars.wallets.queries.google import GOOGLE
from regulars.wallets.rules.sending import GAP, GATHER, SPENT

CHUNK: Final = 1_000
"""Passes of the chain that are looked at in one transaction."""
_BEGINNING: Final = UUID(int=0)
_BEGIN: Final = """
INSERT INTO wallet_waves (card_type_id, chain_id, at, after) VALUES (%(card_type)s, %(chain)s, %(at)s, %(beginning)s)
ON CONFLICT (card_type_id) DO UPDATE SET at = excluded.at, after = excluded.after
"""
_TAKE: Final = """
SELECT card_type_id, at, after FROM wallet_waves WHERE chain_id = %s ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
# The end of the chunk and its passes are found by one index, whatever other types the chain has.
_END: Final = """
SELECT (array_agg(id ORDER BY id DESC))[1], count(*) FROM (
    SELECT id FROM wallet_passes WHERE chain_id = %(chain)s AND id > %(after)s ORDER BY id LIMIT %(limit)s
) chunk
"""
# What all cards of a type share Google holds once, and is told of it with a card: one of each chunk is told though it shows nothing
# else, as if for the first time, and so without a sound.
_CARRY: Final = """
UPDATE wallet_passes SET told_tag = 0 WHERE id = (
    SELECT p.id FROM wallet_passes p JOIN cards k ON k.id = p.card_id
    WHERE p.chain_id = %(chain)s AND p.id > %(after)s AND p.id <= %(end)s AND p.provider = %(google)s AND p.put_away_at IS NULL
        AND k.card_type_id = %(card_type)s AND k.status = 'active'
    ORDER BY p.id LIMIT 1
)
"""
_NOTE: Final = """
INSERT INTO wallet_refreshes (pass_id, chain_id, provider, is_urgent, changed_at, due_at, revision, tries, problem)
SELECT p.id, p.chain_id, p.provider, false, %(at)s, greatest(%(now)s + %(gather)s, coalesce(p.told_at + %(gap)s, %(now)s)), 1, 0, ''
FROM wallet_passes p JOIN cards k ON k.id = p.card_id
WHERE p.chain_id = %(chain)s AND p.id > %(after)s AND p.id <= %(end)s AND k.card_type_id = %(card_type)s
ORDER BY p.id
ON CONFLICT (pass_id) DO UPDATE SET revision = wallet_refreshes.revision + 1,
    due_at = CASE WHEN wallet_refreshes.problem = %(spent)s THEN least(wallet_refreshes.due_at, excluded.due_at) ELSE wallet_refreshes.due_at END
"""


def begin_wave(chain_id: UUID, card_type_id: UUID, *, at: datetime) -> None:
    """Note that every pass of a card type may show something else; inside the running unit of work."""
    execute(_BEGIN, {"card_type": card_type_id, "chain": chain_id, "at": at, "beginning": _BEGINNING})


def spread_wave(chain_id: UUID, *, now: datetime) -> bool:
    """Note the next chunk of passes as changed; whether there is more to do. Several workers do not wait for each other."""
    with unit_of_work(chain_id):
        taken = row(_TAKE, [chain_id])
        if taken is None:
            return False
        card_type_id, at, after = taken
        values = {"chain": chain_id, "card_type": card_type_id, "at": at, "after": after, "now": now}
        found = row(_END, values | {"limit": CHUNK})
        end, count = found or (None, 0)
        if end is not None:
            execute(_CARRY, values | {"end": end, "google": GOOGLE})
            execute(_NOTE, values | {"end": end, "gather": GATHER, "gap": GAP, "spent": SPENT})
        if count < CHUNK:
            execute("DELETE FROM wallet_waves WHERE card_type_id = %s", [card_type_id])
        else:
            execute("UPDATE wallet_waves SET after = %s WHERE card_type_id = %s", [end, card_type_id])
    return True
