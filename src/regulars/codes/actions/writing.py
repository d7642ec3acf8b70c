"""Writing codes into a pool by the hundred thousand: staged by COPY, then set by set into the code space and the pool (RWD-4)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection

from regulars.codes.models import CodePool
from regulars.codes.rules.states import first_state
from regulars.kernel.codes import code_key
from regulars.kernel.ids import new_stem
from regulars.platform.database import execute, rows

_STAGE: Final = 'CREATE TEMP TABLE staged_codes (id uuid, text text, key text COLLATE "C") ON COMMIT DROP'
_COPY: Final = "COPY staged_codes (id, text, key) FROM STDIN"
# In the order of the keys, so that neighbours in the index are written together.
_TAKE: Final = """
INSERT INTO code_keys (chain_id, key, kind, owner_id)
SELECT %(chain)s::uuid, s.key, 'code', s.id FROM staged_codes s ORDER BY s.key ON CONFLICT DO NOTHING
"""
_DROP_TAKEN: Final = """
DELETE FROM staged_codes s WHERE NOT EXISTS (
    SELECT FROM code_keys k WHERE k.chain_id = %(chain)s::uuid AND k.key = s.key AND k.owner_id = s.id)
RETURNING text
"""
_WRITE: Final = """
INSERT INTO codes (id, chain_id, pool_id, batch_id, text, state, uses, expires_at)
SELECT s.id, %(chain)s::uuid, %(pool)s::uuid, %(batch)s::uuid, s.text, %(state)s::text, 0, %(expires)s::timestamptz
FROM staged_codes s ORDER BY s.id
"""
_COPY_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def write_codes(pool: CodePool, staged: bytes, count: int, *, batch_id: UUID) -> int:
    """Write staged codes (`rules.patterns.copy_rows`) in the running unit of work; how many of the `count` were not taken yet.

    The same code twice in what is staged is taken by the first of the two.
    """
    return count - len(write_and_tell(pool, staged, count, batch_id=batch_id))


def write_and_tell(pool: CodePool, staged: bytes, count: int, *, batch_id: UUID) -> list[str]:
    """The same; the codes that something of the chain had already, as they were given."""
    values = {
        "chain": pool.chain_id,
        "pool": pool.id,
        "batch": batch_id,
        "state": first_state(pool.kind),
        "expires": None,
    }
    execute(_STAGE)
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(staged)
    taken = []
    if execute(_TAKE, values) < count:
        taken = [text for (text,) in rows(_DROP_TAKEN, values)]
    execute(_WRITE, values)
    execute("DROP TABLE staged_codes")
    return taken


def staged_text(texts: Sequence[str]) -> bytes:
    """Codes that were chosen elsewhere, as `write_codes` wants them."""
    stem = new_stem()
    return "".join(
        f"{stem}{number:08x}\t{text.translate(_COPY_ESCAPES)}\t{code_key(text).translate(_COPY_ESCAPES)}\n"
        for number, text in enumerate(texts)
    ).encode()
