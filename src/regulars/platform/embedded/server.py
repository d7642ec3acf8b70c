"""EmbeddedServer: PostgreSQL for as long as a `with` block, and not a second longer."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

import psycopg

from regulars.platform.embedded import minder
from regulars.platform.embedded.accounts import Account, choose_account
from regulars.platform.embedded.binaries import Binaries, find_binaries
from regulars.platform.embedded.cluster import ENVIRONMENT, check_major, make_cluster, seen_by
from regulars.platform.embedded.errors import EmbeddedError
from regulars.platform.embedded.home import HomeLock, lock_home, secret
from regulars.platform.embedded.leftovers import end_leftovers
from regulars.platform.embedded.setup import prepare_database
from regulars.platform.embedded.upgrade import can_upgrade, finish_switch, keep_programs
from regulars.platform.embedded.urls import APP, DATABASE, OWNER, PORT, SUPERUSER, DatabaseUrls, socket_url

# Linux allows 107 bytes for the whole socket path and macOS 103.
SOCKET_PATH_BYTES_MAX = 100
READY_SECONDS_MAX = 600
STOP_SECONDS_MAX = minder.SMART_SECONDS + 2 * minder.QUIT_SECONDS + 5
PAUSE_SECONDS = 0.02
LOG_BYTES_MAX = 20_000_000
READY_LINE = 7
SOCKET_LINE = 4


class EmbeddedServer:
    """A running PostgreSQL whose data lies in `home/postgres`.

    Entering takes the home's lock (unless one is handed in), ends what an earlier run left, makes the cluster on the first start, and waits
    until roles, database and extensions are there. Leaving, or the death of this process in whatever way, stops the server.
    Raises HomeBusy, DifferentMajor, and EmbeddedError with a sentence that says what to do.
    `durable=False` is for tests: it gives up what is not yet on the disk. `settings` (`name=value`) come last and win.
    `binaries` are those of an older version whose data is read once more.
    """

    def __init__(
        self,
        *,
        home: Path,
        durable: bool = True,
        shared_buffers: str | None = None,
        settings: Sequence[str] = (),
        lock: HomeLock | None = None,
        allow_namespace: bool = True,
        binaries: Binaries | None = None,
    ) -> None:
        self.home = home.absolute()
        self._durable = durable
        self._shared_buffers = shared_buffers
        self._more_settings = settings
        self._lock = lock
        self._allow_namespace = allow_namespace
        self._older = binaries
        self._stack = ExitStack()
        self._minder: subprocess.Popen[bytes] | None = None
        self._urls: DatabaseUrls | None = None

    @property
    def urls(self) -> DatabaseUrls:
        """The three addresses of the database; the server must have been started."""
        assert self._urls is not None
        return self._urls

    @property
    def app_url(self) -> str:
        return self.urls.app

    @property
    def owner_url(self) -> str:
        return self.urls.owner

    @property
    def superuser_url(self) -> str:
        return self.urls.superuser

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The minder; when it ends, the server has ended."""
        assert self._minder is not None
        return self._minder

    def __enter__(self) -> EmbeddedServer:
        with ExitStack() as stack:
            if self._lock is None:
                stack.enter_context(lock_home(self.home))
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def restart(self) -> None:
        """Start again after the server ended by itself."""
        self._stack.close()
        self.__enter__()

    def _start(self, stack: ExitStack) -> None:
        data = self.home / "postgres"
        binaries = self._older or find_binaries()
        finish_switch(self.home)
        if data.exists():
            check_major(data, major=binaries.major, can_upgrade=can_upgrade(self.home, binaries))
            end_leftovers(data)
        account = choose_account(binaries, data=data, allow_namespace=self._allow_namespace)
        password = secret(self.home, "postgres-superuser")
        if not data.exists():
            make_cluster(data, account=account, password=password, durable=self._durable)
        elif account.is_other and data.stat().st_uid != account.uid:
            account.give(data)
        sockets = socket_folder(self.home, account)
        # PostgreSQL would take the number in an old lock file for a live server when it is a zombie or somebody else's.
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (sockets / name).unlink(missing_ok=True)
        self._launch(stack, data=data, account=account, sockets=sockets)
        wait_until_ready(data, process=self.process, log=self.home / "log" / "postgres.log")
        self._urls = urls_of(self.home, sockets)
        if self._older:
            return
        if self._durable:
            keep_programs(self.home, binaries)
        try:
            prepare_database(
                self._urls.superuser.replace(f"/{DATABASE}?", f"/{SUPERUSER}?"),
                database=DATABASE,
                owner=OWNER,
                app=APP,
                owner_password=secret(self.home, "postgres-owner"),
                app_password=secret(self.home, "postgres-app"),
            )
        except psycopg.OperationalError as error:
            raise EmbeddedError(f"PostgreSQL started but does not let us in: {error}") from error

    def _launch(self, stack: ExitStack, *, data: Path, account: Account, sockets: Path) -> None:
        reading, writing = os.pipe()
        seen, keep = stack.enter_context(seen_by(account, data))
        command = [
            *account.prefix,
            *(sys.executable, "-I", "-S", minder.__file__),
            *(
                str(reading),
                str(-1 if account.uid is None else account.uid),
                str(-1 if account.gid is None else account.gid),
            ),
            *(str(descriptor) for descriptor in keep),
            "--",
            *(str(account.binaries.program("postgres")), "-D", seen),
            *(part for setting in self._settings(sockets) for part in ("-c", setting)),
        ]
        try:
            with open_log(self.home) as log:
                self._minder = subprocess.Popen(
                    command,
                    env=ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(reading, *keep),
                    cwd="/",
                    start_new_session=True,
                )
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        stack.callback(end, self._minder, writing)

    def _settings(self, sockets: Path) -> list[str]:
        on = "on" if self._durable else "off"
        return [
            "listen_addresses=",
            f"port={PORT}",
            f"unix_socket_directories={sockets}",
            "unix_socket_permissions=0700",
            *memory_settings(memory_bytes(), shared_buffers=self._shared_buffers),
            "max_connections=100",
            "max_wal_size=4GB",
            "jit=off",
            "timezone=UTC",
            "log_timezone=UTC",
            f"fsync={on}",
            f"synchronous_commit={on}",
            f"full_page_writes={on}",
            *(["default_transaction_read_only=on"] if self._older else []),
            "log_min_messages=warning",
            # Statements and the details of errors carry names, phones and e-mail addresses of customers.
            "log_min_error_statement=panic",
            "log_error_verbosity=terse",
            "log_line_prefix=%m [%p] ",
            *self._more_settings,
        ]


