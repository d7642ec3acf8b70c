"""Reading the list of a printer: a spreadsheet of any kind, one column of which holds the numbers of cards (CRD-10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from regulars.cards.actions.number_lists import forget_number_lists
from regulars.cards.errors import NoNumbers, TooManyNumbers
from regulars.cards.rules.number_lists import LISTED_MAX, ListColumn, Listed
from regulars.imports.actions import files
from regulars.imports.reading import cells
from regulars.imports.reading.files import FileRead, read_file
from regulars.imports.rules.headers import HeadedRow, name_columns
from regulars.imports.rules.number_column import find_first_row, guess_column, samples_of
from regulars.imports.rules.people import read_number
from regulars.kernel.refusal import Refused

ROWS_BESIDE_NUMBERS: Final = 1_000
"""Titles, headers and rows without a number, which a list may have beside its numbers."""

CELL_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list as it was read: its columns, which of them was taken, and its rows."""

    columns: tuple[ListColumn, ...]
    column: int
    listed: tuple[Listed, ...]


def read_number_list(source: Path, folder: Path, *, column: int | None, country: str) -> ListRead:
    """Read a printer's list into `folder`, with the numbers of the chosen column, or of the likeliest.

    Refuses: FILE_REFUSALS of imports, TooManyNumbers, NoNumbers.
    """
    read = read_file(source, folder, on_progress=_refuse_too_many)
    preview = [HeadedRow(row.number, row.letters, row.texts) for row in read.preview]
    header_row = find_first_row(preview)
    header = next((row for row in preview if row.number == header_row), None)
    below = [row for row in preview if row.number > header_row]
    chosen = column
    if chosen is None or chosen >= read.width:
        chosen = guess_column(header, below, read.width, country=country)
    listed = tuple(_listed_rows(read, chosen, header_row))
    if not any(one.cell for one in listed):
        raise Refused(NoNumbers())
    if len(listed) > LISTED_MAX:
        raise Refused(TooManyNumbers(limit=LISTED_MAX))
    columns = tuple(
        ListColumn(name, samples_of(below, index)) for index, name in enumerate(name_columns(header, read.width))
    )
    return ListRead(columns=columns, column=chosen, listed=listed)


def forget_lists_of_printers(chain_id: UUID, now: datetime) -> int:
    """Drop old lists with their files; how many."""
    forgotten = forget_number_lists(chain_id, now)
    for list_id in forgotten:
        files.remove(list_id)
    return len(forgotten)


def _refuse_too_many(rows: int) -> None:
    if rows > LISTED_MAX + ROWS_BESIDE_NUMBERS:
        raise Refused(TooManyNumbers(limit=LISTED_MAX))


def _listed_rows(read: FileRead, column: int, header_row: int) -> Iterator[Listed]:
    for frame in read.frames():
        for number, letters, *texts in frame.iter_rows():
            if number <= header_row or not any(text.strip() for text in texts):
                continue
            yield _read_row(number, texts[column], letters[column])


def _read_row(row: int, text: str, letter: str) -> Listed:
    reading = read_number(text, letter)
    if reading.value is None:
        return Listed(row=row, cell=text[:CELL_KEPT], problem=reading.code or "number_missing")
    return Listed(row=row, cell=text[:CELL_KEPT], number=reading.value, is_numeric=letter == cells.NUMBER)
