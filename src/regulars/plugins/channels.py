"""Ways to reach a customer with a message (MSG-5).

A channel says whom it reaches and why not, what it can carry, and hands a message over. Packages name theirs in the entry
points `regulars.channels`, the product in `project/registry.py`. Nothing here knows how anything is sent.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from typing import Any, Final, Literal, Protocol, runtime_checkable
from uuid import UUID

GROUP: Final = "regulars.channels"
REASONS: Final = ("no_address", "no_sender", "no_device", "not_set_up", "too_many", "withdrew", "not_agreed", "no_data")
"""Why a channel does not reach somebody: each has a sentence in every language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a channel can carry, in characters.

    `subject_max` 0: it has no subject. `shown_max` is what people see without opening it. `daily_max` is how many messages
    a day one address or card is sent; 0 is no limit.
    """

    text_max: int
    subject_max: int = 0
    shown_max: int = 0
    daily_max: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a message is for: a customer, the holder of a card that is nobody's yet, or both. Only cards that are live."""

    chain_id: UUID
    customer_id: UUID | None = None
    email: str = ""
    language: str = ""
    card_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a message would go, in few words that people know: an address, or how many phones."""

    address: str = ""
    phones: int = 0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Why a channel does not reach somebody; `until` is when it does again."""

    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message on its way. `id` is the same however often it is tried."""

    id: UUID
    person: Person
    subject: str
    text: str
    sender: str
    """The business that writes."""
    link: str = ""
    """The customer's card on the web."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a try.

    `waiting`: taken, and told later (`tell_moved`) how it went on. `later`: certainly not sent, to be tried again.
    `refused`: certainly not sent, and never will be. `unclear`: it may have been sent, and is not sent again.
    """

    outcome: Literal["sent", "waiting", "later", "refused", "unclear"]
    detail: str = ""
    after: timedelta | None = None


@runtime_checkable
class Channel(Protocol):
    """A way to reach people. Its methods never raise for somebody or a network that is not there.

    `consent` names the purpose under which people agree to news on this channel. `asks_consent`: news goes only to who
    agreed; else to all who did not withdraw. `is_repeatable`: handing the same letter over twice is as good as once.
    """

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> Any: ...

    @property
    def icon(self) -> str: ...

    @property
    def limits(self) -> Limits: ...

    @property
    def consent(self) -> str: ...

    @property
    def asks_consent(self) -> bool: ...

    @property
    def is_repeatable(self) -> bool: ...

    def reach(self, person: Person, *, now: datetime) -> Reach | Unreachable:
        """Whether it reaches somebody; asked in a unit of work of the chain."""

    def send(self, letter: Letter, *, now: datetime) -> Handed:
        """Hand a letter over; asked outside of any transaction."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How it went on with a letter that was `waiting`."""

    letter_id: UUID
    state: Literal["sent", "delivered", "failed"]
    at: datetime
    reason: str = ""
    detail: str = ""


@dataclass(slots=True)
class _Joined:
    channels: dict[str, Channel] = field(default_factory=dict)
    listeners: list[Callable[[UUID, Moved], None]] = field(default_factory=list)


_joined: Final = _Joined()


def register_channels(own: Sequence[Channel], listeners: Iterable[Callable[[UUID, Moved], None]]) -> None:
    """Take over the product's channels and those of installed packages, and who hears of letters; called once at start."""
    foreign = [entry.load()() for entry in entry_points(group=GROUP)]
    _joined.channels = {one.key: one for one in (*own, *foreign)}
    _joined.listeners = list(listeners)


def list_channels() -> list[Channel]:
    """All channels, in the order in which they are proposed."""
    return list(_joined.channels.values())


def find_channel(key: str) -> Channel | None:
    """The channel with this key; None for one that is not installed any more."""
    return _joined.channels.get(key)


def tell_moved(chain_id: UUID, moved: Moved) -> None:
    """Say how it went on with a letter, in the unit of work in which it did."""
    for listener in _joined.listeners:
        listener(chain_id, moved)
