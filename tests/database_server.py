"""The PostgreSQL that tests run on, and the template whose clones they get.

The template is migrated once per state of the migrations and kept in `.cache/tests-database/`; each test process copies that data folder to
memory and starts its own server on it, which takes a third of a second. REGULARS_TEST_DATABASE_URL names an outside server instead.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from regulars.platform.embedded import DatabaseUrls, EmbeddedServer, HomeBusy, lock_home
from regulars.platform.embedded.setup import prepare_database

MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 2_000_000_000
PREFIX = "regulars-tests-"
TEMPLATES_KEPT = 4
ABANDONED_SECONDS = 120
OUTSIDE_OWNER = "regulars_test_owner"
OUTSIDE_APP = "regulars_test_app"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A server with a migrated template in it."""

    template: DatabaseUrls
    major: int
    is_outside: bool

    @contextmanager
    def clone(self) -> Iterator[DatabaseUrls]:
        """A copy of the template, gone afterwards whoever is still connected."""
        name = f"regulars_test_{os.getpid()}_{next(_numbers)}"
        template, owner = database_of(self.template.superuser), urlsplit(self.template.owner).username
        with psycopg.connect(at(self.template.superuser, "postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    *map(sql.Identifier, (name, template, str(owner)))
                )
            )
        try:
            yield DatabaseUrls(
                app=at(self.template.app, name),
                owner=at(self.template.owner, name),
                superuser=at(self.template.superuser, name),
            )
        finally:
            with psycopg.connect(at(self.template.superuser, "postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def start_server(root: Path) -> Iterator[DatabaseServer]:
    """The outside server where one is named, else one of our own."""
    outside = os.environ.get("REGULARS_TEST_DATABASE_URL")
    state = migrations_hash(root)
    if outside:
        urls = outside_template(outside, state=state, root=root)
        yield DatabaseServer(template=urls, major=major_of(urls), is_outside=True)
        return
    finished = embedded_template(root / ".cache" / "tests-database", state=state, root=root)
    folder = memory_folder()
    try:
        home = folder / "home"
        shutil.copytree(finished, home, ignore=shutil.ignore_patterns("lock", "run", "log", "programs"))
        with EmbeddedServer(home=home, durable=False, shared_buffers="128MB") as server:
            yield DatabaseServer(template=server.urls, major=major_of(server.urls), is_outside=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def migrations_hash(root: Path) -> str:
    """Names one state of everything that decides what a fresh database looks like."""
    source = root / "src" / "regulars"
    files = [
        *source.glob("**/migrations/**/*"),
        *source.glob("platform/embedded/*.py"),
        source / "platform" / "migrations_support.py",
        source / "project" / "settings.py",
        root / "requirements" / "base.txt",
    ]
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(files):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def embedded_template(cache: Path, *, state: str, root: Path) -> Path:
    """The home of a stopped server whose database is migrated to `state`; made by the first process that needs it."""
    cache.mkdir(parents=True, exist_ok=True)
    finished = cache / state
    with only_one(cache / "lock"):
        if not finished.exists():
            forget_old(cache)
            unfinished = cache / "unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            with EmbeddedServer(home=unfinished, durable=False, shared_buffers="128MB") as server:
                migrate(server.urls, root=root, home=unfinished)
            unfinished.rename(finished)
        os.utime(finished)
    return finished


def outside_template(admin: str, *, state: str, root: Path) -> DatabaseUrls:
    """The same inside an outside server, whose superuser we are."""
    name = f"regulars_template_{state}"
    password = hashlib.sha256(admin.encode()).hexdigest()
    urls = DatabaseUrls(
        app=at(admin, name, user=OUTSIDE_APP, password=password),
        owner=at(admin, name, user=OUTSIDE_OWNER, password=password),
        superuser=at(admin, name),
    )
    with psycopg.connect(at(admin, "postgres"), autocommit=True) as connection, tempfile.TemporaryDirectory() as home:
        connection.execute("SELECT pg_advisory_lock(hashtext('regulars template'))")
        ready = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        if connection.execute(ready, [name]).fetchone() == ("ready",):
            return urls
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        passwords = {"owner_password": password, "app_password": password}
        prepare_database(at(admin, "postgres"), database=name, owner=OUTSIDE_OWNER, app=OUTSIDE_APP, **passwords)
        migrate(urls, root=root, home=Path(home))
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS 'ready'").format(sql.Identifier(name)))
    return urls


def migrate(urls: DatabaseUrls, *, root: Path, home: Path) -> None:
    """Migrate in a process of its own, as an installation does."""
    environment = {**os.environ, **urls.environment(), "REGULARS_HOME": str(home)}
    command = [sys.executable, "-m", "django", "migrate", "--database=owner", "--noinput", "--verbosity=0"]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the migrations fail:\n{done.stdout}{done.stderr}")


def memory_folder() -> Path:
    """A folder in memory where there is room, else among the temporary files; those of killed runs are removed."""
    parent = Path(tempfile.gettempdir())
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN:
        parent = MEMORY
    for old in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(HomeBusy, OSError):
            if (old / "home").is_dir() and time.time() - old.stat().st_mtime > ABANDONED_SECONDS:
                with lock_home(old / "home"):
                    shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))


def forget_old(cache: Path) -> None:
    finished = sorted((path for path in cache.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in finished[: -TEMPLATES_KEPT + 1]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def at(url: str, database: str, *, user: str | None = None, password: str = "") -> str:
    """The same server, another database, and another role where one is given."""
    parts = urlsplit(url)
    netloc = parts.netloc if user is None else f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


def database_of(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def major_of(urls: DatabaseUrls) -> int:
    with psycopg.connect(at(urls.superuser, "postgres")) as connection:
        return connection.info.server_version // 10_000
