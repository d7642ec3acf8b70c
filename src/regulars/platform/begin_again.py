"""Beginning a whole request again, where what stands in its way has to be moved in a transaction of its own first (ADR 19)."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final, Literal, TypeVar

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


def has_begun_again() -> bool:
    """Whether this is the second time."""
    return _run.get() == "again"


def beginning_again(work: Callable[[], T]) -> T:
    """Do a request's work, which opens its own transaction, and once more where it asks for that."""
    token = _run.set("first")
    try:
        return work()
    except BeginAgain as asked:
        first = asked.first
    finally:
        _run.reset(token)
    first()
    token = _run.set("again")
    try:
        return work()
    finally:
        _run.reset(token)
