"""One supervised process: started, started again after a crash with growing delay, ended in order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import IO

from regulars.project.up.parent import PIPE_VARIABLE

DELAYS_SECONDS = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
HEALTHY_SECONDS = 60


@dataclass(slots=True)
class Child:
    """A `python -m regulars NAME` that holds the read end of the supervisor's pipe."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    crashes: int = 0

    def start(self, *, pipe: int, environment: dict[str, str], output: IO[bytes] | None, now: float) -> None:
        """Start the process, which writes to `output` or to our own; `now` is of the monotonic clock."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "regulars", self.name],
            env={**environment, PIPE_VARIABLE: str(pipe)},
            pass_fds=(pipe,),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C reaches a whole group; who ends first is the supervisor's business.
            process_group=0,
        )
        self.started_at = now

    def ended(self) -> int | None:
        """The status of a process that has ended since it was started, else None."""
        return None if self.process is None else self.process.poll()

    def plan_restart(self, *, now: float) -> float:
        """Note a crash and return the seconds until the next start: more after each crash, little again after a healthy while."""
        if now - self.started_at > HEALTHY_SECONDS:
            self.crashes = 0
        delay = DELAYS_SECONDS[min(self.crashes, len(DELAYS_SECONDS) - 1)]
        self.crashes += 1
        self.process = None
        self.due_at = now + delay
        return delay

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def force_to_end(self) -> None:
        """End the process and what it started, at once."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
