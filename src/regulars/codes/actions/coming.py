"""What tables of codes and of gift cards on their way in have in common: whose they are, and their place in the code space (IMP-9).

Such a table lives in the running transaction and has the columns `id`, `"row"`, `key` and `customer_id`; what cannot come
in is taken out of it, and told by its rows.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from regulars.kernel.codes import code_key
from regulars.platform.database import execute, row, rows

_LOCK: Final = """
SELECT c.id FROM customers c WHERE c.chain_id = %(chain)s AND c.id IN (SELECT s.customer_id FROM {table} s)
ORDER BY c.id FOR KEY SHARE
"""
_GONE: Final = """
DELETE FROM {table} s WHERE s.customer_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM customers c WHERE c.chain_id = %(chain)s AND c.id = s.customer_id)
RETURNING "row"
"""
_TAKE: Final = """
INSERT INTO code_keys (chain_id, key, kind, owner_id)
SELECT %(chain)s::uuid, s.key, %(kind)s, s.id FROM {table} s WHERE s.key IS NOT NULL ORDER BY s.key ON CONFLICT DO NOTHING
"""
_TAKEN: Final = """
DELETE FROM {table} s WHERE s.key IS NOT NULL AND NOT EXISTS (
    SELECT FROM code_keys k WHERE k.chain_id = %(chain)s::uuid AND k.key = s.key AND k.owner_id = s.id)
RETURNING "row"
"""
_FREE: Final = "DELETE FROM code_keys WHERE chain_id = %(chain)s AND kind = %(kind)s AND key = ANY(%(keys)s::text[])"


def begin_table(table: str, columns: str) -> None:
    """Make the table, for the running transaction."""
    execute(f"CREATE TEMP TABLE {table} {columns} ON COMMIT DROP")


def end_table(table: str) -> int:
    """Drop the table; how many rows it had left."""
    left = count_rows(table)
    execute(f"DROP TABLE {table}")
    return left


def count_rows(table: str, condition: str = "true") -> int:
    """How many rows the table has."""
    found = row(f"SELECT count(*) FROM {table} WHERE {condition}")
    return int(found[0]) if found else 0


def take_out_lost(table: str, chain_id: UUID) -> tuple[int, ...]:
    """Keep the customers that the table names from going, and take out the rows of those who have gone; which."""
    values = {"chain": chain_id}
    rows(_LOCK.format(table=table), values)
    return row_numbers(rows(_GONE.format(table=table), values))


def take_keys(table: str, chain_id: UUID, kind: str) -> tuple[int, ...]:
    """Give each row its place in the code space, and take out the rows whose code another thing has; which."""
    values = {"chain": chain_id, "kind": kind}
    wanted = count_rows(table, "key IS NOT NULL")
    if execute(_TAKE.format(table=table), values) == wanted:
        return ()
    return row_numbers(rows(_TAKEN.format(table=table), values))


def free_codes(chain_id: UUID, kind: str, codes: Sequence[str]) -> None:
    """Let others have these codes of things of this kind."""
    if codes:
        execute(_FREE, {"chain": chain_id, "kind": kind, "keys": [code_key(code) for code in codes]})


def row_numbers(found: Sequence[Sequence[Any]]) -> tuple[int, ...]:
    """The numbers in the first column."""
    return tuple(int(values[0]) for values in found)
