"""The states of a membership, what leads from one to the next, and what a membership is on a day (RWD-6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal, get_args
from uuid import UUID

from regulars.memberships.rules.terms import Terms

State = Literal["sold", "active", "frozen", "used_up", "expired", "cancelled"]
Verb = Literal[
    "begin",
    "use",
    "use_up",
    "undo_use",
    "undo_first_use",
    "freeze",
    "unfreeze",
    "extend",
    "reopen",
    "expire",
    "cancel",
]

STATES: Final[tuple[str, ...]] = get_args(State)

TRANSITIONS: Final[Mapping[tuple[State, Verb], State]] = MappingProxyType(
    {
        # It was sold and begins with its first use.
        ("sold", "begin"): "active",
        ("sold", "extend"): "sold",
        ("sold", "cancel"): "cancelled",
        ("active", "use"): "active",
        ("active", "use_up"): "used_up",
        ("active", "undo_use"): "active",
        ("active", "undo_first_use"): "sold",
        ("active", "freeze"): "frozen",
        ("active", "extend"): "active",
        ("active", "expire"): "expired",
        ("active", "cancel"): "cancelled",
        ("frozen", "unfreeze"): "active",
        ("frozen", "undo_use"): "frozen",
        ("frozen", "extend"): "frozen",
        ("frozen", "expire"): "expired",
        ("frozen", "cancel"): "cancelled",
        # `reopen`: visits came back, or days or visits were added, and it can be used again.
        ("used_up", "reopen"): "active",
        ("used_up", "undo_first_use"): "sold",
        ("used_up", "extend"): "used_up",
        ("used_up", "cancel"): "cancelled",
        ("expired", "reopen"): "active",
        ("expired", "undo_use"): "expired",
        ("expired", "cancel"): "cancelled",
        # Visits of an order that is refunded later come back; it stays cancelled.
        ("cancelled", "undo_use"): "cancelled",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipState:
    """A membership as decisions need it; days are those of the chain, the first and the last included.

    `frozen_from` and `frozen_until` are the freeze that is or will be; `begun_by` is the use that began it.
    """

    id: UUID
    type_id: UUID
    type_name: str
    customer_id: UUID | None
    card_id: UUID | None
    state: State
    terms: Terms
    visits: int | None
    used: int
    starts_on: date | None
    first_ends_on: date | None
    ends_on: date | None
    extended_days: int
    frozen_days: int
    freezes: int
    frozen_from: date | None
    frozen_until: date | None
    last_used_at: datetime | None
    begun_by: UUID | None
    price: int
    version: int

    @property
    def remaining(self) -> int | None:
        """Visits that are left; None where they are not counted."""
        return None if self.visits is None else self.visits - self.used


def follow(state: State, verb: Verb) -> State:
    """The state that a verb leads to. Raises KeyError where there is no such way: whoever asks has refused before."""
    return TRANSITIONS[state, verb]


def as_of(one: MembershipState, today: date) -> MembershipState:
    """The membership as it is on a day, although nobody has written down yet what the nights before brought."""
    state: State = one.state
    if state in ("active", "frozen") and one.ends_on is not None and one.ends_on < today:
        state = follow(state, "expire")
    frozen = one.frozen_from is not None and one.frozen_until is not None
    is_over = frozen and one.frozen_until is not None and one.frozen_until < today
    if state == "frozen" and is_over:
        state = follow(state, "unfreeze")
    if state == "active" and one.frozen_from is not None and one.frozen_from <= today and not is_over:
        state = follow(state, "freeze")
    if is_over:
        return replace(one, state=state, frozen_from=None, frozen_until=None)
    return replace(one, state=state)
