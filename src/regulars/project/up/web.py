"""The web processes: granian with the WSGI application, as many workers as cores."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Callable, Iterable
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from regulars.project.home import Installation
from regulars.project.up.parent import watch_parent

BLOCKING_THREADS = 8
BACKLOG = 1024
RESPAWN_SECONDS = 0.5


def serve_web(installation: Installation) -> None:
    """Serve until a signal or until the supervisor is gone."""
    faulthandler.enable(sys.stderr)
    watch_parent()
    # Loaded once before the workers are forked; where they are spawned instead, each loads it again in `load`.
    import regulars.project.wsgi  # noqa: F401

    Granian(
        "regulars.project.up.web:load",
        factory=True,
        address=installation.host,
        port=installation.port,
        interface=Interfaces.WSGI,
        workers=installation.workers,
        blocking_threads=BLOCKING_THREADS,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
        # A worker that does not end on request is killed, so that a stop never hangs on one slow request.
        workers_kill_timeout=10,
        websockets=False,
        log_level=LogLevels.error,
    ).serve()


def load() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Called in each worker: watch the process that started it, then load the application."""
    watch_parent()
    from regulars.platform.garbage import settle
    from regulars.platform.metrics import count_process
    from regulars.project.wsgi import application

    count_process("web")
    settle()
    return application
