"""The rows of .csv, .tsv and pasted cells."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from regulars.imports.reading import cells
from regulars.imports.reading.limits import CELL_CHARACTERS_MAX, COLUMNS_MAX, ROWS_MAX
from regulars.imports.reading.stop import Stop
from regulars.imports.reading.xlsx import Row

DELIMITERS: Final = ("\t", ";", ",", "|")
_SAMPLE_CHARACTERS: Final = 1 << 17
_SAMPLE_ROWS: Final = 400
_CELL_CHARACTERS_READ_MAX: Final = 4_000_000


class TextTable:
    """A text file opened as a table."""

    def __init__(self, path: Path, *, encoding: str, delimiter: str | None) -> None:
        self._path = path
        self._encoding = "utf-8-sig" if encoding == "utf-8" else encoding
        self.encoding = encoding
        sample = self._sample()
        if not sample.strip("\ufeff\r\n\t ;,|\0"):
            raise Stop("file_empty")
        self._skip_rows, declared = _separator_line(sample)
        self.delimiter = delimiter or declared or detect_delimiter(sample)

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything, numbered as a spreadsheet program would show them."""
        csv.field_size_limit(_CELL_CHARACTERS_READ_MAX)
        quotes = _QuoteCounter()
        with self._open() as file:
            reader = csv.reader(quotes.count(file), delimiter=self.delimiter)
            number = last_start = 0
            try:
                for values in reader:
                    if reader.line_num <= self._skip_rows:
                        continue
                    number += 1
                    last_start = number
                    if number > ROWS_MAX:
                        raise Stop("too_many_rows", limit=ROWS_MAX)
                    if row := _row(number, values):
                        yield row
                    if len(values) > 0 and "\n" in values[-1] and len(values[-1]) > CELL_CHARACTERS_MAX:
                        raise Stop("unclosed_quote", row=number)
            except csv.Error as damage:
                if not quotes.is_odd:
                    raise Stop("text_too_long", row=number + 1, limit=_CELL_CHARACTERS_READ_MAX) from damage
                raise Stop("unclosed_quote", row=number + 1) from damage
            if quotes.is_odd and number == last_start and number and "\n" in "".join(values):
                raise Stop("unclosed_quote", row=number)

    def _open(self) -> io.TextIOWrapper:
        return self._path.open("r", encoding=self._encoding, errors="replace", newline="")

    def _sample(self) -> str:
        with self._open() as file:
            return file.read(_SAMPLE_CHARACTERS)


class _QuoteCounter:
    def __init__(self) -> None:
        self.is_odd = False

    def count(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            if line.count('"') & 1:
                self.is_odd = not self.is_odd
            yield line


def _separator_line(sample: str) -> tuple[int, str | None]:
    """Excel's own first line `sep=;` names the delimiter and is no row."""
    first = sample.split("\n", 1)[0].strip('\ufeff\r "')
    if first[:4].lower() == "sep=" and len(first) in (4, 5):
        return 1, (first[4:] or "\t")
    return 0, None


def detect_delimiter(sample: str) -> str:
    """Choose the delimiter that cuts the first rows into the same number of columns, the most columns first."""
    best, best_score = ",", (0.0, 0)
    is_cut = len(sample) >= _SAMPLE_CHARACTERS
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter, is_cut=is_cut)
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width < 2:
            # Titles above the table have one column: look at the rows that have more.
            wide = [each for each in widths if each > 1]
            if len(wide) * 2 < len(widths):
                continue
            width, count = Counter(wide).most_common(1)[0]
        share = count / len(widths)
        score = (1.0 if share >= 0.8 else share, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str, *, is_cut: bool) -> list[int]:
    lines = io.StringIO(sample, newline="")
    widths = []
    try:
        for values in csv.reader(lines, delimiter=delimiter):
            while values and not values[-1].strip():
                values.pop()
            if values:
                widths.append(len(values))
            if len(widths) > _SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    return widths[:-1] if is_cut and len(widths) > 1 else widths


def _row(number: int, values: list[str]) -> Row | None:
    while values and not values[-1]:
        values.pop()
    if not values:
        return None
    if len(values) > COLUMNS_MAX:
        raise Stop("too_many_columns", limit=COLUMNS_MAX, row=number)
    if "".join(values).isprintable() and sum(map(len, values)) < CELL_CHARACTERS_MAX:
        return number, "".join(["t" if value else " " for value in values]), values
    cleaned = [cells.text_cell(value) for value in values]
    return number, "".join([letter for _, letter in cleaned]), [text for text, _ in cleaned]
