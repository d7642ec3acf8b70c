"""The states of a code and what leads from one to another (RWD-4); `docs/reference/states.md` is drawn from these tables.

A personal code belongs to nobody, then to one customer; where its pool wants it activated, it works from then on only. It is
used once. Whoever shows a free code of a pool without activation may use it: a code is a bearer token (RWD-9). A universal
code works from the beginning, for many, until its uses are used up.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

State = Literal["free", "attached", "active", "used", "expired"]
Verb = Literal[
    "attach", "detach", "activate", "use", "use_last", "give_back", "give_back_free", "give_back_attached", "expire"
]

USABLE_STATES: Final[tuple[State, ...]] = ("free", "attached", "active")

TRANSITIONS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("free", "attach"): "attached",
        ("free", "use"): "used",
        ("free", "expire"): "expired",
        ("attached", "activate"): "active",
        ("attached", "detach"): "free",
        ("attached", "use"): "used",
        ("attached", "expire"): "expired",
        ("active", "use"): "used",
        ("active", "detach"): "free",
        ("active", "expire"): "expired",
        ("used", "give_back_free"): "free",
        ("used", "give_back_attached"): "attached",
        ("used", "give_back"): "active",
    }
)
"""Of a personal code. An order that gives a used one back leaves it as it was before: nobody's, attached or active."""

UNIVERSAL_TRANSITIONS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("active", "attach"): "active",
        ("active", "detach"): "active",
        ("active", "use"): "active",
        ("active", "use_last"): "used",
        ("active", "give_back"): "active",
        ("active", "expire"): "expired",
        ("used", "give_back"): "active",
        ("expired", "give_back"): "expired",
    }
)
"""Of a universal code: `use_last` is the use after which none is left."""


def next_state(kind: str, state: str, verb: str) -> str | None:
    """The state that a verb leads to in a pool of this kind; None where it cannot be done."""
    table = TRANSITIONS if kind == "personal" else UNIVERSAL_TRANSITIONS
    return table.get((state, verb))


def first_state(kind: str) -> str:
    """The state of a new code."""
    return "free" if kind == "personal" else "active"


def verb_of_giving_back(kind: str, *, is_attached: bool, is_activated: bool) -> str:
    """How a used code goes back: to where it stood before."""
    if kind == "universal" or is_activated:
        return "give_back"
    return "give_back_attached" if is_attached else "give_back_free"
