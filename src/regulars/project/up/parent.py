"""What every process under the supervisor does first: watch whether the supervisor lives."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time

PIPE_VARIABLE = "REGULARS_PARENT_PIPE"
GRACE_SECONDS = 15


def watch_parent(pipe: int | None = None) -> None:
    """End this process, by SIGTERM and after 15 seconds by force, once its parent is gone.

    `pipe` is the read end that the supervisor passed on; without it the environment names it. A process that multiprocessing started (a web
    worker) watches that parent instead. Does nothing in a process that nobody supervises, such as a command typed by hand.
    """
    if pipe is None:
        # Taken out of the environment: the number means nothing to programs that we start in turn.
        text = os.environ.pop(PIPE_VARIABLE, "")
        pipe = int(text) if text else None
    if pipe is not None:
        os.set_inheritable(pipe, False)
        threading.Thread(target=_end_with_pipe, args=(pipe,), name="watch-parent", daemon=True).start()
    elif multiprocessing.parent_process() is not None:
        threading.Thread(target=_end_with_parent, name="watch-parent", daemon=True).start()


def _end_with_pipe(pipe: int) -> None:
    # Nobody ever writes: the read returns when the last writer is gone.
    os.read(pipe, 1)
    _end()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
