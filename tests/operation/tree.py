"""A process tree of Regulars for tests: started like a user does, looked at from outside."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 300
# A worker that starts anew on a machine whose cores are taken has needed more than five.
ANSWER_SECONDS_MAX = 30
# The supervisor gives its processes 20 seconds, and then the database 45, before it kills them; with some patience for a busy machine.
END_SECONDS_MAX = 150
# Below those that the system gives to outgoing connections, which would take a port between our look and the tree's.
PORTS = range(20_000, 32_000)
PAUSE_SECONDS = 0.05
# Of our own process; they would lead the tree to the database of the tests.
HIDDEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REGULARS_TESTING", "DJANGO_SETTINGS_MODULE", "REGULARS_PARENT_PIPE")


def environment(home: Path, **more: str) -> dict[str, str]:
    """The variables of a fresh terminal, for an installation in `home`."""
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN and not name.startswith("PYTEST")}
    return {**kept, "REGULARS_HOME": str(home), "REGULARS_DEMO": "0", "REGULARS_WORKERS": "2", **more}


def regulars(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "regulars", *arguments]
    return subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False
    )


class Tree:
    """One running `up`."""

    def __init__(self, home: Path, *, port: int, **more: str) -> None:
        self.home = home
        self.url = f"http://127.0.0.1:{port}"
        home.parent.mkdir(parents=True, exist_ok=True)
        self.output = home.parent / f"{home.name}.output"
        # Nobody but us holds the other end: a test run that is killed takes its trees with it.
        reading, self.alive = os.pipe()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "regulars", "up"],
                env=environment(home, REGULARS_PORT=str(port), REGULARS_PARENT_PIPE=str(reading), **more),
                pass_fds=(reading,),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        os.close(reading)

    def wait_until_ready(self) -> None:
        wait_for(lambda: self.get("/readyz") == 200 or self.process.poll() is not None, START_SECONDS_MAX, self.said)
        assert self.process.poll() is None, self.said()

    def get(self, path: str) -> int | None:
        """The status of an answer, or None when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=ANSWER_SECONDS_MAX) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return None

    def figures(self) -> dict[str, float]:
        """What one scrape tells: each sample with its labels, as Prometheus reads it."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=ANSWER_SECONDS_MAX) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[:1] != "#")}

    def said(self) -> str:
        """The end of what the tree printed, without its notes on each request."""
        lines = self.output.read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if "at readyz" not in line][-60:])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=END_SECONDS_MAX)


@contextmanager
def running(home: Path, **more: str) -> Iterator[Tree]:
    """A tree that answers; whatever is left of it afterwards is killed, so that one failing test does not spoil the next."""
    tree = Tree(home, port=free_port(), **more)
    try:
        tree.wait_until_ready()
        yield tree
    finally:
        for pid in processes_of(home):
            kill(pid)
        tree.process.wait()
        os.close(tree.alive)


def processes_of(home: Path) -> dict[int, str]:
    """Every live process that belongs to the installation in `home`, with its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            variables = (entry / "environ").read_bytes().split(b"\0")
            works_in = str((entry / "cwd").readlink())
        except OSError:
            continue
        named = f"REGULARS_HOME={home}".encode()
        if command and (named in variables or str(home) in command or works_in.startswith(f"{home}/")):
            found[int(entry.name)] = command
    return found


def kill(pid: int) -> None:
    """SIGKILL, which nobody can prepare for."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def kill_all(home: Path) -> None:
    """SIGKILL for every process of the installation at one instant, as when the machine loses its power.

    They are stopped first: else those that are killed last would see the others die, and end in order.
    """
    for number in (signal.SIGSTOP, signal.SIGSTOP, signal.SIGKILL):
        for pid in processes_of(home):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie that waits for its parent does not."""
    return stat_of(pid)[0] not in {"", "Z"}


def parent_of(pid: int) -> int:
    """The process that started this one, 0 when it has gone."""
    return int(stat_of(pid)[1] or 0)


def stat_of(pid: int) -> tuple[str, str]:
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "", ""
    return state, parent


def wait_for(condition: Callable[[], T], seconds: float, explain: Callable[[], object]) -> T:
    """Return what the condition says once that is something; fails with the explanation when it does not in time."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"still not so after {seconds} s: {explain()}"
        time.sleep(PAUSE_SECONDS)
    return found


def free_port() -> int:
    """A port on which nobody listens."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
