"""The states of a gift card and what leads from one to the next."""

from collections.abc import Mapping
from typing import Final, Literal

State = Literal["active", "used_up", "expired", "blocked", "cancelled"]
Verb = Literal[
    "write_off", "use_up", "top_up", "give_back", "give_back_blocked", "expire", "block", "unblock", "cancel"
]

STATES: Final[tuple[State, ...]] = ("active", "used_up", "expired", "blocked", "cancelled")
FIRST: Final[State] = "active"

TRANSITIONS: Final[Mapping[tuple[State, Verb], State]] = {
    ("active", "write_off"): "active",
    ("active", "use_up"): "used_up",
    ("active", "top_up"): "active",
    ("active", "give_back"): "active",
    ("active", "expire"): "expired",
    ("active", "block"): "blocked",
    ("active", "cancel"): "cancelled",
    ("blocked", "unblock"): "active",
    ("blocked", "give_back"): "blocked",
    ("blocked", "expire"): "expired",
    ("blocked", "cancel"): "cancelled",
    ("used_up", "top_up"): "active",
    ("used_up", "give_back"): "active",
    ("expired", "give_back"): "active",
    ("expired", "give_back_blocked"): "blocked",
}


def state_after(state: State, verb: Verb) -> State | None:
    """The state that a verb leads to; None where it cannot be done."""
    return TRANSITIONS.get((state, verb))
