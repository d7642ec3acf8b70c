"""A new major version of PostgreSQL: the data is dumped with the old programs, restored, proved, and only then switched.

Killed at whatever instant, the old data is as it was and the next start does it again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psycopg

from regulars.platform.embedded import DatabaseUrls, EmbeddedError, EmbeddedServer, HomeLock
from regulars.platform.embedded.binaries import Binaries, find_binaries
from regulars.platform.embedded.cluster import major_of
from regulars.platform.embedded.upgrade import (
    DATA,
    building_home,
    clear_building,
    kept_programs,
    switch,
)
from regulars.platform.embedded.urls import APP
from regulars.project.backup.bring_back import run_restore
from regulars.project.backup.errors import BackupError
from regulars.project.backup.programs import choose_programs
from regulars.project.backup.proof import Say
from regulars.project.backup.rights import read_rights, rights_script
from regulars.project.backup.save import write_dump

DUMP: Final = "database.dump"
SPARE_BYTES: Final = 500_000_000

Prove = Callable[[DatabaseUrls], None]
"""Brings the tables of the new database up to this release and proves the ledger in it. Raises EmbeddedError."""


def upgrade(home: Path, *, lock: HomeLock, prove: Prove, say: Say) -> None:
    """Bring the data of an older major version, whose programs are kept in the home, over to this one.

    Raises EmbeddedError when it cannot be done; then nothing was changed.
    """
    binaries, found = find_binaries(), major_of(home / DATA)
    programs = kept_programs(home, found)
    assert programs is not None
    require_room(home)
    say(f"Bringing the data over from PostgreSQL {found} to {binaries.major} …")
    building = building_home(home)
    try:
        dump_and_restore(home, building, programs=programs, lock=lock, prove=prove, say=say)
    except (BackupError, EmbeddedError) as error:
        clear_building(home)
        raise EmbeddedError(
            f"The data could not be brought over to PostgreSQL {binaries.major}: {error} Nothing was changed; the data of "
            f"PostgreSQL {found} is as it was. The release that wrote it still runs on it."
        ) from error
    except BaseException:
        clear_building(home)
        raise
    kept = switch(home)
    say(
        f"The ledger holds in PostgreSQL {binaries.major}. The old data lies in {kept}; delete it when you are content."
    )


def require_room(home: Path) -> None:
    """Raises EmbeddedError when the disk cannot hold the data twice, with its dump."""
    data = sum(path.stat().st_size for path in (home / DATA).rglob("*") if path.is_file() and not path.is_symlink())
    wanted, free = 2 * data + SPARE_BYTES, shutil.disk_usage(home).free
    if free < wanted:
        raise EmbeddedError(
            f"The data in {home / DATA} must be brought over to a newer PostgreSQL, and that needs {wanted // 10**6} MB beside it; "
            f"{free // 10**6} MB are free. Nothing was changed. Make room and start again."
        )


def dump_and_restore(home: Path, building: Path, *, programs: Binaries, lock: HomeLock, prove: Prove, say: Say) -> None:
    """Have everything of the old data in the new, proved; both servers have ended afterwards. Raises BackupError, EmbeddedError."""
    dump = building / DUMP
    with EmbeddedServer(home=home, lock=lock, binaries=programs) as old, psycopg.connect(old.owner_url) as owner:
        newest = choose_programs(int(find_binaries().major))
        rights = read_rights(owner, app_role=APP)
        write_dump(newest, old.owner_url, dump)
    say("Filling the new database …")
    with EmbeddedServer(home=building, lock=lock) as new:
        run_restore(newest, dump, new.owner_url, then=rights_script(rights, app_role=APP))
        dump.unlink()
        with psycopg.connect(new.owner_url, autocommit=True) as owner:
            owner.execute("ANALYZE")
        prove(new.urls)
