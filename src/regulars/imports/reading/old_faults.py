"""Where an .xls holds error values such as #N/A: the library that reads its cells hands them over as empty.

An .xls is a small file system (Microsoft's [MS-CFB]) with one stream of records ([MS-XLS]); a sheet's records begin where
its BOUNDSHEET record says. Only what leads to two kinds of records is read: BOOLERR, an error as such, and FORMULA, whose
last result may be one. Whatever does not hold together yields no faults: that the file is damaged, its reader says.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MAGIC: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_STREAMS: Final = ("workbook", "book")
_ENDS: Final = 0xFFFFFFFA
"""From here on a sector's number is a mark: end of a chain, free, part of the table itself."""

_BOUNDSHEET, _BOOLERR, _FORMULA, _EOF, _BOF = 0x0085, 0x0205, 0x0006, 0x000A, 0x0809
_NAMES: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip

Faults = dict[tuple[int, int], str]
"""The error at (row, column), both from zero."""


def find_faults(path: Path) -> list[Faults]:
    """The error values of every sheet of an .xls, in the order of the workbook; empty for what is no such file."""
    data = path.read_bytes()
    try:
        stream = _workbook_stream(data)
        return [dict(_faults_of(stream, start)) for start in _sheet_starts(stream)]
    except (struct.error, IndexError, ValueError):
        return []


def _workbook_stream(data: bytes) -> bytes:
    if not data.startswith(_MAGIC):
        raise ValueError
    sector_size = 1 << min(struct.unpack_from("<H", data, 30)[0], 16)
    directory_start, _, small_below = struct.unpack_from("<III", data, 48)
    table = _sector_table(data, sector_size)
    directory = _chain(data, table, directory_start, sector_size)
    for at in range(0, len(directory), 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace").casefold()
        if name in _STREAMS:
            start, size = struct.unpack_from("<II", directory, at + 116)
            if size < small_below:
                # Streams this small lie elsewhere; no program leaves a workbook's so small.
                break
            return _chain(data, table, start, sector_size)[:size]
    raise ValueError


def _sector_table(data: bytes, sector_size: int) -> list[int]:
    """The number of the sector that follows each sector."""
    count, next_list, lists = struct.unpack_from("<I", data, 44)[0], *struct.unpack_from("<II", data, 68)
    places = list(struct.unpack_from("<109I", data, 76))
    for _ in range(min(lists, len(data) // sector_size)):
        more = struct.unpack_from(f"<{sector_size // 4}I", data, (next_list + 1) * sector_size)
        places += more[:-1]
        next_list = more[-1]
    table: list[int] = []
    for place in places[:count]:
        # A table is never longer than what it tells of, whatever a hostile file says.
        if place < _ENDS and len(table) * sector_size <= len(data):
            table += struct.unpack_from(f"<{sector_size // 4}I", data, (place + 1) * sector_size)
    return table


def _chain(data: bytes, table: list[int], start: int, sector_size: int) -> bytes:
    pieces = []
    # No chain has more sectors than the file: a ring ends here.
    for _ in range(len(table)):
        if start >= _ENDS:
            break
        pieces.append(data[(start + 1) * sector_size : (start + 2) * sector_size])
        start = table[start]
    return b"".join(pieces)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, start and size of each record from `at` on."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, size
        at += 4 + size


def _sheet_starts(stream: bytes) -> list[int]:
    starts = []
    for kind, at, _ in _records(stream, 0):
        if kind == _BOUNDSHEET:
            start, _, sort = struct.unpack_from("<IBB", stream, at)
            if sort == 0:
                starts.append(start)
        elif kind == _EOF:
            break
    return starts


def _faults_of(stream: bytes, start: int) -> Iterator[tuple[tuple[int, int], str]]:
    depth = 0
    for kind, at, size in _records(stream, start):
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            # Charts inside a sheet have a beginning and an end of their own.
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1 and kind == _BOOLERR and size >= 8:
            row, column, _, code, is_error = struct.unpack_from("<HHHBB", stream, at)
            if is_error:
                yield (row, column), _NAMES.get(code, "#N/A")
        elif depth == 1 and kind == _FORMULA and size >= 14:
            row, column, _, sort, code, mark = struct.unpack_from("<HHHBxBxxxH", stream, at)
            if mark == 0xFFFF and sort == 2:
                yield (row, column), _NAMES.get(code, "#N/A")
