"""One unmoving picture of a chain: a long read on a connection of its own, while the usual one goes on committing."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

BATCH_ROWS: Final = 2_000

Parameters = Sequence[Any] | dict[str, Any]


class Snapshot:
    """A transaction that sees one chain as it was when it began, and changes nothing."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    def batches(
        self, sql: str, parameters: Parameters = (), *, size: int = BATCH_ROWS
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Run one statement and hand its rows out a batch at a time; neither side ever holds them all."""
        with closing(self._connection.chunked_cursor()) as cursor:
            cursor.execute(sql, parameters)
            while found := cursor.fetchmany(size):
                yield found


@contextmanager
def open_snapshot(chain_id: UUID, *, using: str = "default") -> Iterator[Snapshot]:
    """Open a read-only REPEATABLE READ transaction inside one chain, beside the connection of this thread."""
    connection = connections[using].copy()
    try:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT set_config('regulars.chain', %s, true)", [str(chain_id)])
        yield Snapshot(connection)
    finally:
        connection.close()
