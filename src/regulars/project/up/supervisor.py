"""The supervisor: starts the tree, keeps it alive, ends it in order. It never imports Django, so that it stays small and cannot break with it."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO

from regulars.platform.embedded import DatabaseUrls, EmbeddedError, EmbeddedServer, HomeBusy, HomeLock, lock_home
from regulars.platform.embedded.binaries import find_binaries
from regulars.platform.embedded.server import open_log
from regulars.platform.embedded.upgrade import can_upgrade, finish_switch
from regulars.project.home import FIRST_RUN, Installation, require_owner
from regulars.project.up.children import Child
from regulars.project.up.state import is_prepared, remember_prepared

IN_THE_BACKGROUND = ("worker", "dispatcher")
STOP_SECONDS_MAX = 20
READY_SECONDS_MAX = 120
PORT_WAIT_SECONDS = 5
SERVER_RESTARTS_MAX = 5
STEP_SECONDS = 0.1
LOG = "regulars.log"
FIGURES = "figures"
SERVER_PAUSE_SECONDS = 1.0
IDLE_SECONDS = 5.0


class Stopped(BaseException):
    """A signal asked us to end; not an Exception, so that nothing on the way swallows it."""


class StartFailed(EmbeddedError):
    """A part of the tree cannot start; the message says which and where to look."""


def serve(installation: Installation) -> int:
    """Run until a signal. Returns the exit status: 0 also when another process already serves this home."""
    stop_on_signals()
    try:
        with ExitStack() as stack:
            # Last on the way out: from here on no second signal may cut the orderly end short.
            try:
                run_tree(installation, stack)
            finally:
                ignore_signals()
    except Stopped:
        say("Stopped.")
        return 0
    except HomeBusy as busy:
        say(str(busy))
        return 0
    return 1


def run_tree(installation: Installation, stack: ExitStack) -> None:
    """Start every process, watch them, and end them all together."""
    lock = stack.enter_context(lock_home(installation.home))
    lock.announce(url=installation.url)
    require_free_port(installation)
    environment = {
        **os.environ,
        "REGULARS_HOME": str(installation.home),
        "REGULARS_PORT": str(installation.port),
        "PROMETHEUS_MULTIPROC_DIR": str(fresh_figures(installation.home)),
    }
    server = None
    if installation.outside:
        require_owner()
    else:
        bring_over(installation.home, lock=lock, environment=environment)
        server = stack.enter_context(EmbeddedServer(home=installation.home, lock=lock))
        environment.update(server.urls.environment())
    # Somebody at a terminal reads what we say; a container or a service manager collects what the processes log.
    output = stack.enter_context(open_log(installation.home, LOG)) if sys.stdout.isatty() else None
    tree = Tree(environment=environment, server=server, output=output)
    stack.callback(tree.stop)
    known = (installation.home / FIRST_RUN).exists()
    if not is_prepared(installation):
        tree.run_to_end(Child("prepare"))
        remember_prepared(installation)
    # The page first: the others would only slow its start down.
    tree.start(Child("web"))
    tree.wait_for_web(installation)
    for name in IN_THE_BACKGROUND:
        tree.start(Child(name))
    say(welcome(installation, is_first=not known))
    tree.keep_alive()


def fresh_figures(home: Path) -> Path:
    """The folder in which the processes of this run join their figures, without those of the run before."""
    folder = home / FIGURES
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


class Tree:
    """The processes beside the database, and the pipe that ends them with us."""

    def __init__(self, *, environment: dict[str, str], server: EmbeddedServer | None, output: IO[bytes] | None) -> None:
        self._environment = environment
        self._output = output
        self._server = server
        self._server_restarts: list[float] = []
        self._children: list[Child] = []
        self._reading, self._writing = os.pipe()

    def start(self, child: Child) -> None:
        self._children.append(child)
        self._launch(child, output=self._output)

    def run_to_end(self, child: Child) -> None:
        """Raises StartFailed when the child fails; it has said why."""
        self._children.append(child)
        # Whatever it says is for the person who waits for it.
        self._launch(child, output=None, REGULARS_LOG_LEVEL=os.environ.get("REGULARS_LOG_LEVEL", "WARNING"))
        while child.ended() is None:
            time.sleep(STEP_SECONDS / 2)
        self._children.remove(child)
        if child.ended() != 0:
            raise StartFailed(f"Regulars did not start: {child.name} failed with status {child.ended()}.")

    def wait_for_web(self, installation: Installation) -> None:
        """Return when the first page would be served. Raises StartFailed when the web process keeps crashing."""
        until = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < until:
            self._restart_ended()
            if answers(f"{installation.local_url}/healthz"):
                return
            time.sleep(STEP_SECONDS)
        raise StartFailed(f"The web process did not answer within {READY_SECONDS_MAX} seconds.")

    def keep_alive(self) -> None:
        """Start again whatever ends. Returns never; raises StartFailed when the database will not stay up."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        while True:
            wait = self._restart_ended()
            if select.select([reading], [], [], wait)[0]:
                os.read(reading, 4096)

    def stop(self) -> None:
        """End the children in parallel, by force after 20 seconds; the database ends after them, when the caller leaves its block."""
        for child in self._children:
            child.ask_to_end()
        until = time.monotonic() + STOP_SECONDS_MAX
        while any(child.process and child.ended() is None for child in self._children) and time.monotonic() < until:
            time.sleep(STEP_SECONDS / 2)
        for child in self._children:
            child.force_to_end()
        os.close(self._writing)
        os.close(self._reading)

    def _launch(self, child: Child, *, output: IO[bytes] | None, **more: str) -> None:
        child.start(pipe=self._reading, environment={**self._environment, **more}, output=output, now=time.monotonic())

    def _restart_ended(self) -> float:
        """Start what is due and return the seconds until there may be something to do."""
        now = time.monotonic()
        wait = self._restart_server(now)
        for child in self._children:
            status = child.ended()
            if status is not None:
                delay = child.plan_restart(now=now)
                say(f"The {child.name} process ended with status {status}; starting it again in {delay:g} s.")
            if child.process is None and child.due_at <= now:
                self._launch(child, output=self._output)
            elif child.process is None:
                wait = min(wait, child.due_at - now)
        return wait

    def _restart_server(self, now: float) -> float:
        """Start the database again if it ended; a failure is tried again, a few times."""
        if self._server is None or self._server.process.poll() is None:
            return IDLE_SECONDS
        self._server_restarts = [then for then in self._server_restarts if now - then < READY_SECONDS_MAX]
        if len(self._server_restarts) >= SERVER_RESTARTS_MAX:
            raise StartFailed("PostgreSQL keeps ending; see log/postgres.log in REGULARS_HOME.")
        self._server_restarts.append(now)
        say("PostgreSQL ended; starting it again.")
        try:
            self._server.restart()
        except EmbeddedError as error:
            say(str(error))
            return SERVER_PAUSE_SECONDS
        return IDLE_SECONDS


