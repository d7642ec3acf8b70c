"""Files written row by row: memory does not grow with their length."""

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from regulars.exports.rules.cells import Amount, Cell
from regulars.kernel.cells import clean_cell, safe_cell

SHEET_ROWS_MAX: Final = 1_048_576
CELL_CHARACTERS_MAX: Final = 32_767
INTEGER_EXACT_MAX: Final = 10**15
COLUMN_WIDTH: Final = 16

WriteRow = Callable[[Sequence[Cell]], None]


@contextmanager
def open_writer(path: Path, *, file_format: str, title: str, headers: Sequence[str]) -> Iterator[WriteRow]:
    """Write a file with these headers; the value takes one row after the other. It is whole when the block ends."""
    opened = _open_xlsx if file_format == "xlsx" else _open_csv
    with opened(path, title, headers) as write:
        yield write


@contextmanager
def _open_csv(path: Path, title: str, headers: Sequence[str]) -> Iterator[WriteRow]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([safe_cell(header) for header in headers])

        def write(cells: Sequence[Cell]) -> None:
            writer.writerow([_csv_cell(cell) for cell in cells])

        yield write


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, Amount):
        return cell.text
    return "" if cell is None else str(cell) if isinstance(cell, int) else safe_cell(cell)


@contextmanager
def _open_xlsx(path: Path, title: str, headers: Sequence[str]) -> Iterator[WriteRow]:
    # Rows go to temporary files beside the result and are zipped at the end: the system's temporary folder may be small.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as beside:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": beside, "use_zip64": True})
        sheets = _Sheets(book, title, headers)
        try:
            yield sheets.write
        except BaseException:
            # Closing a workbook writes it; a half one is nobody's, but its temporary files must be closed.
            sheets.drop()
            raise
        book.close()


class _Sheets:
    """The sheets of one workbook: a full one is followed by another with the same headers."""

    def __init__(self, book: Any, title: str, headers: Sequence[str]) -> None:
        self._book = book
        self._title = title
        self._headers = headers
        self._bold = book.add_format({"bold": True})
        self._decimals: dict[int, Any] = {}
        self._count = 0
        self._begin()

    def _begin(self) -> None:
        self._count += 1
        self._sheet = self._book.add_worksheet(self._title if self._count == 1 else f"{self._title} {self._count}")
        self._sheet.freeze_panes(1, 0)
        if self._headers:
            self._sheet.set_column(0, len(self._headers) - 1, COLUMN_WIDTH)
        for column, header in enumerate(self._headers):
            self._sheet.write_string(0, column, header, self._bold)
        self._row = 1

    def write(self, cells: Sequence[Cell]) -> None:
        """Write the next row: text as text cells, amounts as numbers where a number holds them exactly."""
        if self._row == SHEET_ROWS_MAX:
            self._begin()
        sheet, row = self._sheet, self._row
        for column, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                sheet.write_string(row, column, clean_cell(cell)[:CELL_CHARACTERS_MAX])
            elif isinstance(cell, Amount) and cell.is_exact_number:
                sheet.write_number(row, column, cell.units / 10**cell.decimals, self._format(cell.decimals))
            elif isinstance(cell, Amount):
                sheet.write_string(row, column, cell.text)
            elif abs(cell) < INTEGER_EXACT_MAX:
                sheet.write_number(row, column, cell)
            else:
                sheet.write_string(row, column, str(cell))
        self._row += 1

    def _format(self, decimals: int) -> Any:
        if decimals not in self._decimals:
            number = f"0.{'0' * decimals}" if decimals else "0"
            self._decimals[decimals] = self._book.add_format({"num_format": number})
        return self._decimals[decimals]

    def drop(self) -> None:
        """Close the temporary files of all sheets without writing the workbook."""
        for sheet in self._book.worksheets():
            sheet._opt_close()
        self._book.fileclosed = True
