"""The worker: runs the jobs of every feature, and takes over those of workers that were killed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Final

from django.db import close_old_connections
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params

CONCURRENCY: Final = 4
HEARTBEAT_SECONDS: Final = 5.0
STALLED_SECONDS: Final = 20.0
# Less than the supervisor waits before it kills.
GRACEFUL_SECONDS: Final = 15.0

logger = logging.getLogger("regulars.worker")


class WorkerConnector(PsycopgConnector):
    """Fetches jobs over connections of its own, but defers new ones over Django's.

    So a job that is deferred by a job belongs to the transaction that is open there, as everywhere else.
    """

    def __init__(self, deferring: DjangoConnector, **options: Any) -> None:
        super().__init__(**options)
        self._deferring = deferring

    def get_sync_connector(self) -> BaseConnector:
        return self._deferring


def main() -> None:
    """Run until SIGTERM or SIGINT; a job that does not end in 15 seconds is taken up again by the next worker."""
    deferring = app.connector
    assert isinstance(deferring, DjangoConnector)
    with app.replace_connector(WorkerConnector(deferring, kwargs=connector_params(deferring.alias))) as ready:
        asyncio.run(work(ready))


async def work(ready: App) -> None:
    """Run jobs, and beside them look for jobs whose worker has died."""
    async with ready.open_async():
        rescue = asyncio.create_task(rescue_jobs(ready))
        try:
            await ready.run_worker_async(
                concurrency=CONCURRENCY,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACEFUL_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                task_middleware=[with_fresh_connections],
            )
        finally:
            rescue.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rescue


async def rescue_jobs(ready: App) -> None:
    """Put jobs of workers without a heartbeat back in line, for as long as we run."""
    while True:
        for job in await ready.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
            logger.warning("taking up a job of a worker that died", extra={"job": job.id, "task": job.task_name})
            await ready.job_manager.retry_job(job)
        await asyncio.sleep(HEARTBEAT_SECONDS)


def with_fresh_connections(call_next: Callable[[], Any], context: JobContext, worker: Any) -> Any:
    """Around each job: no connection that broke since the last one, none left open to a database that went away."""
    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()
