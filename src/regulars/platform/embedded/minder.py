"""The small process between the supervisor and PostgreSQL: it waits for either to end, and ends the other.

Run by path, not imported: `python -I -S minder.py PIPE UID GID KEEP... -- postgres ...`. PIPE is the read end of a pipe whose only writer is the
supervisor, so it closes whatever way the supervisor dies. UID and GID are -1 to stay who we are. KEEP are descriptors PostgreSQL needs.
Standard library only, and one thread only: the death signal below is tied to the thread that starts PostgreSQL.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable

SMART_SECONDS = 20
QUIT_SECONDS = 10
PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    split = arguments.index("--")
    pipe, uid, gid, *keep = (int(argument) for argument in arguments[:split])
    # Ctrl-C reaches the whole group of the terminal; the order of ending is the supervisor's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    server = subprocess.Popen(
        arguments[split + 1 :],
        stdin=subprocess.DEVNULL,
        pass_fds=keep,
        user=None if uid < 0 else uid,
        group=None if gid < 0 else gid,
        extra_groups=None if uid < 0 else [],
        preexec_fn=prepare_child(),  # noqa: PLW1509 - this process has one thread
    )
    while server.poll() is None:
        readable, _, _ = select.select([pipe, asked], [], [])
        if pipe in readable or signal.SIGTERM in (os.read(asked, 4096) if asked in readable else b""):
            return stop(server)
    return server.returncode


def prepare_child() -> Callable[[], None]:
    """Runs between fork and exec, after the change of account, which would clear the death signal again."""
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.setpgid(0, 0)
        if library is not None:
            library.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)

    return prepare


def stop(server: subprocess.Popen[bytes]) -> int:
    """Ask for a fast shutdown, then insist, then force."""
    for number, seconds in (
        (signal.SIGINT, SMART_SECONDS),
        (signal.SIGQUIT, QUIT_SECONDS),
        (signal.SIGKILL, QUIT_SECONDS),
    ):
        server.send_signal(number)
        try:
            return server.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            continue
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
