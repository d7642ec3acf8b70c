"""A progress bar for commands at a terminal; elsewhere nothing, so that logs stay readable."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import Final

WIDTH: Final = 30
PAUSE_SECONDS: Final = 0.1
UNITS: Final = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


class Bar:
    """One line that says how far something is; it is wiped away when the block ends."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._drawn_at = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write("")

    def show(self, label: str, done: int, total: int | None) -> None:
        """Say how many of how many are done; without a total only how many."""
        if not total:
            self._draw(f"{label} {done:,}")
            return
        filled = min(WIDTH, WIDTH * done // total)
        self._draw(
            f"{label} [{'#' * filled}{'.' * (WIDTH - filled)}] {100 * done // total:3d} %  {done:,} of {total:,}"
        )

    def show_bytes(self, label: str, done: int) -> None:
        """Say how many bytes are done."""
        self._draw(f"{label} {size_text(done)}")

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self._write("")
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def _draw(self, text: str) -> None:
        if time.monotonic() - self._drawn_at >= PAUSE_SECONDS:
            self._drawn_at = time.monotonic()
            self._write(text)

    def _write(self, text: str) -> None:
        if self._is_shown:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r\x1b[K{text[:width]}")
            sys.stderr.flush()


def size_text(size: int) -> str:
    """How large something is."""
    unit, factor = next(((unit, factor) for unit, factor in UNITS if size >= factor), UNITS[-1])
    return f"{size / factor:.1f} {unit}"
