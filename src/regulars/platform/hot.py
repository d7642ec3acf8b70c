"""The short way to PostgreSQL for paths that must be fast: few round trips, plans kept ready (DESIGN section 4)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, ExecStatus

from regulars.platform.database import LOCK_TIMEOUT, enter_chain

# Generic plans: with arrays and one row, PostgreSQL would plan these long statements anew each time they run.
OPENING: Final = (
    "BEGIN; SELECT set_config('regulars.chain', '{chain}', true), set_config('lock_timeout', '{wait}', true),"
    " set_config('plan_cache_mode', 'force_generic_plan', true); "
)


def literal(value: Any) -> str:
    """Write a value as SQL reads it; standard_conforming_strings is on, so only quotes are special in text."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, UUID):
        return f"'{value}'"
    if isinstance(value, datetime):
        return f"'{value.isoformat()}'"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, list) and all(isinstance(item, UUID | int) for item in value):
        return f"'{{{','.join(map(str, value))}}}'"
    raise TypeError(f"no way to write {type(value).__name__} as SQL")


class HotCursor:
    """Runs hand-written statements on the raw connection; counts its round trips for tests.

    `opening` is what begins the transaction: it travels with the first statement.
    """

    def __init__(self, raw: "psycopg.Connection[Any]", *, opening: str = "") -> None:
        self._raw = raw
        self._prepared = psycopg.Cursor(raw)
        self._opening = opening
        self._owns_transaction = bool(opening)
        self.is_committed = False
        self.round_trips = 0

    def rows(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement that PostgreSQL keeps prepared, and return its rows."""
        self.open()
        self.round_trips += 1
        self._prepared.execute(statement, parameters, prepare=True)
        result = self._prepared.pgresult
        return self._prepared.fetchall() if result and result.status == ExecStatus.TUPLES_OK else []

    def row(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> tuple[Any, ...] | None:
        """Run one prepared statement and return its first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def call(self, statement: str, parameters: dict[str, Any], *, and_commit: bool = False) -> list[tuple[Any, ...]]:
        """Call a function of the database in one round trip with the BEGIN before it and, if wished, the COMMIT after.

        What fails in the call leaves nothing committed. In a transaction that others opened, they commit it. The rows are
        those of the call, unless the commit travelled with it.
        """
        commits = and_commit and self._owns_transaction
        self.round_trips += 1
        opening, self._opening = self._opening, ""
        text = statement % {name: literal(value) for name, value in parameters.items()}
        wire = self._raw.pgconn
        # One answer comes back, that of the last statement; or the first error, behind which nothing was run.
        result = wire.exec_(f"{opening}{text}{'; COMMIT' if commits else ''}".encode())
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            if wire.status == ConnStatus.BAD:
                raise psycopg.OperationalError(wire.get_error_message())
            raise psycopg.errors.error_from_result(result)
        self.is_committed = commits
        if commits or result.status == ExecStatus.COMMAND_OK:
            return []
        reader = Transformer(self._raw)
        reader.set_pgresult(result)
        return list(reader.load_rows(0, result.ntuples, tuple))

    @property
    def is_open(self) -> bool:
        """Whether a first statement has begun the transaction."""
        return not self._opening

    def open(self) -> None:
        """Begin the transaction where nothing has begun it yet."""
        if self._opening:
            opening, self._opening = self._opening, ""
            self.round_trips += 1
            self._raw.execute(opening)


@contextmanager
def hot_unit_of_work(chain_id: UUID) -> Iterator[HotCursor]:
    """Open a transaction in one chain with the first statement of the block; commit at its end, if it has not.

    Inside a test's transaction it becomes a savepoint.
    """
    connection.ensure_connection()
    if connection.in_atomic_block:
        with transaction.atomic():
            enter_chain(chain_id)
            yield HotCursor(connection.connection)
        return
    raw = connection.connection
    cursor = HotCursor(raw, opening=OPENING.format(chain=chain_id, wait=LOCK_TIMEOUT))
    try:
        yield cursor
        if cursor.is_open and not cursor.is_committed:
            raw.execute("COMMIT")
            cursor.round_trips += 1
    except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
        if raw.closed:
            connection.close()
            raise InterfaceError(str(problem)) from problem
        raw.execute("ROLLBACK")
        raise OperationalError(str(problem)) from problem
    except BaseException:
        if raw.closed:
            connection.close()
        elif cursor.is_open:
            raw.execute("ROLLBACK")
        raise


def open_cursor() -> HotCursor:
    """A hot cursor inside a unit of work that is already open."""
    assert connection.in_atomic_block
    return HotCursor(connection.connection)
