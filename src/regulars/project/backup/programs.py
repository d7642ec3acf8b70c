"""PostgreSQL's own programs: those that fit the server, wherever they are installed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from regulars.platform.embedded import EmbeddedError
from regulars.platform.embedded.binaries import find_binaries
from regulars.project.backup.errors import BackupError

NAMES = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True, slots=True)
class Programs:
    """One set of programs of one major version."""

    folder: Path
    major: int

    def command(self, name: str, *arguments: str) -> list[str]:
        """The command line of one program."""
        return [str(self.folder / name), *arguments]


def choose_programs(server_major: int) -> Programs:
    """The programs of the server's own version, else the oldest that are newer. Raises BackupError without any."""
    found = sorted(set(_find()), key=lambda one: one.major)
    fitting = [one for one in found if one.major >= server_major]
    if not fitting:
        raise BackupError(
            f"The server is PostgreSQL {server_major}, and no pg_dump of that version or newer is installed here."
        )
    return fitting[0]


def _find() -> Iterator[Programs]:
    folders = []
    with contextlib.suppress(EmbeddedError):
        folders.append(find_binaries().folder)
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).resolve().parent)
    folders.extend(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in folders:
        if all((folder / name).exists() for name in NAMES):
            yield from _programs_in(folder)


def _programs_in(folder: Path) -> Iterator[Programs]:
    try:
        done = subprocess.run(
            [str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return
    if version := re.search(r"\) (\d+)", done.stdout):
        yield Programs(folder=folder, major=int(version[1]))


def address_of(url: str) -> tuple[str, dict[str, str]]:
    """A database as PostgreSQL's programs take it: without its password, which stands in the environment instead.

    Arguments of a process can be read by everybody on the machine.
    """
    parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = parts.pop("password", "")
    environment = {**os.environ, "PGAPPNAME": "regulars backup", "LC_ALL": "C"}
    if password:
        environment["PGPASSWORD"] = password
    return make_conninfo(**parts), environment
