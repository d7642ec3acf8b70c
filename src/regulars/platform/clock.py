"""The two clocks (ORG-6, ADR 16): the real one, and the one that a test chain has moved ahead.

Whatever happens in a chain happens by the chain's clock: `request.now` on a page and in a route, `now_in(chain_id)` in a job
or command. Who may enter, how fast and until when, and what the installation does for itself, go by `real_now()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from regulars.platform.database import row

NOT_AHEAD: Final = timedelta(0)

_shown: ContextVar[timedelta] = ContextVar("clock_ahead", default=NOT_AHEAD)


def real_now() -> datetime:
    """The time of the world, whatever a test chain believes."""
    return timezone.now()


def now_ahead(clock_ahead: timedelta) -> datetime:
    """The time of a chain whose clock is so much ahead."""
    return real_now() + clock_ahead


def now_in(chain_id: UUID) -> datetime:
    """The time of a chain, for those who act without a request in it; needs no unit of work."""
    found = row("SELECT door_clock(%s)", [chain_id])
    return now_ahead(found[0] if found and found[0] else NOT_AHEAD)


@contextmanager
def showing_clock(clock_ahead: timedelta) -> Iterator[None]:
    """Let templates inside the block tell times as seen from a chain whose clock is so much ahead."""
    token = _shown.set(clock_ahead)
    try:
        yield
    finally:
        _shown.reset(token)


def shown_now() -> datetime:
    """The time that a page is looked at, by the clock of the chain that it shows."""
    return now_ahead(_shown.get())
