"""The short way to PostgreSQL for paths that must be fast: few round trips, plans kept ready (DESIGN section 4)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.utils import InterfaceError, OperationalError
from psycopg.pq import ExecStatus

from regulars.platform.assumed_key import DOOR_COLUMNS, DOOR_WIDTH, AssumedKey, prove_assumed_key, unproved_key
from regulars.platform.database import LOCK_TIMEOUT, enter_chain
from regulars.platform.hot_wire import Statement, statement_of, wire_of

# Generic plans: with arrays and one row, PostgreSQL would plan long statements anew each time they run. Without bitmaps:
# rows are found by their keys, and what an index has in order (the lots of a card with thousands) is not sorted again.
# Without scans of whole tables: a plan that a connection made while a table was small would be kept while it grows.
SETTINGS: Final = (
    f"set_config('lock_timeout', '{LOCK_TIMEOUT}', true), set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('enable_bitmapscan', 'off', true), set_config('enable_seqscan', 'off', true)"
)
BEGIN: Final = statement_of("BEGIN")
COMMIT: Final = statement_of("COMMIT")
ENTER: Final = statement_of(f"SELECT set_config('regulars.chain', %(chain)s, true), {SETTINGS}")
# The door opens the chain itself.
PROVE: Final = statement_of(f"SELECT {DOOR_COLUMNS}, {SETTINGS} FROM door_api_key(%(hash)s)")

Step = tuple[Statement, Mapping[str, Any]]
Asked = tuple[str, Mapping[str, Any]]
"""A statement and its values."""


class RaceLost(Exception):
    """What was read had been changed by somebody else when it was to be written: nothing is written, and it is tried again."""


class Opening:
    """What begins a transaction in one chain; with a key that is only assumed, the door is asked in the same breath."""

    __slots__ = ("_key", "steps")

    def __init__(self, chain_id: UUID, key: AssumedKey | None) -> None:
        self._key = key
        enter: Step = (PROVE, {"hash": key.key_hash}) if key else (ENTER, {"chain": str(chain_id)})
        self.steps: tuple[Step, ...] = ((BEGIN, {}), enter)

    @property
    def proves(self) -> bool:
        """Whether it proves a key."""
        return self._key is not None

    def check(self, answers: Sequence[list[tuple[Any, ...]]]) -> None:
        """Look at what came back; raises KeyChanged."""
        if self._key is not None:
            self._key.compare(answers[1][0][:DOOR_WIDTH] if answers[1] else None)


class HotCursor:
    """Runs hand-written statements on the raw connection; counts its round trips for tests.

    `opening` is what begins the transaction: it travels with the first statement.
    """

    def __init__(self, raw: "psycopg.Connection[Any]", *, opening: Opening | None = None) -> None:
        self.raw = raw
        self._opening = self._first_opening = opening
        self._owns_transaction = opening is not None
        self.is_committed = False
        self.round_trips = 0

    def rows(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one statement that PostgreSQL keeps prepared, with values of any kind, and return its rows."""
        self.open()
        self.round_trips += 1
        cursor = psycopg.Cursor(self.raw)
        cursor.execute(statement, parameters, prepare=True)
        result = cursor.pgresult
        return cursor.fetchall() if result and result.status == ExecStatus.TUPLES_OK else []

    def row(self, statement: str, parameters: dict[str, Any] | Sequence[Any]) -> tuple[Any, ...] | None:
        """Run one prepared statement and return its first row, or None."""
        found = self.rows(statement, parameters)
        return found[0] if found else None

    def call(self, statement: str, parameters: Mapping[str, Any], *, and_commit: bool = False) -> list[tuple[Any, ...]]:
        """Call a function of the database in one round trip, with the BEGIN before it and, if wished, the COMMIT after.

        What fails in the call leaves nothing committed. In a transaction that others opened, they commit it. Raises
        KeyChanged where the transaction begins with it and the key that was assumed is not as it was.
        """
        commits = and_commit and self._owns_transaction
        if commits and self._opening and self._opening.proves:
            # Nothing may be committed for a key before somebody has looked at what the door said.
            self.open()
        steps: list[Step] = [(statement_of(statement), parameters)]
        if commits:
            steps.append((COMMIT, {}))
        answers = self._exchange(steps, is_final=commits)
        self.is_committed = commits
        return answers[0]

    def look(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Only read, in one round trip: begin, read, commit. What reads needs no proof of a key before its commit.

        Whatever else the unit of work does begins it anew. In a transaction that is open already it is a call like any
        other.
        """
        return self.looks([(statement, parameters)])[0]

    def calls(self, asked: Sequence[Asked]) -> list[list[tuple[Any, ...]]]:
        """Run several statements one after another in one round trip, and return the rows of each."""
        return self._exchange([(statement_of(statement), parameters) for statement, parameters in asked])

    def looks(self, asked: Sequence[Asked]) -> list[list[tuple[Any, ...]]]:
        """The same where they only read: see `look`."""
        if self._opening is None or not self._owns_transaction:
            return self.calls(asked)
        steps = [(statement_of(statement), parameters) for statement, parameters in asked]
        answers = self._exchange([*steps, (COMMIT, {})])
        self._opening = self._first_opening
        return answers[: len(steps)]

    @property
    def is_open(self) -> bool:
        """Whether a first statement has begun the transaction."""
        return self._opening is None

    def open(self) -> None:
        """Begin the transaction where nothing has begun it yet."""
        if self._opening is not None:
            self._exchange([])

    def _exchange(self, steps: list[Step], *, is_final: bool = False) -> list[list[tuple[Any, ...]]]:
        """Send the steps, behind what begins the transaction where nothing has begun it; the rows of each step."""
        self.round_trips += 1
        opening, self._opening = self._opening, None
        if opening is None:
            # In a transaction of others a savepoint may have been rolled back meanwhile: see `forget`.
            return wire_of(self.raw).exchange(steps, keep=self._owns_transaction)
        everything = [*opening.steps, *steps]
        try:
            answers = wire_of(self.raw).exchange(everything, keep=True)
        except psycopg.errors.InvalidSqlStatementName:
            # Not even the BEGIN was known any more, so nothing was done.
            wire_of(self.raw).forget()
            answers = wire_of(self.raw).exchange(everything, keep=True)
        except psycopg.OperationalError:
            if not self.raw.closed or is_final:
                raise
            # The connection had died unnoticed, and with it what was asked: ask once more over a new one.
            self.raw = fresh_connection()
            answers = wire_of(self.raw).exchange(everything, keep=True)
        opening.check(answers)
        return answers[len(opening.steps) :]


def fresh_connection() -> "psycopg.Connection[Any]":
    """A new connection in the place of one that has died."""
    connection.close()
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    return raw


@contextmanager
def hot_unit_of_work(chain_id: UUID) -> Iterator[HotCursor]:
    """Open a transaction in one chain with the first statement of the block; commit at its end, if it has not.

    Where the block acts for a key that is only assumed, the same statement proves it, or KeyChanged is raised. Inside a
    test's transaction it becomes a savepoint.
    """
    # Looked up once: whose thread it is costs something each time that it is asked.
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    if own.in_atomic_block:
        prove_assumed_key()
        with transaction.atomic():
            enter_chain(chain_id)
            yield HotCursor(own.connection)
        return
    cursor = HotCursor(own.connection, opening=Opening(chain_id, unproved_key(chain_id)))
    try:
        yield cursor
        if cursor.is_open and not cursor.is_committed:
            wire_of(cursor.raw).finish("COMMIT")
            cursor.round_trips += 1
    except (psycopg.OperationalError, psycopg.InterfaceError) as problem:
        if cursor.raw.closed:
            connection.close()
            raise InterfaceError(str(problem)) from problem
        wire_of(cursor.raw).finish("ROLLBACK")
        raise OperationalError(str(problem)) from problem
    except BaseException:
        if cursor.raw.closed:
            connection.close()
        elif cursor.is_open:
            wire_of(cursor.raw).finish("ROLLBACK")
        raise


def open_cursor() -> HotCursor:
    """A hot cursor inside a unit of work that is already open."""
    assert connection.in_atomic_block
    return HotCursor(connection.connection)
