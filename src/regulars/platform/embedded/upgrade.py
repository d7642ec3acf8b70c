"""Data of another major version of PostgreSQL: the programs that can read it, and the change from the old data folder to the new one.

The programs of the version that made a home are kept in it, for a newer release brings other ones. The new data folder is built in a home inside
the home; nothing of the old one is changed until the new one is proved, and then it only gets another name.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from regulars.platform.embedded.binaries import WHEEL, Binaries
from regulars.platform.embedded.cluster import major_of
from regulars.platform.embedded.leftovers import end_leftovers

PROGRAMS: Final = "programs"
BUILDING: Final = "upgrading"
PROVED: Final = "proved"
DATA: Final = "postgres"


def keep_programs(home: Path, binaries: Binaries) -> None:
    """Have the programs that run this home's data in the home, for the release after the next major version; quick when they are there.

    A disk without room for them is no reason not to start: without them the upgrade says what to do instead.
    """
    target = home / PROGRAMS / binaries.major
    version = target / "version"
    if version.exists() and version.read_text() == binaries.version:
        return
    building = target.with_name(f".{target.name}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        for name in (WHEEL, f"{WHEEL}.libs"):
            if (binaries.root / name).exists():
                ignore = shutil.ignore_patterns("include", "__pycache__", "*.py")
                shutil.copytree(
                    binaries.root / name, building / name, ignore=ignore, symlinks=True, copy_function=_link_or_copy
                )
        (building / version.name).write_text(binaries.version)
        shutil.rmtree(target, ignore_errors=True)
        building.rename(target)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)


def kept_programs(home: Path, major: str) -> Binaries | None:
    """The programs of that version in this home, or None where they are not or do not run here."""
    found = Binaries(root=home / PROGRAMS / major)
    return found if found.runs and found.major == major else None


def can_upgrade(home: Path, binaries: Binaries) -> bool:
    """Whether the data of this home is older than these programs, and can be read once more with its own."""
    data = home / DATA
    if not data.exists():
        return False
    found = major_of(data)
    return found.isdigit() and int(found) < int(binaries.major) and kept_programs(home, found) is not None


def _link_or_copy(source: str, target: str) -> None:
    # A second name costs nothing, and stays when the packages are installed anew.
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def building_home(home: Path) -> Path:
    """A fresh home inside the home, with the same passwords; whatever an upgrade that was killed left there is taken away."""
    building = home / BUILDING
    clear_building(home)
    building.mkdir(mode=0o700)
    shutil.copytree(home / "secrets", building / "secrets")
    return building


def clear_building(home: Path) -> None:
    """Take away what was built, and the server that may still run on it."""
    end_leftovers(home / BUILDING / DATA)
    shutil.rmtree(home / BUILDING, ignore_errors=True)


def switch(home: Path) -> Path:
    """Put the built and proved data in the place of the old; returns where the old data lies now. Both servers must have ended."""
    os.sync()
    note = home / BUILDING / PROVED
    note.write_text(major_of(home / DATA))
    os.sync()
    finish_switch(home)
    return _newest_old(home)


def finish_switch(home: Path) -> None:
    """Go on with a switch that was killed between its steps; does nothing where none was begun. Called under the home's lock."""
    note = home / BUILDING / PROVED
    if not note.exists():
        return
    data, built, old = home / DATA, home / BUILDING / DATA, note.read_text()
    # While the built data is still in its place, what stands in the home is the old one.
    if built.exists():
        if data.exists():
            data.rename(_free_name(home, old))
        built.rename(data)
        os.sync()
    shutil.rmtree(home / BUILDING)


def _free_name(home: Path, major: str) -> Path:
    names = (f"{DATA}-{major}", *(f"{DATA}-{major}.{number}" for number in range(2, 100)))
    return next(home / name for name in names if not (home / name).exists())


def _newest_old(home: Path) -> Path:
    return max(home.glob(f"{DATA}-*"), key=lambda path: path.stat().st_ctime_ns)
