"""What an earlier run of this home may have left behind, ended before a new server starts. Called only under the home's lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from regulars.platform.embedded.errors import EmbeddedError

FAST_SECONDS = 20
QUIT_SECONDS = 10
KILL_SECONDS = 10
PAUSE_SECONDS = 0.05


def end_leftovers(data: Path) -> None:
    """Stop every PostgreSQL process of this data folder and remove its stale pid file. Raises EmbeddedError when one will not end."""
    if not data.exists():
        return
    for number, seconds in (
        (signal.SIGINT, FAST_SECONDS),
        (signal.SIGQUIT, QUIT_SECONDS),
        (signal.SIGKILL, KILL_SECONDS),
    ):
        if not _signal_all(data, number):
            break
        _wait_until_gone(data, seconds)
    left = _processes_in(data)
    if left:
        raise EmbeddedError(
            f"An earlier PostgreSQL of {data} does not end (process {left[0]}); stop it and start again."
        )
    # Nobody of this data folder lives, so the number in the file, alive or not, belongs to somebody else.
    (data / "postmaster.pid").unlink(missing_ok=True)


def _signal_all(data: Path, number: signal.Signals) -> bool:
    processes = _processes_in(data)
    postmaster = _pid_in_file(data)
    # A server that lives is asked itself: only it can end its own children in order.
    for pid in [postmaster] if postmaster in processes and number != signal.SIGKILL else processes:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
    return bool(processes)


def _wait_until_gone(data: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while _processes_in(data) and time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)


def _processes_in(data: Path) -> list[int]:
    """Every live process that works in the data folder: all of PostgreSQL's do."""
    if sys.platform != "linux":
        return _postmaster_by_ps(data)
    wanted = data.stat()
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            folder = Path("/proc", entry.name, "cwd").stat()
            # Somebody who merely stands in the folder with a shell is left alone.
            if (folder.st_dev, folder.st_ino) == (wanted.st_dev, wanted.st_ino) and _is_postgres(entry.name):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _is_postgres(pid: str) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"


def _postmaster_by_ps(data: Path) -> list[int]:
    pid = _pid_in_file(data)
    if pid is None:
        return []
    answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return [pid] if "postgres" in answer.stdout and str(data) in answer.stdout else []


def _pid_in_file(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