def memory_settings(memory: int, *, shared_buffers: str | None = None) -> list[str]:
    """What PostgreSQL may count on where it shares a machine of this many bytes of memory with the application."""
    megabytes = memory // 2**20
    return [
        f"shared_buffers={shared_buffers or f'{min(max(megabytes // 8, 128), 4096)}MB'}",
        f"effective_cache_size={max(megabytes // 2, 256)}MB",
        "work_mem=8MB",
        f"maintenance_work_mem={min(max(megabytes // 24, 64), 1024)}MB",
        # Today's disks read one page here and one there nearly as quickly as two neighbours, and many at once.
        "random_page_cost=1.1",
        "effective_io_concurrency=64",
    ]


def memory_bytes() -> int:
    """The memory of this machine, or the part of it that a container is limited to."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return machine
    return min(machine, limit)


def end(process: subprocess.Popen[bytes], writing: int) -> None:
    """Let go of the pipe, which is the sign for the minder, and wait for it."""
    os.close(writing)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=STOP_SECONDS_MAX)


def wait_until_ready(data: Path, *, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server takes connections, recovery after a crash included. Raises EmbeddedError with the end of its log."""
    until = time.monotonic() + READY_SECONDS_MAX
    while time.monotonic() < until:
        if process.poll() is not None:
            raise EmbeddedError(f"PostgreSQL did not start. The end of {log}:\n{tail(log)}")
        if pid_file_line(data, READY_LINE) == "ready":
            return
        time.sleep(PAUSE_SECONDS)
    raise EmbeddedError(f"PostgreSQL was not ready within {READY_SECONDS_MAX} seconds. The end of {log}:\n{tail(log)}")


def running_urls(home: Path) -> DatabaseUrls | None:
    """The addresses of the server that another process runs in this home, or None when none takes connections."""
    data = home.absolute() / "postgres"
    if pid_file_line(data, READY_LINE) != "ready":
        return None
    sockets = pid_file_line(data, SOCKET_LINE)
    return urls_of(home.absolute(), Path(sockets)) if sockets else None


def urls_of(home: Path, sockets: Path) -> DatabaseUrls:
    """The addresses of a server by its role."""

    def url(role: str, name: str) -> str:
        return socket_url(role=role, password=secret(home, name), directory=sockets)

    return DatabaseUrls(
        app=url(APP, "postgres-app"), owner=url(OWNER, "postgres-owner"), superuser=url(SUPERUSER, "postgres-superuser")
    )


def pid_file_line(data: Path, number: int) -> str | None:
    """One line of the server's pid file; None where there is none."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return None
    return lines[number].strip() if len(lines) > number else None


def socket_folder(home: Path, account: Account) -> Path:
    """A folder only we and the server can enter, with a path short enough for a socket."""
    inside = home / "run"
    if not account.is_other and _fits(inside):
        inside.mkdir(mode=0o700, exist_ok=True)
        return inside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the folder below is checked to be ours
        if not _fits(parent / f"regulars-{name}"):
            continue
        folder = parent / f"regulars-{name}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if not _is_private(folder, {os.geteuid(), account.uid}):
            # Somebody else was here first; a name nobody could foresee is safe again.
            folder = Path(tempfile.mkdtemp(prefix="regulars-", dir=parent))
        account.give(folder)
        return folder
    raise EmbeddedError(
        f"No folder with a path short enough for PostgreSQL's socket: {home} and {tempfile.gettempdir()} are too long."
    )


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_BYTES_MAX


def _is_private(folder: Path, owners: set[int | None]) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid in owners and stat.S_IMODE(found.st_mode) == 0o700


def open_log(home: Path, name: str = "postgres.log") -> IO[bytes]:
    """A log file of this home, a big one put aside first."""
    folder = home / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        shutil.move(path, folder / f"{name}.1")
    return path.open("ab", buffering=0)


def tail(log: Path, lines_max: int = 12) -> str:
    """The end of a log, for a message about what went wrong."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines_max:])
    except OSError:
        return "(there is no log)"
