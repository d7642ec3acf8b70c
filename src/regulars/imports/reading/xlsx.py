"""The cells of an .xlsx sheet, row by row, in memory that does not grow with the sheet.

Rows as spreadsheet programs write them are read by one regular expression, at about a microsecond a cell; a row that
does not look so goes through a real XML parser. A library that holds the sheet in memory needs 80 bytes a cell.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from regulars.imports.reading import cells
from regulars.imports.reading.archive import Archive
from regulars.imports.reading.limits import CELL_CHARACTERS_MAX, COLUMNS_MAX, ROW_BYTES_MAX, ROWS_MAX
from regulars.imports.reading.row_shapes import Form, RowShape
from regulars.imports.reading.stop import Stop
from regulars.imports.reading.workbook import (
    Workbook,
    namespace_prefix,
    read_shared_texts,
    rich_text,
    unescape,
    unescape_cell,
    without_prefix,
)

Row = tuple[int, str, list[str]]
"""The row's number in the file, one type letter per cell, the cells' texts."""

_CELL: Final = re.compile(
    r'<c r="([A-Z]{1,3})[0-9]+"([^>]*?)(?:/>|>(<f\b[^>]*?(?:/>|>[^<]*</f>))?'
    r"(?:<v(?: [^>]*)?>([^<]*)</v>|<v/>|<is><t(?: [^>]*)?>([^<]*)</t></is>)?</c>)"
)
_ROW_NUMBER: Final = re.compile(r'<row\b[^>]*?\br="([0-9]{1,9})"')
_END: Final = re.compile(r"</worksheet\s*>|<worksheet\b[^>]*/>")
_ROOT: Final = re.compile(r"<worksheet\b[^>]*>")
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})[0-9]+")
_STYLE: Final = re.compile(r'\bs="([0-9]+)"')
_TYPE: Final = re.compile(r'\bt="([A-Za-z]+)"')


def read_sheet(archive: Archive, book: Workbook, part: str) -> Iterator[Row]:
    """Yield the rows that hold anything, in the order of the file."""
    return _SheetReader(archive, book, part).rows()


class _SheetReader:
    def __init__(self, archive: Archive, book: Workbook, part: str) -> None:
        self._archive = archive
        self._book = book
        self._part = part
        self._shared = read_shared_texts(archive, book.shared_part) if book.shared_part else []
        self._columns: dict[str, int] = {}
        self._types: dict[str, str] = {}
        self._root = "<worksheet>"
        self._shape = RowShape()

    def rows(self) -> Iterator[Row]:
        number = 0
        shape = self._shape
        for markup in self._row_markups():
            is_usual = "_x" not in markup and len(markup) < CELL_CHARACTERS_MAX
            groups = shape.match(markup) if is_usual else None
            if groups is not None:
                number = int(groups[0] or 0)
                row = self._known_row(number, groups)
            else:
                start = max(markup.rfind("<row"), 0)
                match = _ROW_NUMBER.match(markup, start)
                number = int(match[1]) if match else number + max(markup.count("<row"), 1)
                found = _CELL.findall(markup, start)
                is_plain = len(found) == markup.count("<c ", start) + markup.count("<c>", start)
                row = self._plain_row(number, found) if is_plain else self._odd_row(number, markup)
            if number > ROWS_MAX:
                raise Stop("too_many_rows", limit=ROWS_MAX)
            if row is not None:
                yield row

    def _known_row(self, number: int, groups: tuple[str | None, ...]) -> Row | None:
        letters = self._shape.plain_letters
        if letters is not None and None not in groups:
            return number, letters, list(groups[1:])  # type: ignore[arg-type]
        if letters is not None:
            values = groups[1:]
            seen = [letter if value else cells.BLANK for letter, value in zip(letters, values, strict=True)]
            return number, "".join(seen), [value or "" for value in values]
        texts: list[str] = []
        types = ""
        for (column, how), value in zip(self._shape.plan, groups[1:], strict=True):
            if value is None:
                continue
            if how == "s":
                text, letter = self._shared_cell(value)
            elif how == "date":
                text, letter = cells.serial_cell(value, from_1904=self._book.from_1904)
            else:
                text, letter = value, how
            gap = column - len(texts)
            if gap:
                if gap < 0 or letter == " ":
                    continue
                texts.extend([""] * gap)
                types += cells.BLANK * gap
            texts.append(text)
            types += letter
        return (number, types, texts) if texts else None

    def _row_markups(self) -> Iterator[str]:
        rest = ""
        prefix: str | None = None
        for chunk in self._archive.texts(self._part):
            rest += chunk
            if prefix is None:
                prefix = namespace_prefix(rest, "worksheet")
                if root := _ROOT.search(without_prefix(rest, prefix) if prefix else rest):
                    self._root = root[0]
            if prefix:
                rest = without_prefix(rest, prefix)
            pieces = rest.split("</row>")
            rest = pieces.pop()
            if len(rest) > ROW_BYTES_MAX:
                raise Stop("file_damaged", where=self._part.rsplit("/", 1)[-1])
            yield from pieces
        if not _END.search(rest):
            # Cut off in the middle: rows that stood behind the cut must not be missed in silence.
            raise Stop("file_damaged", where=self._part.rsplit("/", 1)[-1])

    def _plain_row(self, number: int, found: list[tuple[str, str, str, str, str]]) -> Row | None:
        texts: list[str] = []
        letters: list[str] = []
        columns = self._columns
        types = self._types
        width = 0
        forms: set[Form] = set()
        for reference, attributes, formula, value, inline in found:
            if inline and "&" not in inline and "_x" not in inline and len(inline) < CELL_CHARACTERS_MAX:
                text, letter, kind = inline, "t", "t"
            else:
                kind = types.get(attributes) or self._learn_type(attributes)
                if kind == "n" and value.isdigit() and len(value) < 16 and value[0] != "0":
                    text, letter = value, "n"
                elif kind == "s" and value:
                    text, letter = self._shared_cell(value)
                else:
                    text, letter = self._cell(kind, formula, value, inline)
                if letter == " ":
                    continue
            column = columns.get(reference, -1)
            if column < 0:
                column = columns[reference] = _column_index(reference)
            if not formula and column < COLUMNS_MAX and kind in ("n", "s", "t", "date"):
                forms.add((column, reference, attributes, kind))
            if column == width:
                texts.append(text)
                letters.append(letter)
                width += 1
            else:
                width = self._place(number, column, (text, letter), texts, letters)
        if width > COLUMNS_MAX:
            self._check_width(width - 1, number)
        self._shape.learn(forms)
        return (number, "".join(letters), texts) if texts else None

    def _place(self, number: int, column: int, cell: tuple[str, str], texts: list[str], letters: list[str]) -> int:
        text, letter = cell
        if column < len(texts):
            # Cells out of order, or one place filled twice: the later stands, as in spreadsheet programs.
            texts[column], letters[column] = text, letter
            return len(texts)
        self._check_width(column, number)
        gap = column - len(texts)
        texts.extend([""] * gap)
        letters.extend(cells.BLANK * gap)
        texts.append(text)
        letters.append(letter)
        return len(texts)

    def _shared_cell(self, value: str) -> tuple[str, str]:
        try:
            text = self._shared[int(value)]
        except (ValueError, IndexError) as damage:
            raise Stop("file_damaged", where="its table of texts") from damage
        if text.isprintable() and len(text) < CELL_CHARACTERS_MAX:
            return (text, "t") if text else ("", " ")
        return cells.text_cell(text)

    def _learn_type(self, attributes: str) -> str:
        kind = self._types[attributes] = self._type_of(attributes)
        return kind

    def _cell(self, kind: str, formula: str, value: str, inline: str) -> tuple[str, str]:
        if not value and not inline:
            return ("", cells.NO_VALUE) if formula and kind != "str" else ("", cells.BLANK)
        if inline:
            return cells.text_cell(unescape(inline))
        if kind == "n":
            return cells.number_cell(value.strip())
        if kind == "date":
            return cells.serial_cell(value.strip(), from_1904=self._book.from_1904)
        if kind == "b":
            return ("TRUE" if value.strip() in ("1", "true") else "FALSE"), cells.YES_NO
        if kind == "e":
            return unescape(value), cells.FAULT
        if kind == "d":
            return unescape(value).strip().replace("T", " ").removesuffix("Z").removesuffix(" 00:00:00"), cells.DATE
        return cells.text_cell(unescape(value))

    def _type_of(self, attributes: str) -> str:
        declared = _TYPE.search(attributes)
        if declared and declared[1] != "n":
            return declared[1]
        style = _STYLE.search(attributes)
        return "date" if style and style[1] in self._book.date_styles else "n"

    def _odd_row(self, number: int, markup: str) -> Row | None:
        start = markup.rfind("<row")
        try:
            tree = ElementTree.fromstring(f"{self._root}{markup[start:]}</row></worksheet>")  # noqa: S314 (document types are refused)
        except (ElementTree.ParseError, ValueError) as damage:
            raise Stop("file_damaged", where=f"row {number}") from damage
        found: dict[int, tuple[str, str]] = {}
        column = -1
        for element in tree[0]:
            if element.tag.rsplit("}", 1)[-1] != "c":
                continue
            match = _REFERENCE.fullmatch(element.get("r", ""))
            column = _column_index(match[1]) if match else column + 1
            text, letter = self._odd_cell(element)
            if text or letter == cells.NO_VALUE:
                self._check_width(column, number)
                found[column] = (text, letter)
        if not found:
            return None
        width = max(found) + 1
        texts = [found.get(index, ("", cells.BLANK))[0] for index in range(width)]
        letters = [found.get(index, ("", cells.BLANK))[1] for index in range(width)]
        return number, "".join(letters), texts

    def _odd_cell(self, element: ElementTree.Element) -> tuple[str, str]:
        parts = {child.tag.rsplit("}", 1)[-1]: child for child in element}
        attributes = f's="{element.get("s", "0")}" t="{element.get("t", "n")}"'
        kind = self._type_of(attributes)
        if "is" in parts:
            return cells.text_cell(rich_text(parts["is"]))
        value = (parts["v"].text or "") if "v" in parts else ""
        if kind == "s" and value.strip().isdigit() and int(value) < len(self._shared):
            return self._shared_cell(value)
        if kind in ("str", "inlineStr"):
            return cells.text_cell(unescape_cell(value))
        return self._cell(kind, "f" if "f" in parts else "", value, "")

    def _check_width(self, column: int, number: int) -> None:
        if column >= COLUMNS_MAX:
            raise Stop("too_many_columns", limit=COLUMNS_MAX, row=number)


def _column_index(reference: str) -> int:
    index = 0
    for letter in reference:
        index = index * 26 + ord(letter) - 64
    return index - 1
