"""Codes of a file come into a pool set by set, with whose they are, and go again where nobody has used them (RWD-4, IMP-9)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.chains.queries import get_chain
from regulars.codes.actions.coming import begin_table, end_table, free_codes, row_numbers, take_keys, take_out_lost
from regulars.codes.actions.generate import add_made, begin_batch, room_of_chain
from regulars.codes.actions.handing import lives_until
from regulars.codes.models import CodeBatch, CodePool
from regulars.codes.queries.pools import lock_pool, view_pool
from regulars.platform.actor import Actor
from regulars.platform.database import execute, row, rows

COMING: Final = "coming_codes"
COMING_COLUMNS: Final = (
    '(id uuid, "row" int, text text, key text COLLATE "C", state text, expires_at timestamptz, customer_id uuid)'
)
"""The table of the running transaction that a file's codes are put into: `state` is free, attached, active, used or expired."""

_KNOWN: Final = f"""
DELETE FROM {COMING} s USING code_keys k WHERE k.chain_id = %(chain)s::uuid AND k.key = s.key RETURNING s."row"
"""
_OVER: Final = f"""
DELETE FROM {COMING} s WHERE s."row" IN (SELECT "row" FROM {COMING} ORDER BY "row" OFFSET %(room)s) RETURNING "row"
"""
_WRITE: Final = f"""
INSERT INTO codes (id, chain_id, pool_id, batch_id, text, state, uses, customer_id, attached_at, activated_at, expires_at)
SELECT s.id, %(chain)s::uuid, %(pool)s::uuid, %(batch)s::uuid, s.text, s.state, 0,
    CASE WHEN %(is_personal)s THEN s.customer_id END,
    CASE WHEN %(is_personal)s AND s.customer_id IS NOT NULL THEN %(at)s::timestamptz END,
    CASE WHEN %(is_personal)s AND s.state = 'active' THEN %(at)s::timestamptz END,
    coalesce(s.expires_at, CASE s.state WHEN 'attached' THEN %(ends_attached)s::timestamptz
        WHEN 'active' THEN %(ends_active)s::timestamptz END)
FROM {COMING} s ORDER BY s.id
"""
_ATTACH: Final = f"""
INSERT INTO code_attachments (chain_id, code_id, customer_id, at)
SELECT %(chain)s::uuid, s.id, s.customer_id, %(at)s FROM {COMING} s WHERE s.customer_id IS NOT NULL ORDER BY s.id
"""
# What the file said stands as it was said: nobody was given the code since, and no order named it.
_UNTOUCHED: Final = """
c.chain_id = %(chain)s AND c.batch_id = %(batch)s AND c.used_at IS NULL AND coalesce(c.attached_at, %(at)s) = %(at)s
AND coalesce(c.activated_at, %(at)s) = %(at)s
AND NOT EXISTS (SELECT FROM code_uses u WHERE u.code_id = c.id)
AND NOT EXISTS (SELECT FROM code_attachments a WHERE a.code_id = c.id AND a.at <> %(at)s)
"""
_TAKE_BACK: Final = f"""
DELETE FROM codes d WHERE d.id = ANY(ARRAY(
    SELECT c.id FROM codes c WHERE {_UNTOUCHED} ORDER BY c.id LIMIT %(limit)s FOR UPDATE OF c))
RETURNING d.text
"""
_LEFT: Final = """
SELECT c.text, c.state FROM codes c WHERE c.chain_id = %(chain)s AND c.batch_id = %(batch)s ORDER BY c.id LIMIT %(limit)s
"""


class Written(Struct, frozen=True):
    """What became of the staged codes: how many are in the pool, and the rows that are not, by why."""

    made: int
    taken: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    over: tuple[int, ...] = ()


def begin_coming() -> None:
    """Make the table that codes are put into, for the running transaction."""
    begin_table(COMING, COMING_COLUMNS)


