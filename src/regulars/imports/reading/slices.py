"""Rows on their way from the reading process: files of some ten thousand rows each.

A field ends with the unit separator and a row with the record separator of ASCII. No cell holds either, since control
characters are cleaned before, so nothing needs quotes and a slice is parsed at the speed of the disk.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from regulars.imports.reading.limits import OUTPUT_BYTES_MAX, SLICE_BYTES_MAX, SLICE_ROWS
from regulars.imports.reading.stop import Stop

FIELD_END: Final = "\x1f"
ROW_END: Final = "\x1e"


@dataclass(frozen=True, slots=True)
class SliceFile:
    """One file of rows: `width` cells in each."""

    name: str
    rows: int
    width: int


class SliceWriter:
    """Collects rows and writes them to numbered files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[str] = []
        self._widths: list[int] = []
        self._characters = 0
        self._written_bytes = 0
        self._count = 0

    def add(self, row: tuple[int, str, list[str]]) -> SliceFile | None:
        """Take a row; the file it completed, if it completed one."""
        number, letters, texts = row
        line = f"{number}{FIELD_END}{letters}{FIELD_END}{FIELD_END.join(texts)}"
        self._lines.append(line)
        self._widths.append(len(letters))
        self._characters += len(line)
        if len(self._lines) < SLICE_ROWS and self._characters < SLICE_BYTES_MAX:
            return None
        return self.flush()

    def flush(self) -> SliceFile | None:
        """Write what has been collected."""
        if not self._lines:
            return None
        width = max(self._widths)
        padded = [
            line if own == width else line + FIELD_END * (width - own)
            for line, own in zip(self._lines, self._widths, strict=True)
        ]
        content = ROW_END.join(padded).encode("utf-8", "replace")
        self._written_bytes += len(content)
        if self._written_bytes > OUTPUT_BYTES_MAX:
            raise Stop("unpacked_too_large", limit_mb=OUTPUT_BYTES_MAX // 1_000_000)
        written = SliceFile(name=f"{self._count:05d}.slice", rows=len(padded), width=width)
        (self._folder / written.name).write_bytes(content)
        self._count += 1
        self._lines = []
        self._widths = []
        self._characters = 0
        return written
