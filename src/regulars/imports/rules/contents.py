"""What the cells of a column look like, when its header does not say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from regulars.imports.reading import cells
from regulars.imports.rules.clean import is_nothing, plain
from regulars.imports.rules.people import read_email
from regulars.imports.rules.phones import read_phone

_PHONE_SHAPE: Final = re.compile(r"\+?[\d ().\-/]{7,24}|\+?\d[.,]\d{8,}[eE]\+?1\d")
_NUMBER_SHAPE: Final = re.compile(r"[-+(]?[\d .,']{1,20}\)?-?")
_DATE_SHAPE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?: .*)?")
_NAME_SHAPE: Final = re.compile(r"[^\W\d_]{2,}(?:[ .'-]+[^\W\d_]+)+")
_SURE_SHARE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Look:
    """Shares of the filled cells that read as each thing; `is_counter` for 1, 2, 3, …"""

    filled: int
    phones: float
    emails: float
    numbers: float
    dates: float
    names: float
    is_counter: bool
    distinct: float

    def is_mostly(self, what: str) -> bool:
        """Whether most filled cells look so."""
        return bool(self.filled) and getattr(self, what) >= _SURE_SHARE


def look_at(texts: Sequence[str], letters: Sequence[str], *, country: str) -> Look:
    """Judge a column by a sample of its cells."""
    filled = [(plain(text), letter) for text, letter in zip(texts, letters, strict=True) if letter != cells.BLANK]
    filled = [(text, letter) for text, letter in filled if not is_nothing(text)]
    count = len(filled)
    if not count:
        return Look(0, 0.0, 0.0, 0.0, 0.0, 0.0, False, 0.0)

    def share(test: object) -> float:
        assert callable(test)
        return sum(1 for text, letter in filled if test(text, letter)) / count

    return Look(
        filled=count,
        phones=share(lambda text, letter: _is_phone(text, letter, country)),
        emails=share(lambda text, letter: "@" in text and read_email(text, letter).value is not None),
        numbers=share(lambda text, letter: letter in ("n", "N") or bool(_NUMBER_SHAPE.fullmatch(text))),
        dates=share(lambda text, letter: letter == cells.DATE or bool(_DATE_SHAPE.fullmatch(text))),
        names=share(lambda text, letter: letter == cells.TEXT and bool(_NAME_SHAPE.fullmatch(text))),
        is_counter=_is_counter([text for text, _ in filled]),
        distinct=len({text for text, _ in filled}) / count,
    )


def _is_phone(text: str, letter: str, country: str) -> bool:
    if letter == cells.DATE or _DATE_SHAPE.fullmatch(text) or not _PHONE_SHAPE.fullmatch(text):
        return False
    digits = sum(letter.isdigit() for letter in text)
    return digits >= 9 and read_phone(text, letter, country=country).value is not None


def _is_counter(texts: list[str]) -> bool:
    values = [int(text) for text in texts if text.isdigit() and len(text) < 9]
    return len(values) == len(texts) > 2 and all(b - a == 1 for a, b in pairwise(values))
