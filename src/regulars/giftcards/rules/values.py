"""What a gift card is, as it is read to be changed; what a change of it writes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from regulars.giftcards.rules.states import State

Choice = frozenset[str] | None
"""The categories that may be paid; None for all."""

NOTHING: Final[frozenset[str]] = frozenset()


class Limits(Struct, frozen=True):
    """Which goods and services a gift card pays."""

    goods: Choice = None
    services: Choice = None

    @property
    def is_for_everything(self) -> bool:
        """Whether it pays every line, and shipping and tips with them."""
        return self.goods is None and self.services is None

    def takes(self, kind: str, category: str) -> bool:
        """Whether a line of this kind and category may be paid so."""
        chosen = self.services if kind == "service" else self.goods
        return chosen is None or category in chosen


def limits_of(stored: Mapping[str, Any]) -> Limits:
    """The limits that checked JSON tells: `none`, a list of categories, or nothing for any."""
    return Limits(_choice(stored.get("goods")), _choice(stored.get("services")))


def _choice(value: Any) -> Choice:
    if value is None or value == "any":
        return None
    return NOTHING if value == "none" else frozenset(value)


class GiftCardState(Struct, frozen=True):
    """A gift card under lock, or as it was read: everything that a payment depends on. Money in smallest units."""

    id: UUID
    type_id: UUID
    state: State
    balance: int
    is_single_use: bool
    limits: Limits
    location_ids: frozenset[UUID] | None
    customer_id: UUID | None
    expires_at: datetime | None
    version: int
    last_number: int
    value_max: int | None = None
    is_blocked: bool = False
    """Whether somebody blocked it; it stays so when its time is over."""

    def state_at(self, now: datetime) -> State:
        """Its state by this time, whether or not its end has been booked yet."""
        if self.state in ("active", "blocked") and self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return self.state


class PastEntry(Struct, frozen=True):
    """An entry that took money, and how much of it was given back since."""

    id: UUID
    kind: str
    amount: int
    given_back: int = 0

    @property
    def left(self) -> int:
        """What can still be given back, above zero."""
        return -self.amount - self.given_back


class NewEntry(Struct, frozen=True):
    """One line of a gift card that is to be written."""

    id: UUID
    number: int
    kind: str
    amount: int
    balance_after: int
    reverses: UUID | None = None


class Change(Struct, frozen=True):
    """What a change makes of a gift card: written only where it is still as it was read."""

    before: GiftCardState
    after: GiftCardState
    entries: tuple[NewEntry, ...]
