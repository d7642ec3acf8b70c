"""Upkeep: months made ahead, old answers and counters forgotten, jobs of killed workers begun again."""

import logging
from typing import Final

from django.core.management import call_command
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from regulars.platform.attempts import forget_old_attempts
from regulars.platform.clock import real_now
from regulars.platform.database import row
from regulars.platform.models import ANSWERS_LIVE, COUNTERS_LIVE
from regulars.platform.partitions import make_partitions

JOBS_LIVE_HOURS: Final = 24 * 30
JOB_ATTEMPTS_MAX: Final = 5
HEARTBEAT_SECONDS: Final = 5.0
DEAD_AFTER_SECONDS: Final = 20.0

logger = logging.getLogger("regulars.worker")


@app.periodic(cron="7 * * * *")
@app.task(queue="upkeep", name="platform.make_partitions", pass_context=False)
def make_months(timestamp: int) -> None:
    """Have the months ahead ready."""
    make_partitions(real_now())


@app.periodic(cron="23 * * * *")
@app.task(queue="upkeep", name="platform.forget")
def forget(timestamp: int) -> None:
    """Forget answers to idempotency keys and counters of attempts that are a week old, and sessions that ended."""
    now = real_now()
    gone = row("SELECT door_forget_idempotency_keys(%s)", [now - ANSWERS_LIVE])
    counters = forget_old_attempts(before=now - COUNTERS_LIVE)
    call_command("clearsessions")
    logger.info("forgot %s answers and %s counters", gone[0] if gone else 0, counters)


@app.periodic(cron="41 4 * * *")
@app.task(queue="upkeep", name="platform.forget_jobs", pass_context=False)
async def forget_jobs(timestamp: int) -> None:
    """Forget jobs that ended a month ago, failed ones too."""
    await app.job_manager.delete_old_jobs(
        nb_hours=JOBS_LIVE_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


async def restart_jobs_of_the_dead(worker_app: App) -> int:
    """Begin again the jobs whose worker has stopped breathing; how many.

    A job that took several workers with it is left as failed, so that it cannot kill for ever.
    """
    jobs = list(await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS))
    for job in jobs:
        if job.attempts + 1 >= JOB_ATTEMPTS_MAX:
            logger.error("job %s (%s) took %s workers with it and is given up", job.id, job.task_name, job.attempts + 1)
            await worker_app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            continue
        logger.warning("job %s (%s) begins again: its worker is gone", job.id, job.task_name)
        await worker_app.job_manager.retry_job(job)
    return len(jobs)
