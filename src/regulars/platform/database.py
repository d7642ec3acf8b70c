"""The unit of work: one transaction inside one chain, as the role that policies bind."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import psycopg
from django.db import connections, transaction
from django.db.utils import OperationalError
from psycopg import errors
from psycopg.types.array import ListDumper

from regulars.platform.assumed_key import prove_assumed_key
from regulars.platform.random_wait import wait_before_retry

P = ParamSpec("P")
T = TypeVar("T")

RETRIES_MAX: Final = 3
LOCK_TIMEOUT: Final = "2s"
_BY_KEYS: Final = ", set_config('enable_seqscan', 'off', true)"


class PlainLists(ListDumper):
    """Lists of ids and of texts as PostgreSQL reads them, written at once.

    Element by element they were half of what the dispatcher did: most of what it writes names many cards.
    """

    def dump(self, obj: list[Any]) -> Any:
        """The text of an array; whatever else it holds is written as the library does."""
        kinds = set(map(type, obj))
        if kinds == {UUID}:
            return b"{%s}" % ",".join([one.hex for one in obj]).encode()
        if kinds == {str} and "\0" not in (text := '","'.join([_escaped(one) for one in obj])):
            return b'{"%s"}' % text.encode()
        return super().dump(obj)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"') if '"' in text or "\\" in text else text


# Before the first connection: Django copies what is registered.
psycopg.adapters.register_dumper(list, PlainLists)


@contextmanager
def unit_of_work(
    chain_id: UUID | None, *, login_id: UUID | None = None, using: str = "default", by_keys: bool = False
) -> Iterator[None]:
    """Open a durable transaction in which only the rows of `chain_id` exist; commit at the end, roll back on any error.

    Refuses to nest: whoever writes opens exactly one. `login_id` opens the row of that login as well. Inside an
    `edge_unit_of_work` of the same chain it joins that one, as a savepoint. With `by_keys` the work finds all that it reads
    by keys, and the plans of what it asks with `kept_rows` are kept.
    """
    if chain_id is not None and _joinable.get() == (using, chain_id, login_id):
        with transaction.atomic(using=using):
            yield
        return
    prove_assumed_key()
    with transaction.atomic(using=using, durable=True):
        enter_chain(chain_id, login_id=login_id, using=using, by_keys=by_keys)
        token = _keeps_plans.set(by_keys and using == "default")
        try:
            yield
        finally:
            _keeps_plans.reset(token)


_keeps_plans: ContextVar[bool] = ContextVar("keeps_plans", default=False)
_joinable: ContextVar[tuple[str, UUID, UUID | None] | None] = ContextVar("joinable", default=None)


@contextmanager
def edge_unit_of_work(chain_id: UUID, *, login_id: UUID | None = None, using: str = "default") -> Iterator[None]:
    """Open the unit of work of a whole request at the edge: reads need none of their own, and an action joins it.

    So what an action writes, the answer that presents it and the idempotency key that keeps the answer are committed
    together or not at all.
    """
    if _after_edge.get() is not None:
        with unit_of_work(chain_id, login_id=login_id, using=using):
            yield
        return
    waiting: list[Callable[[], None]] = []
    try:
        with unit_of_work(chain_id, login_id=login_id, using=using):
            token, after = _joinable.set((using, chain_id, login_id)), _after_edge.set(waiting)
            try:
                yield
            finally:
                _joinable.reset(token)
                _after_edge.reset(after)
    finally:
        for work in waiting:
            work()


_after_edge: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_edge", default=None)


def after_edge(work: Callable[[], None]) -> None:
    """Do what has to last even where the request is refused: after the unit of work of the edge, at once where there is none."""
    waiting = _after_edge.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


def enter_chain(
    chain_id: UUID | None, *, login_id: UUID | None = None, using: str = "default", by_keys: bool = False
) -> None:
    """Let the running transaction see one chain; never longer than the transaction lasts.

    With `by_keys` no table is read whole: a plan that was made while a table was small would be kept while it grows.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('regulars.chain', %s, true), set_config('regulars.login', %s, true),"
            f" set_config('lock_timeout', %s, true){_BY_KEYS if by_keys else ''}",
            [str(chain_id or ""), str(login_id or ""), LOCK_TIMEOUT],
        )


def retried(action: Callable[P, T]) -> Callable[P, T]:
    """Run an action again, at most three times, when PostgreSQL gave it up for a deadlock or a serialization failure."""

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(RETRIES_MAX):
            try:
                return action(*args, **kwargs)
            except OperationalError as problem:
                last = attempt == RETRIES_MAX - 1
                if last or not isinstance(problem.__cause__, errors.DeadlockDetected | errors.SerializationFailure):
                    raise
                wait_before_retry(attempt)
        raise AssertionError("unreachable")

    run.__name__ = action.__name__
    run.__doc__ = action.__doc__
    return run


def rows(sql: str, parameters: Sequence[Any] | dict[str, Any] = (), *, using: str = "default") -> list[tuple[Any, ...]]:
    """Run one hand-written statement in the running unit of work and return its rows."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def kept_rows(sql: str, parameters: Sequence[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
    """As `rows`, for a long statement that finds rows by keys; in a `unit_of_work` by keys its plan is kept.

    Values are bound by the server, so lists and what may be NULL need their types in the statement.
    """
    if not _keeps_plans.get():
        return rows(sql, parameters)
    own = connections["default"]
    cursor: Any = _Kept(own.connection)
    with own.make_debug_cursor(cursor) if own.queries_logged else own.make_cursor(cursor) as wrapped:
        wrapped.execute(sql, parameters)
        return wrapped.fetchall() if wrapped.description else []


class _Kept(psycopg.Cursor[tuple[Any, ...]]):
    """Binds values by the server, and lets it keep the statement."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Run a statement as psycopg does."""
        return super().execute(query, params, **(options | {"prepare": True}))


def row(sql: str, parameters: Sequence[Any] | dict[str, Any] = (), *, using: str = "default") -> tuple[Any, ...] | None:
    """Run one hand-written statement and return its first row, or None."""
    found = rows(sql, parameters, using=using)
    return found[0] if found else None


def execute(sql: str, parameters: Sequence[Any] | dict[str, Any] = (), *, using: str = "default") -> int:
    """Run one hand-written statement and return how many rows it touched."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def from_json(value: Any) -> Any:
    """The value of a jsonb column of a hand-written statement, which Django hands over as text."""
    return json.loads(value) if isinstance(value, str) else value
