"""Figures of a benchmark on the screen and in docs/reference/performance.md, one section for each benchmark."""

import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "performance.md"
HEAD: Final = """# Performance

Figures that `./run bench NAME` measured, with the limits they are held against. Every section names its machine and date;
run it on yours to compare. A ratio compares with a reference measured in the same run on the same machine.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, the figure, the limit in words ("" for none), and whether it was kept."""

    what: str
    figure: str
    limit: str = ""
    is_kept: bool | None = None


def report(name: str, rows: Sequence[Row], *, notes: Sequence[str] = ()) -> bool:
    """Print the figures, replace this benchmark's section on the page, and say whether every limit was kept."""
    section = "\n".join(_section(name, rows, notes))
    sys.stdout.write(section + "\n")
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    pattern = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    kept = (
        pattern.sub(lambda _found: section + "\n", text) if pattern.search(text) else f"{text.rstrip()}\n\n{section}\n"
    )
    PAGE.write_text(kept.rstrip() + "\n", encoding="utf-8")
    return all(row.is_kept is not False for row in rows)


def _section(name: str, rows: Sequence[Row], notes: Sequence[str]) -> list[str]:
    marks = {True: "kept", False: "**missed**", None: ""}
    lines = [f"## {name}", "", f"{datetime.now(UTC):%Y-%m-%d}, {machine()}", ""]
    lines += ["| what | figure | limit | |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.figure} | {row.limit} | {marks[row.is_kept]} |" for row in rows]
    return [*lines, "", *(f"- {note}" for note in notes), ""]


def machine() -> str:
    """The machine in a few words: processors, memory, Python, load while it was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GB, Linux {platform.release().split('-')[0]},"
        f" Python {platform.python_version()}, load at the end {load:.1f}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
