"""Reading a file from the outside: starts the reading process, follows it, and hands out its slices as frames."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from regulars.imports.errors import FILE_REFUSALS, FileDamaged, FileEmpty, ReadingTooLarge, ReadingTooSlow
from regulars.imports.reading.limits import CPU_SECONDS_MAX, WALL_SECONDS_MAX
from regulars.imports.reading.slices import FIELD_END, ROW_END, SliceFile
from regulars.kernel.refusal import Refused

_CHILD: Final = Path(__file__).with_name("child.py")
_CPU_LIMIT_SIGNALS: Final = (-24, -9)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user chose instead of what would be guessed."""

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet that the file has; hidden ones are listed and never chosen unasked."""

    name: str
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One of the first rows: its number in the file, a type letter per cell, the texts."""

    number: int
    letters: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file read to its end: where its slices lie and what it is."""

    folder: Path
    kind: str
    encoding: str | None
    delimiter: str | None
    sheets: tuple[SheetName, ...]
    sheet: str | None
    rows: int
    width: int
    preview: tuple[PreviewRow, ...]
    slices: tuple[SliceFile, ...]

    def frames(self) -> Iterator[pl.DataFrame]:
        """Yield the rows slice by slice: `row`, `letters`, and `c0`, `c1`, … as text, blank cells as ""."""
        for written in self.slices:
            yield read_slice(self.folder / written.name, width=written.width, full_width=self.width)


@dataclass(slots=True)
class _Progress:
    opened: dict[str, Any] | None = None
    slices: list[SliceFile] = field(default_factory=list)
    rows: int = 0
    is_done: bool = False


def read_file(
    path: Path,
    folder: Path,
    *,
    options: ReadOptions = ReadOptions(),
    on_progress: Callable[[int], None] | None = None,
) -> FileRead:
    """Read a spreadsheet file of any kind into `folder`.

    Raises Refused with one of `imports.errors.FILE_REFUSALS`. `on_progress` hears the number of rows read so far; an
    exception that it raises ends the reading.
    """
    chosen = json.dumps({"sheet": options.sheet, "encoding": options.encoding, "delimiter": options.delimiter})
    progress = _Progress()
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(_CHILD), str(path.resolve()), str(folder.resolve()), chosen],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            cwd=folder,
            close_fds=True,
        )
        try:
            _follow(child, progress, on_progress)
        finally:
            child.kill()
            child.wait()
        if not progress.is_done:
            complaints.seek(0)
            _refuse_dead_child(child.returncode, complaints.read()[-4000:].decode("utf-8", "replace"))
    return _file_read(folder, progress)


def read_text(text: str, folder: Path, *, options: ReadOptions = ReadOptions()) -> FileRead:
    """Read cells pasted from a spreadsheet; see `read_file`."""
    if not text.strip():
        raise Refused(FileEmpty())
    pasted = folder / "pasted.txt"
    pasted.write_bytes(text.encode("utf-8", "replace"))
    return read_file(pasted, folder, options=options)


def read_slice(path: Path, *, width: int, full_width: int) -> pl.DataFrame:
    """Load one slice as a frame of `full_width` cells."""
    columns: dict[str, pl.DataType | type[pl.DataType]] = {"row": pl.Int32, "letters": pl.String}
    columns |= {f"c{position}": pl.String for position in range(width)}
    frame = pl.read_csv(
        path,
        has_header=False,
        schema=columns,
        separator=FIELD_END,
        eol_char=ROW_END,
        quote_char=None,
        empty_string_is_null=False,
    )
    missing = [pl.lit("").alias(f"c{position}") for position in range(width, full_width)]
    return frame.with_columns(
        pl.col("letters").str.pad_end(full_width, " "),
        *(pl.col(name).fill_null("") for name in columns if name[0] == "c"),
        *missing,
    )


def _follow(child: subprocess.Popen[bytes], progress: _Progress, on_progress: Callable[[int], None] | None) -> None:
    deadline = time.monotonic() + WALL_SECONDS_MAX
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=64)
    reader = threading.Thread(target=_pump, args=(child, lines), daemon=True)
    reader.start()
    while True:
        try:
            line = lines.get(timeout=max(deadline - time.monotonic(), 0.001))
        except queue.Empty:
            raise Refused(ReadingTooSlow(seconds=WALL_SECONDS_MAX)) from None
        if line is None:
            child.wait(timeout=30)
            return
        _take(json.loads(line), progress)
        if on_progress is not None and progress.slices:
            on_progress(progress.rows)


def _pump(child: subprocess.Popen[bytes], lines: "queue.Queue[bytes | None]") -> None:
    assert child.stdout is not None
    with child.stdout:
        for line in child.stdout:
            lines.put(line)
    lines.put(None)


def _take(report: dict[str, Any], progress: _Progress) -> None:
    match report.pop("event"):
        case "opened":
            progress.opened = report
        case "slice":
            progress.slices.append(SliceFile(**report))
            progress.rows += int(report["rows"])
        case "done":
            progress.is_done = True
        case "stopped":
            raise Refused(FILE_REFUSALS[report["code"]](**report["facts"]))


def _refuse_dead_child(code: int, complaints: str) -> None:
    if code in _CPU_LIMIT_SIGNALS:
        raise Refused(ReadingTooSlow(seconds=CPU_SECONDS_MAX))
    if "memory" in complaints.lower() or code == -6:
        raise Refused(ReadingTooLarge())
    raise Refused(FileDamaged(where="its contents"))


def _file_read(folder: Path, progress: _Progress) -> FileRead:
    opened = progress.opened
    assert opened is not None
    return FileRead(
        folder=folder,
        kind=opened["kind"],
        encoding=opened["encoding"],
        delimiter=opened["delimiter"],
        sheets=tuple(SheetName(**sheet) for sheet in opened["sheets"]),
        sheet=opened["sheet"],
        rows=progress.rows,
        width=max((written.width for written in progress.slices), default=0),
        preview=tuple(PreviewRow(number, letters, tuple(texts)) for number, letters, texts in opened["preview"]),
        slices=tuple(progress.slices),
    )
