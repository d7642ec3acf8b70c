"""Which column of a printer's list holds the numbers of the cards, and where they begin (CRD-10)."""

from collections.abc import Sequence
from typing import Final

from regulars.imports.reading import cells
from regulars.imports.rules.contents import look_at
from regulars.imports.rules.headers import HeadedRow, find_header
from regulars.imports.rules.people import read_number
from regulars.imports.rules.words import DOUBTFUL, field_in_header, field_of_header, header_form

SAMPLES: Final = 3


def find_first_row(rows: Sequence[HeadedRow]) -> int:
    """The number of the header row; 0 where the first row is a number already.

    A single column under a word of any language is known by this: the word has no digit, and what stands below has.
    """
    header = find_header(rows)
    filled = [row for row in rows if any(text.strip() for text in row.texts)]
    if header or len(filled) < 2:
        return header
    below = filled[1:]
    with_digits = sum(1 for row in below if _has_digit(row))
    return filled[0].number if not _has_digit(filled[0]) and with_digits * 2 > len(below) else 0


def guess_column(header: HeadedRow | None, rows: Sequence[HeadedRow], width: int, *, country: str) -> int:
    """The index of the column that is most likely the number: its header says so, else its cells do.

    Cells of cards' numbers differ from row to row, have digits, count nothing (1, 2, 3 …) and are long.
    """
    scores = [_score(header, rows, index, country=country) for index in range(width)]
    return max(range(width), key=lambda index: (scores[index], -index)) if width else 0


def samples_of(rows: Sequence[HeadedRow], index: int) -> tuple[str, ...]:
    """The first filled cells of a column."""
    found = (row.texts[index] for row in rows if index < len(row.texts) and row.texts[index].strip())
    return tuple(text[:60] for text, _ in zip(found, range(SAMPLES), strict=False))


def _has_digit(row: HeadedRow) -> bool:
    return any(character.isdigit() for text in row.texts for character in text)


def _score(header: HeadedRow | None, rows: Sequence[HeadedRow], index: int, *, country: str) -> float:
    texts = [row.texts[index] if index < len(row.texts) else "" for row in rows]
    letters = [row.letters[index] if index < len(row.letters) else cells.BLANK for row in rows]
    filled = [(text, letter) for text, letter in zip(texts, letters, strict=True) if text.strip()]
    if not filled:
        return -1.0
    look = look_at(texts, letters, country=country)
    readable = [read_number(text, letter).value for text, letter in filled]
    good = [number for number in readable if number and any(character.isdigit() for character in number)]
    length = sum(map(len, good)) / len(good) if good else 0.0
    score = len(good) / len(filled) + look.distinct + min(length, 20) / 20
    if look.is_counter and length < 6:
        score -= 2
    if look.is_mostly("dates"):
        score -= 2
    return score + _header_score(header.texts[index] if header and index < len(header.texts) else "")


def _header_score(text: str) -> float:
    if not text.strip():
        return 0.0
    if field_of_header(text) == "number":
        return 6.0
    if field_in_header(text) == "number":
        return 4.0
    return 1.5 if header_form(text) in DOUBTFUL else 0.0
