"""What has to be true before the first request: tables, roles, static files, and on a first start somebody who can sign in."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from regulars.platform.clock import real_now
from regulars.platform.garbage import settle
from regulars.platform.role_check import check_app_role
from regulars.project.first_run import first_run
from regulars.project.home import FIRST_RUN, DatabaseMissing, Installation

POSTGRES_MAJOR_MIN = 15


def prepare(installation: Installation) -> None:
    """Bring database, files and first sign-in up to this release; quick and without effect when they are. Raises DatabaseMissing."""
    check_server()
    migrate()
    check_app_role()
    collect_static(installation.home)
    if installation.demo and not (installation.home / FIRST_RUN).exists():
        say("Filling the sample shop …")
    first_run(installation=installation, now=real_now())


def check_server() -> None:
    """Raises DatabaseMissing for a PostgreSQL that is too old."""
    version = connections["owner"].cursor().connection.info.server_version
    if version // 10_000 < POSTGRES_MAJOR_MIN:
        raise DatabaseMissing(
            f"PostgreSQL {POSTGRES_MAJOR_MIN} or newer is needed; this server is {version // 10_000}."
        )


def migrate() -> None:
    """Bring the tables up to date, as the owner role."""
    executor = MigrationExecutor(connections["owner"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database …")
        settle()
        call_command("migrate", database="owner", interactive=False, verbosity=0)


def collect_static(home: Path) -> None:
    """Copy static files to where the web process serves them, when any of them changed."""
    stamp = home / "static.stamp"
    state = static_state()
    if stamp.exists() and stamp.read_text() == state and Path(settings.STATIC_ROOT).is_dir():
        return
    stamp.unlink(missing_ok=True)
    say("Collecting static files …")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(state)


def static_state() -> str:
    """What the static files depend on, as a hash."""
    digest = hashlib.sha256(repr(settings.STORAGES).encode())
    for line in sorted(_static_lines()):
        digest.update(line.encode())
    return digest.hexdigest()


def _static_lines() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            yield f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n"


def say(text: str) -> None:
    """Tell the person at the console."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
