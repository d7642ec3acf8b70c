"""The reading process: `python child.py FILE FOLDER OPTIONS`; reports line by line as JSON on standard output.

It gets a file that nobody has looked into yet, so it runs with limits on memory, time and disk, without the
environment of its parent, and, where the system allows it, without a network. It writes slices and exits.
"""

import ctypes
import json
import os
import resource
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from regulars.imports.reading.archive import Archive
from regulars.imports.reading.encodings import KNOWN_ENCODINGS, detect_encoding
from regulars.imports.reading.kinds import detect_kind
from regulars.imports.reading.limits import (
    CPU_SECONDS_MAX,
    MEMORY_BYTES_MAX,
    OUTPUT_BYTES_MAX,
    PREVIEW_ROWS,
    SHEETS_MAX,
)
from regulars.imports.reading.slices import SliceFile, SliceWriter
from regulars.imports.reading.stop import Stop
from regulars.imports.reading.text_tables import TextTable
from regulars.imports.reading.workbook import read_workbook
from regulars.imports.reading.xlsx import Row, read_sheet

_NEW_NETWORK: Final = 0x40000000
_NEW_USER: Final = 0x10000000
_PARENT_DEATH_SIGNAL: Final = 1
_KILL: Final = 9


def main(arguments: list[str]) -> int:
    """Read one file; 0 even for a file that is refused, since saying so is success."""
    source, folder, options = Path(arguments[0]), Path(arguments[1]), json.loads(arguments[2])
    _confine()
    try:
        _read(source, folder, options)
    except Stop as stop:
        _report("stopped", code=stop.code, facts=stop.facts)
    except MemoryError:
        _report("stopped", code="reading_too_large", facts={})
    except RecursionError:
        _report("stopped", code="file_damaged", facts={"where": "its structure"})
    return 0


def _read(source: Path, folder: Path, options: dict[str, Any]) -> None:
    kind = detect_kind(source)
    facts, rows = _open_text(source, options) if kind == "text" else _open_sheets(source, folder, kind, options)
    writer = SliceWriter(folder)
    first = list(islice(rows, PREVIEW_ROWS))
    if not first:
        raise Stop("sheet_empty", sheet=facts.get("sheet") or "1")
    _report("opened", kind=kind, preview=[list(row) for row in first], **facts)
    for row in first:
        _report_slice(writer.add(row))
    for row in rows:
        if (written := writer.add(row)) is not None:
            _report_slice(written)
    _report_slice(writer.flush())
    _report("done")


def _open_text(source: Path, options: dict[str, Any]) -> tuple[dict[str, Any], Iterator[Row]]:
    encoding = options.get("encoding")
    if encoding not in KNOWN_ENCODINGS:
        encoding = detect_encoding(source)
    table = TextTable(source, encoding=encoding, delimiter=options.get("delimiter"))
    return {"encoding": table.encoding, "delimiter": table.delimiter, "sheets": [], "sheet": None}, table.rows()


def _open_sheets(
    source: Path, folder: Path, kind: str, options: dict[str, Any]
) -> tuple[dict[str, Any], Iterator[Row]]:
    wanted = options.get("sheet")
    if kind == "xlsx":
        archive = Archive(source)
        book = read_workbook(archive)
        sheets = [(sheet.name, sheet.is_hidden) for sheet in book.sheets]
        position = _choose(sheets, wanted)
        if position is None:
            position = _first_filled(sheets, lambda index: read_sheet(archive, book, book.sheets[index].part))
        rows = read_sheet(archive, book, book.sheets[position].part)
    else:
        # Imported here so that the most frequent kinds do not load it.
        from regulars.imports.reading.rust_sheets import RustWorkbook, check_open_document

        if kind == "ods":
            check_open_document(source)
        # The library goes by the name's ending, and an upload may have any.
        named = folder / f"book.{kind}"
        named.unlink(missing_ok=True)
        named.symlink_to(source)
        rust_book = RustWorkbook(named)
        sheets = [(sheet.name, sheet.is_hidden) for sheet in rust_book.sheets]
        position = _choose(sheets, wanted)
        if position is None:
            position = _first_filled(sheets, lambda index: rust_book.rows(sheets[index][0]))
        rows = rust_book.rows(sheets[position][0])
    listed = [{"name": name, "is_hidden": hidden} for name, hidden in sheets[:SHEETS_MAX]]
    return {"encoding": None, "delimiter": None, "sheets": listed, "sheet": sheets[position][0]}, rows


def _choose(sheets: list[tuple[str, bool]], wanted: str | None) -> int | None:
    if wanted is None:
        return None
    for position, (name, _) in enumerate(sheets):
        if name == wanted or name.strip().casefold() == wanted.strip().casefold():
            return position
    shown = ", ".join(name for name, _ in sheets[:20])
    raise Stop("sheet_missing", sheet=wanted[:100], sheets=shown[:500])


def _first_filled(sheets: list[tuple[str, bool]], rows_of: Any) -> int:
    """The first visible sheet with two filled rows, else the first visible one with any, else the first."""
    visible = [position for position, (_, hidden) in enumerate(sheets) if not hidden] or [0]
    filled = None
    for position in visible[:10]:
        found = sum(1 for _ in islice(rows_of(position), 2))
        if found == 2:
            return position
        if found and filled is None:
            filled = position
    return visible[0] if filled is None else filled


def _report_slice(written: SliceFile | None) -> None:
    if written is not None:
        _report("slice", name=written.name, rows=written.rows, width=written.width)


def _report(event: str, **facts: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **facts}) + "\n")
    sys.stdout.flush()


def _confine() -> None:
    for limit, wanted in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, CPU_SECONDS_MAX),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (value, value))
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PARENT_DEATH_SIGNAL, _KILL, 0, 0, 0)
    if hasattr(libc, "unshare") and libc.unshare(_NEW_NETWORK) != 0:
        # Without the right to a network of its own, a user namespace may still give it; else it runs as it is,
        # and opens no socket because nothing in it does.
        libc.unshare(_NEW_USER | _NEW_NETWORK)
    os.nice(5)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
