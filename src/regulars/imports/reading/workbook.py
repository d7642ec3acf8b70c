"""The parts of an .xlsx beside its cells: sheets, shared texts, and which styles are dates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Final
from xml.etree import ElementTree

from regulars.imports.reading.archive import Archive
from regulars.imports.reading.limits import CELL_CHARACTERS_MAX, PART_BYTES_MAX, SHEETS_MAX
from regulars.imports.reading.stop import Stop

_DATE_STYLES: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_TIME_LETTER: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_SIMPLE_TEXT: Final = re.compile(r"\s*<si>\s*<t(?: [^>]*)?>([^<]*)</t>\s*")
_EMPTY_TEXT: Final = re.compile(r"\s*<si\s*/>")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ENTITY: Final = re.compile(r"&(?:#x([0-9A-Fa-f]{1,8})|#([0-9]{1,8})|([a-z]+));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of the file and the part that holds its cells."""

    name: str
    is_hidden: bool
    part: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """What is needed to read any sheet of one .xlsx."""

    sheets: tuple[SheetPart, ...]
    date_styles: frozenset[str]
    from_1904: bool
    shared_part: str | None


def read_workbook(archive: Archive) -> Workbook:
    """Find the sheets, in the order of their tabs."""
    book_part = next((target for kind, target in _links(archive, "").values() if kind == "officeDocument"), None)
    book_part = book_part or "xl/workbook.xml"
    if "/" not in book_part or not book_part.casefold().startswith("xl/"):
        raise Stop("file_damaged", where="no workbook inside")
    book = archive.xml(book_part)
    links = _links(archive, book_part)
    sheets = []
    for element in _children(book, "sheets", "sheet"):
        link = next((value for key, value in element.attrib.items() if key.endswith("}id") or key == "id"), "")
        kind, target = links.get(link, ("", ""))
        if kind == "worksheet":
            name = unescape_cell(element.get("name", ""))
            sheets.append(SheetPart(name, element.get("state", "visible") != "visible", target))
    if not sheets or len(sheets) > SHEETS_MAX:
        raise Stop("file_damaged", where="no sheet inside")
    by_kind = dict(links.values())
    properties = next(_children(book, "workbookPr"), None)
    shared = by_kind.get("sharedStrings")
    return Workbook(
        sheets=tuple(sheets),
        date_styles=_date_styles(archive, by_kind.get("styles")),
        from_1904=properties is not None and properties.get("date1904", "0") in ("1", "true"),
        shared_part=shared if shared and shared in archive else None,
    )


def read_shared_texts(archive: Archive, part: str) -> list[str]:
    """Read the table of texts that cells refer to by position."""
    texts: list[str] = []
    rest = ""
    prefix: str | None = None
    for chunk in archive.texts(part):
        rest += chunk
        if prefix is None:
            prefix = namespace_prefix(rest, "sst")
            start = rest.find("sst")
            rest = rest[rest.find(">", start) + 1 :] if start >= 0 else rest
        if prefix:
            rest = without_prefix(rest, prefix)
        pieces = rest.split("</si>")
        rest = pieces.pop()
        if len(rest) > PART_BYTES_MAX:
            raise Stop("file_damaged", where=part)
        for piece in pieces:
            match = _SIMPLE_TEXT.fullmatch(piece)
            if match:
                texts.append(match[1] if "&" not in match[1] and "_x" not in match[1] else unescape(match[1]))
            else:
                texts.extend(_rich_texts(piece, part))
    texts.extend("" for _ in _EMPTY_TEXT.finditer(rest))
    return texts


def _rich_texts(piece: str, part: str) -> Iterator[str]:
    while match := _EMPTY_TEXT.match(piece):
        yield ""
        piece = piece[match.end() :]
    if match := _SIMPLE_TEXT.fullmatch(piece):
        yield unescape(match[1])
        return
    try:
        item = ElementTree.fromstring(f'<r xmlns:xml="http://www.w3.org/XML/1998/namespace">{piece}</si></r>')[0]  # noqa: S314
    except (ElementTree.ParseError, IndexError, ValueError) as damage:
        raise Stop("file_damaged", where=part) from damage
    yield rich_text(item)


def rich_text(item: ElementTree.Element) -> str:
    """Join the runs of a formatted text; the reading aid of East Asian texts (rPh) is not part of it."""
    pieces: list[str] = []
    for child in item:
        name = child.tag.rsplit("}", 1)[-1]
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces.extend(run.text or "" for run in child if run.tag.rsplit("}", 1)[-1] == "t")
    return unescape_cell("".join(pieces))[: CELL_CHARACTERS_MAX + 1]


def unescape(text: str) -> str:
    """Read the entities of XML and the _x000D_ escapes of cells."""
    return unescape_cell(_ENTITY.sub(_entity, text)) if "&" in text else unescape_cell(text)


def unescape_cell(text: str) -> str:
    """Read the escapes that spreadsheets write for characters XML cannot hold."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _entity(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED.get(match[3], match[0])
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if code < 0x110000 else "\ufffd"


def namespace_prefix(head: str, root: str) -> str:
    """The prefix that a file gives to the spreadsheet's own elements, such as `x:`; mostly none."""
    match = re.search(rf"<(?:([A-Za-z_][\w.-]*:))?{root}[\s>/]", head)
    return (match[1] or "") if match else ""


def without_prefix(text: str, prefix: str) -> str:
    """Drop the prefix from elements; a `<` in a text is always escaped, so no text changes."""
    return text.replace(f"<{prefix}", "<").replace(f"</{prefix}", "</")


def _links(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    folder = dirname(part)
    name = join(folder, "_rels", part.rsplit("/", 1)[-1] + ".rels") if part else "_rels/.rels"
    if name not in archive:
        return {}
    links = {}
    for element in archive.xml(name):
        target = element.get("Target", "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
        links[element.get("Id", "")] = (element.get("Type", "").rsplit("/", 1)[-1], path)
    return links


def _date_styles(archive: Archive, part: str | None) -> frozenset[str]:
    if part is None or part not in archive:
        return frozenset()
    styles = archive.xml(part)
    codes = {
        element.get("numFmtId", ""): element.get("formatCode", "") for element in _children(styles, "numFmts", "numFmt")
    }
    dates = set()
    for position, element in enumerate(_children(styles, "cellXfs", "xf")):
        number_format = element.get("numFmtId", "0")
        if number_format in codes:
            is_date = is_date_format(codes[number_format])
        else:
            is_date = number_format.isdigit() and int(number_format) in _DATE_STYLES
        if is_date:
            dates.add(str(position))
    return frozenset(dates)


def is_date_format(code: str) -> bool:
    """Whether a number format shows dates or times: it has one of d m y h s outside quotes and colours."""
    first = _QUOTED.sub("", code.split(";", 1)[0])
    return bool(_TIME_LETTER.search(first)) and "general" not in first.lower()


def _children(element: ElementTree.Element, *path: str) -> Iterator[ElementTree.Element]:
    name, *deeper = path
    for child in element:
        if child.tag.rsplit("}", 1)[-1] == name:
            if deeper:
                yield from _children(child, *deeper)
            else:
                yield child
