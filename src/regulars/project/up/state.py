"""Whether anything changed since the last start, so that a second start need not load Django to find out that there is nothing to do."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from regulars.project.home import REPOSITORY, Installation

STAMP = "prepared.stamp"


def is_prepared(installation: Installation) -> bool:
    """True when `prepare` succeeded for exactly this code, these packages and this embedded cluster. Never for an outside database."""
    stamp = installation.home / STAMP
    return not installation.outside and stamp.exists() and stamp.read_text() == state_of(installation)


def remember_prepared(installation: Installation) -> None:
    """Note the present state; called after `prepare` succeeded."""
    (installation.home / STAMP).write_text(state_of(installation))


def state_of(installation: Installation) -> str:
    """What runs in this home, as far as its files tell."""
    cluster = installation.home / "postgres" / "PG_VERSION"
    folders = (REPOSITORY / "src" / "regulars", REPOSITORY / "requirements", REPOSITORY / "examples")
    lines = [sys.version, installation.url, str(installation.demo), str((installation.home / "static").is_dir())]
    if cluster.exists():
        found = cluster.stat()
        lines.append(f"{found.st_ino} {found.st_ctime_ns}")
    for folder in folders:
        lines.extend(sorted(_lines(folder)))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _lines(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in {"__pycache__", "tests"}]
        for name in files:
            found = Path(place, name).stat()
            yield f"{place}/{name} {found.st_size} {found.st_mtime_ns}"
