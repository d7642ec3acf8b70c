"""The worker: runs jobs that are scheduled, long or rare (procrastinate, on the same PostgreSQL)."""

import asyncio
import logging
import os
import signal
import threading
from typing import Any, Final

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.db_cleanup import close_db_connections
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from regulars.platform.jobs import DEAD_AFTER_SECONDS, HEARTBEAT_SECONDS, restart_jobs_of_the_dead
from regulars.platform.metrics import count_job, count_process
from regulars.project.sender import start_sender

CONCURRENCY: Final = int(os.environ.get("REGULARS_JOBS_AT_ONCE") or 4)
LOOK_FOR_DEAD_SECONDS: Final = 5.0
GRACE_SECONDS: Final = 12.0
END_SECONDS: Final = 17.0
SENDER_END_SECONDS: Final = 5.0

logger = logging.getLogger("regulars.worker")


def main() -> None:
    """Run until SIGTERM or SIGINT; a job that does not end in time is begun again by the next worker."""
    count_process("worker")
    stop = threading.Event()
    senders = start_sender(stop)
    try:
        asyncio.run(_work())
    finally:
        stop.set()
        for sender in senders:
            sender.join(SENDER_END_SECONDS)


async def count_outcome(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """Middleware of the worker: count each job under the name of its task, by how this try ended."""
    try:
        result = await call_next()
    except BaseException:
        count_job(task=context.job.task_name, outcome="failed")
        raise
    count_job(task=context.job.task_name, outcome="done")
    return result


async def _work() -> None:
    # An app of its own around the same tasks: jobs that defer jobs go on doing it inside their Django transaction,
    # while the worker itself listens and fetches over connections of its own.
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        working = asyncio.create_task(
            worker_app.run_worker_async(
                name=f"worker-{os.getpid()}",
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=DEAD_AFTER_SECONDS,
                delete_jobs="successful",
                task_middleware=[close_db_connections],
                worker_middleware=[count_outcome],
            )
        )
        looking = asyncio.create_task(_look_for_dead(worker_app))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, working, looking)
        await asyncio.gather(working, looking, return_exceptions=True)
    if not working.cancelled() and working.exception():
        raise RuntimeError("the worker stopped") from working.exception()


def _stop(working: "asyncio.Task[None]", looking: "asyncio.Task[None]") -> None:
    working.cancel()
    looking.cancel()
    # A thread in the middle of a long job cannot be ended from outside; the process can, and the job is safe to repeat.
    asyncio.get_running_loop().call_later(END_SECONDS, os._exit, 0)


async def _look_for_dead(worker_app: App) -> None:
    while True:
        try:
            await restart_jobs_of_the_dead(worker_app)
        except Exception:
            logger.warning("could not look for jobs of killed workers", exc_info=True)
        await asyncio.sleep(LOOK_FOR_DEAD_SECONDS)
