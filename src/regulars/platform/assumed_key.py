"""A key that this process knows already: used at once, proved before anything comes of it (ADR 15).

What the door said of a key is remembered, so that a hot route need not ask before it begins. The first statement of its
transaction asks the door again; whatever else would touch the database, or be answered, proves the key first. So a
revoked key, or one whose rights changed, ends as soon as if nothing were remembered.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from uuid import UUID

DOOR_COLUMNS: Final = "chain_id, staff_id, login_id, key_id, role, rights_added, rights_removed, location_ids, scopes, language, clock_ahead"
DOOR_WIDTH: Final = DOOR_COLUMNS.count(",") + 1
CLOCK_PLACE: Final = DOOR_WIDTH - 1

DoorRow = tuple[Any, ...]
"""What the door says of a key: DOOR_COLUMNS."""


class KeyChanged(Exception):
    """The door says something else of the key than what was remembered: nothing has come of it, begin anew."""


class AssumedKey:
    """A key with what the door said of it last, for one request."""

    __slots__ = ("_ask", "chain_id", "is_proved", "key_hash", "row")

    def __init__(self, key_hash: bytes, row: DoorRow, *, ask: Callable[[bytes], DoorRow | None]) -> None:
        self.key_hash = key_hash
        self.chain_id: UUID = row[0]
        self.is_proved = False
        self.row = row
        self._ask = ask

    def compare(self, row: DoorRow | None) -> None:
        """Take what the door says now; raises KeyChanged where it is not what was assumed."""
        if row != self.row:
            raise KeyChanged
        self.is_proved = True

    def prove(self) -> None:
        """Ask the door, unless this request has done so; raises KeyChanged."""
        if not self.is_proved:
            self.compare(self._ask(self.key_hash))


_assumed: ContextVar[AssumedKey | None] = ContextVar("assumed_key", default=None)


@contextmanager
def assuming(key: AssumedKey) -> Iterator[None]:
    """Act for a key before it is proved; at the end it is, or KeyChanged is raised, whatever the block raises itself."""
    token = _assumed.set(key)
    try:
        yield
    except KeyChanged:
        raise
    except Exception:
        # A refusal is an answer too, and a fault says what was reached: neither goes out for a key that has ended.
        key.prove()
        raise
    else:
        key.prove()
    finally:
        _assumed.reset(token)


def unproved_key(chain_id: UUID) -> AssumedKey | None:
    """The key of this chain that the first statement of a transaction still has to prove, or None."""
    key = _assumed.get()
    return key if key is not None and not key.is_proved and key.chain_id == chain_id else None


def prove_assumed_key() -> None:
    """Prove the key that is acted for, where one is only assumed; raises KeyChanged."""
    key = _assumed.get()
    if key is not None:
        key.prove()
