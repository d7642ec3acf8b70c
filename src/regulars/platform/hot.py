"""The short way to PostgreSQL for paths that must be fast: prepared statements, one round trip each (DESIGN section 4)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError
from psycopg import sql

from regulars.platform.database import LOCK_TIMEOUT, enter_chain


class HotCursor:
    """A server-side-binding cursor whose statements PostgreSQL keeps prepared; counts its round trips for tests."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self._cursor = psycopg.Cursor(raw)
        self.round_trips = 0

    def rows(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        self.round_trips += 1
        self._cursor.execute(statement, parameters, prepare=True)  # type: ignore[arg-type]
        return self._cursor.fetchall() if self._cursor.description else []

    def row(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> tuple[Any, ...] | None:
        """Run one statement and return its first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None


@contextmanager
def hot_unit_of_work(chain_id: UUID) -> Iterator[HotCursor]:
    """Open a transaction in one chain, the setting in the same round trip as BEGIN; commit at the end.

    Inside a test's transaction it becomes a savepoint.
    """
    connection.ensure_connection()
    if connection.in_atomic_block:
        with transaction.atomic():
            enter_chain(chain_id)
            yield HotCursor(connection.connection)
        return
    raw = connection.connection
    begin = sql.SQL(
        "BEGIN; SELECT set_config('regulars.chain', {chain}, true), set_config('lock_timeout', {wait}, true)"
    ).format(chain=str(chain_id), wait=LOCK_TIMEOUT)
    try:
        raw.execute(begin)
        cursor = HotCursor(raw)
        cursor.round_trips = 1
        yield cursor
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
        else:
            raw.execute("ROLLBACK")
        raise


def open_cursor() -> HotCursor:
    """A hot cursor inside a unit of work that is already open."""
    assert connection.in_atomic_block
    return HotCursor(connection.connection)
