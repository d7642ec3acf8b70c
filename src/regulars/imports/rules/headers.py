"""Finding the row of headers, wherever it stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from regulars.imports.reading import cells
from regulars.imports.rules.code_words import code_field_of
from regulars.imports.rules.order_words import order_field_of
from regulars.imports.rules.words import DOUBTFUL, field_in_header, field_of_header, header_form

_VALUE_SHAPE: Final = re.compile(r"[-+(]?[\d\s.,:/()-]{2,}|\S+@\S+\.\S+")
_ROWS_SEARCHED: Final = 30
_OWN_FIELD: Final = re.compile(r"(?:balance|custom):\S+")


@dataclass(frozen=True, slots=True)
class HeadedRow:
    """A row as the reader gives it: its number in the file, type letters, texts."""

    number: int
    letters: str
    texts: tuple[str, ...]


def find_header(rows: Sequence[HeadedRow]) -> int:
    """The number of the header row; 0 where the first row is already data.

    The row with the most words that are field names wins; without any, the first row of several texts above a row
    that holds numbers.
    """
    searched = rows[:_ROWS_SEARCHED]
    best_number, best_score = 0, 0
    for row in searched:
        score = sum(_knows(text) for text in row.texts if text.strip())
        if score > best_score and not _has_values(row):
            best_number, best_score = row.number, score
    if best_score:
        return best_number
    for row, below in pairwise(searched):
        filled = [text for text in row.texts if text.strip()]
        if (
            len(filled) > 1
            and not _has_values(row)
            and set(row.letters) <= {cells.TEXT, cells.BLANK}
            and _has_values(below)
        ):
            return row.number
    return 0


def name_columns(header: HeadedRow | None, width: int) -> tuple[str, ...]:
    """A header for every column: what the row says, else the letter a spreadsheet shows; doubles are numbered."""
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        text = header.texts[index] if header is not None and index < len(header.texts) else ""
        name = " ".join(text.split())[:200] or f"Column {column_letter(index)}"
        original, count = name, 1
        while name in taken:
            count += 1
            name = f"{original} ({count})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def column_letter(index: int) -> str:
    """The letter of a column in spreadsheet programs: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _knows(text: str) -> int:
    if len(text) > 60:
        return 0
    if _OWN_FIELD.fullmatch(text.strip()) or field_of_header(text):
        return 3
    if header_form(text) in DOUBTFUL or order_field_of(text):
        return 2
    if code_field_of(text, kind="gift_cards"):
        return 1
    return 1 if len(text.split()) <= 6 and field_in_header(text) else 0


def _has_values(row: HeadedRow) -> bool:
    filled = [(text.strip(), letter) for text, letter in zip(row.texts, row.letters, strict=False) if text.strip()]
    values = sum(1 for text, letter in filled if letter in "nNdb" or _VALUE_SHAPE.fullmatch(text))
    return values * 3 > len(filled)
