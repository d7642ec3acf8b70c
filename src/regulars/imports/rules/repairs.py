"""Mending many rows at once: errors grouped by what would mend them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from regulars.imports.rules.phones import suggest_country
from regulars.imports.rules.problems import PROBLEMS

Way = Literal["country", "value", "skip"]

_WAYS: Final[Mapping[str, tuple[Way, ...]]] = {
    "phone_needs_country": ("country", "value", "skip"),
    "invalid_phone": ("country", "value", "skip"),
    "identity_missing": ("skip",),
    "duplicate_row": ("skip",),
    "number_taken": ("skip",),
    "several_cards": ("skip",),
    "insufficient_balance": ("value", "skip"),
    "changed_since": ("skip",),
    "order_rows_differ": ("skip",),
    "order_incomplete": ("skip",),
    "too_many_lines": ("skip",),
    "several_people": ("skip",),
    "code_missing": ("skip",),
    "code_doubled": ("skip",),
    "code_taken": ("skip",),
    "code_over_limit": ("skip",),
    "code_too_short": ("skip",),
    "gift_code_weak": ("skip",),
    "holder_missing": ("skip",),
}
_ANY: Final[tuple[Way, ...]] = ("value", "skip")


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Rows with the same problem in the same field: how many, and some of their cells."""

    code: str
    target: str
    count: int
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """A group and the ways it can be mended; the suggested country would mend `mends` of the samples."""

    group: ProblemGroup
    ways: tuple[Way, ...]
    country: str | None = None
    mends: int = 0


@dataclass(frozen=True, slots=True)
class RepairChoice:
    """What the user decided for a group: read its phones as numbers of a country, put a value, or leave the rows out."""

    code: str
    target: str = ""
    country: str | None = None
    value: str | None = None
    is_skip: bool = False

    @property
    def way(self) -> Way:
        """The one way that was chosen."""
        return "skip" if self.is_skip else "country" if self.country is not None else "value"


def offer_repairs(groups: Iterable[ProblemGroup], *, countries: tuple[str, ...]) -> list[Repair]:
    """The repairs to show, largest group first; `countries` are tried in their order."""
    repairs = []
    for group in groups:
        ways = _WAYS.get(group.code, _ANY)
        suggested = suggest_country(group.samples, countries) if "country" in ways else None
        repairs.append(Repair(group, ways, *(suggested or (None, 0))))
    return sorted(repairs, key=lambda repair: (PROBLEMS[repair.group.code].severity != "error", -repair.group.count))


def may_mend(choice: RepairChoice) -> bool:
    """Whether the chosen way exists for that problem."""
    return choice.code in PROBLEMS and choice.way in _WAYS.get(choice.code, _ANY)