def bring_over(home: Path, *, lock: HomeLock, environment: dict[str, str]) -> None:
    """Bring data that an older PostgreSQL wrote over to this one. Raises EmbeddedError; then nothing was changed."""
    finish_switch(home)
    if can_upgrade(home, find_binaries()):
        # Loaded once in years: what dumps and restores needs would only make this process larger.
        from regulars.project.up.upgrade import upgrade

        upgrade(home, lock=lock, prove=partial(prove_upgraded, environment=environment), say=say)


def prove_upgraded(urls: DatabaseUrls, *, environment: dict[str, str]) -> None:
    """Have a process of its own bring the new database up to this release and prove the ledger in it. Raises StartFailed."""
    tree = Tree(environment={**environment, **urls.environment()}, server=None, output=None)
    try:
        tree.run_to_end(Child("prove-upgrade"))
    finally:
        tree.stop()


def require_free_port(installation: Installation) -> None:
    """Raises StartFailed when another program listens; waits a little for processes of a killed run to let go."""
    until = time.monotonic() + PORT_WAIT_SECONDS
    while True:
        family = socket.AF_INET6 if ":" in installation.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((installation.host, installation.port))
            except OSError as error:
                problem = error
            else:
                return
        if time.monotonic() > until:
            other = installation.port + 1
            raise StartFailed(
                f"Port {installation.port} cannot be used ({problem.strerror}). Choose another: REGULARS_PORT={other} ./run"
            )
        time.sleep(STEP_SECONDS)


def answers(url: str) -> bool:
    """Whether the web process answers yet."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def welcome(installation: Installation, *, is_first: bool) -> str:
    """What the person at the terminal reads once everything runs."""
    lines = ["", f"Regulars is running at {installation.url}"]
    path = installation.home / FIRST_RUN
    if is_first and path.exists():
        note = json.loads(path.read_text(encoding="utf-8"))
        labels = {"email": "sign in as", "password": "password", "api_key": "API key", "setup_token": "set-up code"}
        lines += [f"  {label:<11} {note[key]}" for key, label in labels.items() if note.get(key)]
    if path.exists():
        lines.append(f"  {'kept in':<11} {relative(path)}")
    if sys.stdout.isatty():
        lines.append(f"  {'log':<11} {relative(installation.home / 'log' / LOG)}")
    lines.append("Press Ctrl-C to stop.")
    return "\n".join(lines)


def relative(path: Path) -> str:
    """A path as the person who started it would write it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(text: str) -> None:
    """Tell the person at the console."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def stop_on_signals() -> None:
    """End the tree on Ctrl-C and SIGTERM."""

    def stop(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def ignore_signals() -> None:
    """Let nothing interrupt the end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