def write_coming(actor: Actor, pool_id: UUID, batch_id: UUID, *, at: datetime, wanted: int) -> Written:
    """Write what was put into the table: what is not taken, has its customer, and has room in the pool.

    A code of somebody's that the file gives no end lives as long as the pool says, from `at`. `wanted` is how many the whole
    file brings. Holds the pool's row.
    """
    pool = lock_pool(actor, pool_id)
    batch = CodeBatch.objects.filter(chain_id=actor.chain_id, id=batch_id).first()
    if batch is None:
        batch = begin_batch(actor, pool, source="import", wanted=wanted, now=at, batch_id=batch_id)
    is_personal = pool.kind == "personal"
    ends = lives_until(at, pool.lives_days, get_chain(actor.chain_id).zone) if pool.lives_days and is_personal else None
    values: dict[str, Any] = {
        "chain": actor.chain_id,
        "pool": pool.id,
        "batch": batch_id,
        "at": at,
        "is_personal": is_personal,
        "ends_attached": ends if pool.lives_from == "attached" else None,
        "ends_active": ends,
        "room": min(view_pool(pool).room, room_of_chain(pool.chain_id)),
    }
    gone = take_out_lost(COMING, actor.chain_id)
    # What is taken already needs no room: it is looked for first.
    taken = row_numbers(rows(_KNOWN, values))
    over = row_numbers(rows(_OVER, values))
    taken += take_keys(COMING, actor.chain_id, "code")
    execute(_WRITE, values)
    if not is_personal:
        execute(_ATTACH, values)
    made = end_table(COMING)
    batch.made += made
    batch.duplicated += len(taken)
    batch.over_limit += len(over)
    batch.state = "running"
    batch.save()
    add_made(pool, made)
    return Written(made, taken, gone, over)


def end_coming(chain_id: UUID, batch_id: UUID, *, state: str, now: datetime) -> None:
    """Note that a file's codes are all there, or all gone again."""
    CodeBatch.objects.filter(chain_id=chain_id, id=batch_id).update(state=state, finished_at=now)


def take_back_coming(chain_id: UUID, batch_id: UUID, *, at: datetime, limit: int) -> int:
    """Take back the next codes of a file that are as the file said, and free them; how many. `at` is when they were written."""
    batch = CodeBatch.objects.filter(chain_id=chain_id, id=batch_id).first()
    if batch is None:
        return 0
    pool = CodePool.objects.select_for_update(no_key=True).get(chain_id=chain_id, id=batch.pool_id)
    values: dict[str, Any] = {"chain": chain_id, "batch": batch_id, "at": at, "limit": limit}
    execute(
        f"DELETE FROM code_attachments a USING codes c WHERE a.code_id = c.id AND a.at = %(at)s AND {_UNTOUCHED}",
        values,
    )
    gone = [text for (text,) in rows(_TAKE_BACK, values)]
    if gone:
        free_codes(chain_id, "code", gone)
        CodeBatch.objects.filter(id=batch_id).update(made=batch.made - len(gone))
        add_made(pool, -len(gone))
    return len(gone)


def count_coming(chain_id: UUID, batch_id: UUID, *, at: datetime) -> tuple[int, int]:
    """How many codes of a file would be taken back now, and how many stay."""
    found = row(
        f"SELECT count(*) FILTER (WHERE {_UNTOUCHED}), count(*) FROM codes c WHERE c.chain_id = %(chain)s AND c.batch_id = %(batch)s",
        {"chain": chain_id, "batch": batch_id, "at": at},
    )
    assert found is not None
    return int(found[0]), int(found[1]) - int(found[0])


def list_coming(chain_id: UUID, batch_id: UUID, *, limit: int) -> list[tuple[str, str]]:
    """The codes that are left of a file, each with its state."""
    return [(text, state) for text, state in rows(_LEFT, {"chain": chain_id, "batch": batch_id, "limit": limit})]
