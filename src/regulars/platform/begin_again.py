"""Beginning a whole request again, where what stands in its way has to be moved in a transaction of its own first (ADR 19)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Final, Literal, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_run: Final[ContextVar[Literal["first", "again"] | None]] = ContextVar("run", default=None)


class BeginAgain(Exception):
    """Let go of everything, do `first` with no transaction open, and begin again."""

    def __init__(self, first: Callable[[], object]) -> None:
        super().__init__()
        self.first = first


def can_begin_again() -> bool:
    """Whether somebody around would hear of it: once for a request."""
    return _run.get() == "first"


def is_second_time() -> bool:
    """Whether this has begun again already."""
    return _run.get() == "again"


@contextmanager
def second_time() -> Iterator[None]:
    """What is done inside has begun again, and does not ask for it another time."""
    token = _run.set("again")
    try:
        yield
    finally:
        _run.reset(token)


def beginning_again(work: Callable[[], T]) -> T:
    """Do work that opens its own transaction, and once more where it asks for that; inside of other such work only do it."""
    if _run.get() is not None:
        return work()
    token = _run.set("first")
    try:
        return work()
    except BeginAgain as asked:
        first = asked.first
    finally:
        _run.reset(token)
    first()
    with second_time():
        return work()


def begins_again(action: Callable[P, T]) -> Callable[P, T]:
    """Decorate an action that opens its own transaction, around others that join it."""

    @wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return beginning_again(lambda: action(*args, **kwargs))

    return run
