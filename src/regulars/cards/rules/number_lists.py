"""The list of a printer: which of its numbers can become cards, and what is odd about them (CRD-10)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from regulars.cards.rules.numbers import check_number
from regulars.kernel.text import number_key

LISTED_MAX: Final = 100_000
"""So many numbers in one list, and so many cards in one batch."""

USUAL_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of the list: its header, or the letter that a spreadsheet shows, and its first cells."""

    header: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list: the cell as it stands, the number read from it, a problem that keeps it out, a warning that does not.

    `first_row` is where the same number stands first; `is_numeric` says that the spreadsheet kept a number, not a text.
    """

    row: int
    cell: str
    number: str = ""
    problem: str = ""
    warning: str = ""
    first_row: int = 0
    is_numeric: bool = False

    @property
    def key(self) -> str:
        """By what numbers are compared: without spaces, hyphens and case."""
        return number_key(self.number) if self.number else ""


def check_list(listed: Sequence[Listed]) -> list[Listed]:
    """Say of every row whether its number fits, stands above already, or looks spoiled by a spreadsheet.

    Problems: those that a row has already, invalid_number, twice. Warnings: zeros_lost, without_digits.
    """
    usual = _usual_length(listed)
    seen: dict[str, int] = {}
    checked: list[Listed] = []
    for one in listed:
        if one.problem:
            checked.append(one)
            continue
        if check_number(one.number, ""):
            checked.append(replace(one, problem="invalid_number"))
            continue
        first = seen.setdefault(one.key, one.row)
        if first != one.row:
            checked.append(replace(one, problem="twice", first_row=first))
            continue
        checked.append(replace(one, warning=_warning(one, usual)))
    return checked


def _usual_length(listed: Iterable[Listed]) -> int:
    """How many digits most of the cells have that are numbers; 0 where no length is usual."""
    lengths = Counter(len(one.number) for one in listed if one.is_numeric and not one.problem)
    if not lengths:
        return 0
    length, count = lengths.most_common(1)[0]
    return length if count > lengths.total() * USUAL_SHARE else 0


def _warning(one: Listed, usual: int) -> str:
    if one.is_numeric and len(one.number) < usual:
        return "zeros_lost"
    return "" if any(character.isdigit() for character in one.number) else "without_digits"
