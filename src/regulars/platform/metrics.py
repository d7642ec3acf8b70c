"""Figures for Prometheus: requests by route and status, jobs, events, processes; no label ever holds a name or a secret.

Where PROMETHEUS_MULTIPROC_DIR names a folder, as under `./run`, every process writes its figures to files there and any of them answers for all.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
RESERVED_BYTES: Final = 1 << 20
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

registry = CollectorRegistry()
answers = Counter("regulars_answers", "Answered requests.", ["method", "route", "status"], registry=registry)
durations = Histogram(
    "regulars_answer_seconds",
    "Time until the answer was ready.",
    ["method", "route"],
    buckets=SECONDS,
    registry=registry,
)
faults = Counter("regulars_faults", "Unexpected exceptions.", ["route"], registry=registry)
jobs = Counter("regulars_jobs", "Jobs that the worker ran.", ["task", "outcome"], registry=registry)
events = Counter("regulars_events", "Events that the dispatcher numbered.", registry=registry)
processes = Gauge("regulars_processes", "Living processes.", ["kind"], registry=registry, multiprocess_mode="livesum")


def count_answer(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route's template."""
    counted, timed = _figures_of(method, route, status)
    counted.inc()
    timed.observe(seconds)


@cache
def _figures_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    # Kept, for to look them up by their labels takes longer than to count. Routes are templates: there are only so many.
    return answers.labels(method, route, str(status)), durations.labels(method, route)


def count_fault(route: str) -> None:
    """Count one unexpected exception."""
    faults.labels(route).inc()


def count_job(*, task: str, outcome: str) -> None:
    """Count one job that ended: `done` or `failed`."""
    jobs.labels(task, outcome).inc()


def count_events(number: int) -> None:
    """Count events that got their place in the order of their chain."""
    events.inc(number)


def count_process(kind: str) -> None:
    """Count this process among the living ones of its kind, until it ends. Called before it counts anything else."""
    if folder := os.environ.get(FOLDER_VARIABLE):
        _reserve_room(Path(folder))
    processes.labels(kind).set(1)


def _reserve_room(folder: Path) -> None:
    # The files are written through memory, and there a full disk does not raise an error: it kills. So the room is taken now.
    for kind in ("counter", "histogram"):
        with (folder / f"{kind}_{os.getpid()}.db").open("ab") as file, suppress(OSError, AttributeError):
            os.posix_fallocate(file.fileno(), 0, RESERVED_BYTES)


def exposition() -> bytes:
    """All figures in Prometheus' text format; of all processes where PROMETHEUS_MULTIPROC_DIR joins them."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        return generate_latest(registry)
    forget_the_dead(Path(folder))
    joined = CollectorRegistry()
    MultiProcessCollector(joined)  # type: ignore[no-untyped-call]
    return generate_latest(joined)


def forget_the_dead(folder: Path) -> None:
    """Drop what processes that have ended say about the present; what they counted stays counted.

    Asked at each scrape: whoever was killed could not say so, and its parent may be dead too.
    """
    for path in folder.glob("gauge_live*.db"):
        pid = path.stem.rpartition("_")[2]
        if not _is_alive(int(pid)):
            # Another scrape at the same instant may have been quicker.
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        # A system without /proc; on Linux it ended just now.
        return sys.platform != "linux"
    # A zombie has ended, and waits for a parent that is busy.
    return state != "Z"
