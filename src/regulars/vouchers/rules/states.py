"""The life of a voucher: issued → active → redeemed, or expired, or cancelled (SPEC section 1, RWD-3)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, get_args

State = Literal["issued", "active", "redeemed", "expired", "cancelled"]
Verb = Literal["activate", "redeem", "give_back", "cancel", "expire"]

STATES: Final[tuple[State, ...]] = get_args(State)
TRANSITIONS: Final[Mapping[tuple[State, Verb], State]] = MappingProxyType(
    {
        ("issued", "activate"): "active",
        ("issued", "cancel"): "cancelled",
        ("active", "redeem"): "redeemed",
        ("active", "cancel"): "cancelled",
        ("active", "expire"): "expired",
        ("redeemed", "give_back"): "active",
    }
)


def state_after(state: State, verb: Verb) -> State | None:
    """Where a verb leads from a state; None where it leads nowhere."""
    return TRANSITIONS.get((state, verb))


def state_at(state: State, starts_at: datetime, expires_at: datetime | None, now: datetime) -> State:
    """The state at a moment, with what time has brought since it was written: a voucher begins and ends to the second.

    Whoever writes the next state goes on from this one, so nothing waits for the work that falls due every hour.
    """
    if state == "issued" and now >= starts_at:
        state = TRANSITIONS[state, "activate"]
    if state == "active" and expires_at is not None and now >= expires_at:
        state = TRANSITIONS[state, "expire"]
    return state
