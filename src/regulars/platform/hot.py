"""The short way to PostgreSQL for paths that must be fast: few round trips, plans kept ready (DESIGN section 4)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError

from regulars.platform.database import LOCK_TIMEOUT, enter_chain

# Generic plans: with arrays and one row, PostgreSQL would plan these long statements anew each time they run.
OPENING: Final = (
    "BEGIN; SELECT set_config('regulars.chain', '{chain}', true), set_config('lock_timeout', '{wait}', true),"
    " set_config('plan_cache_mode', 'force_generic_plan', true); "
)
RESULTS_OF_OPENING: Final = 2


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
        return self._prepared.fetchall() if self._prepared.description else []

    def row(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> tuple[Any, ...] | None:
        """Run one prepared statement and return its first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def call(
        self, statement: str, parameters: dict[str, Any] | Sequence[Any], *, and_commit: bool = False
    ) -> list[tuple[Any, ...]]:
        """Call a function of the database in one round trip with the BEGIN before it and, if wished, the COMMIT after.

        What fails in the call leaves nothing committed. In a transaction that others opened, they commit it.
        """
        commits = and_commit and self._owns_transaction
        cursor = psycopg.ClientCursor(self._raw)
        self.round_trips += 1
        opening, self._opening = self._opening, ""
        cursor.execute(f"{opening}{statement}{'; COMMIT' if commits else ''}", parameters)
        if opening:
            for _ in range(RESULTS_OF_OPENING):
                cursor.nextset()
        found = cursor.fetchall() if cursor.description else []
        self.is_committed = commits
        return found

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
