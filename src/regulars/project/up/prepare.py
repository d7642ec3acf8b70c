"""What has to be true before the first request: tables, roles, static files, and on a first start somebody who can sign in."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from regulars.project.first_run import first_run
from regulars.project.home import DatabaseMissing, Installation

POSTGRES_MAJOR_MIN = 15


def prepare(installation: Installation) -> None:
    """Bring database, files and first sign-in up to this release; quick and without effect when they are. Raises DatabaseMissing."""
    check_server()
    migrate()
    check_app_role()
    collect_static(installation.home)
    first_run(installation=installation, now=datetime.now(UTC))


def check_server() -> None:
    """Raises DatabaseMissing for a PostgreSQL that is too old."""
    version = connections["owner"].cursor().connection.info.server_version
    if version // 10_000 < POSTGRES_MAJOR_MIN:
        raise DatabaseMissing(
            f"PostgreSQL {POSTGRES_MAJOR_MIN} or newer is needed; this server is {version // 10_000}."
        )


def migrate() -> None:
    executor = MigrationExecutor(connections["owner"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database …")
        call_command("migrate", database="owner", interactive=False, verbosity=0)


def check_app_role() -> None:
    """Raises DatabaseMissing when the application's role could pass the policies that keep chains apart."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            """
            SELECT current_user, rolsuper, rolbypassrls,
                EXISTS (SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(current_user, datdba, 'MEMBER')),
                EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                        WHERE nspname = 'public' AND pg_has_role(current_user, relowner, 'MEMBER'))
            FROM pg_roles WHERE rolname = current_user
            """
        )
        role, *faults = cursor.fetchone()
    names = ("is a superuser", "may bypass row-level security", "owns the database", "owns tables")
    found = [name for name, fault in zip(names, faults, strict=True) if fault]
    if found:
        raise DatabaseMissing(
            f"The role {role} in DATABASE_URL {' and '.join(found)}, so nothing would keep chains apart. "
            "Use a role without these rights; `./run database-setup` prints how to make one."
        )


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
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
