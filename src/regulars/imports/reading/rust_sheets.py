"""The cells of .xls and .ods sheets, through calamine."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import python_calamine

from regulars.imports.reading import cells
from regulars.imports.reading.archive import Archive
from regulars.imports.reading.limits import COLUMNS_MAX, ROWS_MAX, SHEETS_MAX
from regulars.imports.reading.old_faults import Faults, find_faults
from regulars.imports.reading.stop import Stop
from regulars.imports.reading.xlsx import Row

_FAULTS: Final = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "Err:")


@dataclass(frozen=True, slots=True)
class OpenSheet:
    """A sheet's name and whether its tab is hidden."""

    name: str
    is_hidden: bool


class RustWorkbook:
    """An .xls or .ods that calamine has opened."""

    def __init__(self, path: Path) -> None:
        try:
            self._book = python_calamine.CalamineWorkbook.from_path(str(path))
        except BaseException as damage:
            raise _stop_for(damage) from damage
        metadata = self._book.sheets_metadata
        if not metadata or len(metadata) > SHEETS_MAX:
            raise Stop("file_damaged", where="no sheet inside")
        visible = python_calamine.SheetVisibleEnum.Visible
        worksheet = python_calamine.SheetTypeEnum.WorkSheet
        self.sheets = tuple(OpenSheet(s.name, s.visible != visible) for s in metadata if s.typ == worksheet)
        self._faults = dict(zip((sheet.name for sheet in self.sheets), find_faults(path), strict=False))

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows that hold anything."""
        try:
            sheet = self._book.get_sheet_by_name(name)
        except BaseException as damage:
            raise _stop_for(damage) from damage
        if sheet.start is None or sheet.end is None:
            return
        first_column = sheet.start[1]
        faults = self._faults.get(name, {})
        faulty = {row for row, _ in faults}
        # The area between the first and the last value; wide areas are refused by their values, not by their width.
        for number, values in enumerate(sheet.iter_rows(), start=1):
            told = _with_faults(values, number - 1, first_column, faults) if number - 1 in faulty else values
            row = _row(number, told, first_column)
            if row is not None:
                yield row


def check_open_document(path: Path) -> None:
    """Look through the parts of an .ods before another library parses them."""
    archive = Archive(path)
    for name in archive.names():
        if name.casefold() in ("content.xml", "styles.xml", "settings.xml", "meta.xml"):
            for _ in archive.texts(name):
                pass


def _with_faults(values: list[Any], row: int, first_column: int, faults: Faults) -> list[Any]:
    return [faults.get((row, column), value) for column, value in enumerate(values, start=first_column)]


def _row(number: int, values: list[Any], first_column: int) -> Row | None:
    width = len(values)
    while width and values[width - 1] == "":
        width -= 1
    if not width:
        return None
    if number > ROWS_MAX:
        raise Stop("too_many_rows", limit=ROWS_MAX)
    if width + first_column > COLUMNS_MAX:
        raise Stop("too_many_columns", limit=COLUMNS_MAX, row=number)
    texts = [""] * first_column
    letters = [cells.BLANK] * first_column
    for value in values[:width]:
        text, letter = _cell(value)
        texts.append(text)
        letters.append(letter)
    return number, "".join(letters), texts


def _cell(value: Any) -> tuple[str, str]:
    match value:
        case str():
            return (value, cells.FAULT) if value.startswith(_FAULTS) else cells.text_cell(value)
        case bool():
            return ("TRUE" if value else "FALSE"), cells.YES_NO
        case int() | float():
            return cells.number_cell(repr(value))
        case dt.datetime():
            return cells.moment_text(value), cells.DATE
        case dt.date():
            return value.isoformat(), cells.DATE
        case _:
            return str(value), cells.DATE


def _stop_for(damage: BaseException) -> Stop:
    if isinstance(damage, Stop | MemoryError | KeyboardInterrupt | SystemExit):
        raise damage
    text = str(damage).lower()
    if "password" in text or "encrypt" in text:
        return Stop("file_protected")
    if any(word in text for word in ("limit exceeded", "overflow", "memory")):
        return Stop("reading_too_large")
    return Stop("file_damaged", where="its contents")
