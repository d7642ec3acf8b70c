"""What a reward becomes when it is given: an award, a voucher, or what a lottery drew (RWD-2); pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

from regulars.rewards.rules.lottery import percent_text, pick

Kind = Literal["award", "voucher", "nothing"]
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Definition:
    """A reward as it is defined; `terms` is what its kind needs."""

    kind: str
    title: str
    description: str = ""
    icon: str = "gift"
    terms: Mapping[str, Any] | None = None
    picture_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is given. `drawn` is how a lottery came to it; `terms` are those of its voucher."""

    kind: Kind
    title: str
    description: str
    icon: str
    terms: Mapping[str, Any]
    drawn: Mapping[str, Any] | None = None


def outcome_of(definition: Definition, draw: Callable[[], int]) -> Outcome:
    """What a reward is when it is given; `draw` is one of a million numbers, asked for by lotteries alone, and once."""
    terms = definition.terms or {}
    if definition.kind != "lottery":
        kind = cast("Kind", definition.kind)
        return Outcome(kind, definition.title, definition.description, definition.icon, terms)
    variants = terms["variants"]
    number = draw()
    place = pick([one["chance"] for one in variants], number)
    won = variants[place]
    return Outcome(
        won["kind"],
        won["title"],
        won["description"],
        won.get("icon") or definition.icon,
        won.get("terms") or {},
        {
            "lottery": definition.title,
            "number": number,
            "variant": place,
            "variants": [{"title": one["title"], "probability": percent_text(one["chance"])} for one in variants],
        },
    )
