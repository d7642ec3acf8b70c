"""Figures for Prometheus: requests by route and status, and what is waiting; no label ever holds a name or a secret."""

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

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


def count_answer(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route's template."""
    answers.labels(method, route, str(status)).inc()
    durations.labels(method, route).observe(seconds)


def count_fault(route: str) -> None:
    """Count one unexpected exception."""
    faults.labels(route).inc()


def exposition() -> bytes:
    """All figures in Prometheus' text format; of all processes where PROMETHEUS_MULTIPROC_DIR joins them."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(registry)
    joined = CollectorRegistry()
    MultiProcessCollector(joined)  # type: ignore[no-untyped-call]
    return generate_latest(joined)
