"""Jobs: they run, they belong to their transaction, and those of a killed worker are taken up."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from regulars.platform.embedded import DatabaseUrls
from regulars.platform.metrics import forget_the_dead
from regulars.staff.jobs import send_reset_link
from tests.operation.tree import HIDDEN, wait_for

pytestmark = pytest.mark.committed
RUN_SECONDS_MAX = 60


@contextmanager
def worker(**more: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        name: value for name, value in os.environ.items() if name not in HIDDEN or name.startswith("DATABASE")
    }
    process = subprocess.Popen([sys.executable, "-m", "regulars", "worker"], env={**environment, **more})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def jobs(urls: DatabaseUrls) -> list[str]:
    with psycopg.connect(urls.owner) as connection:
        return [status for (status,) in connection.execute("SELECT status::text FROM procrastinate_jobs").fetchall()]


@pytest.mark.slow
def test_a_job_runs_and_is_counted_and_the_worker_ends_on_request(committed_db: DatabaseUrls, tmp_path: Path) -> None:
    send_reset_link.defer(login_id=str(uuid4()))
    assert jobs(committed_db) == ["todo"]
    with worker(PROMETHEUS_MULTIPROC_DIR=str(tmp_path)) as process:
        wait_for(lambda: jobs(committed_db) == [], RUN_SECONDS_MAX, lambda: jobs(committed_db))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=RUN_SECONDS_MAX) == 0
    figures = CollectorRegistry()
    MultiProcessCollector(figures, str(tmp_path))  # type: ignore[no-untyped-call]
    labels = {"task": "staff.send_reset_link", "outcome": "done"}
    assert figures.get_sample_value("regulars_jobs_total", labels) == 1
    assert figures.get_sample_value("regulars_processes", {"kind": "worker"}) == 1
    forget_the_dead(tmp_path)
    assert figures.get_sample_value("regulars_processes", {"kind": "worker"}) is None
    assert figures.get_sample_value("regulars_jobs_total", labels) == 1


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_taken_up(committed_db: DatabaseUrls) -> None:
    send_reset_link.defer(login_id=str(uuid4()))
    with psycopg.connect(committed_db.owner) as connection:
        connection.execute(
            """
            WITH dead AS (
                INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id
            )
            UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead
            """
        )
    with worker():
        wait_for(lambda: jobs(committed_db) == [], RUN_SECONDS_MAX, lambda: jobs(committed_db))


def test_a_job_deferred_by_a_job_belongs_to_its_transaction(committed_db: DatabaseUrls) -> None:
    connector = app.connector
    assert isinstance(connector, DjangoConnector)

    def defer_and_fail() -> None:
        with transaction.atomic():
            send_reset_link.defer(login_id=str(uuid4()))
            transaction.set_rollback(True)
        connections.close_all()

    async def as_the_worker_does() -> None:
        async with app.with_connector(connector.get_worker_connector()).open_async():
            await sync_to_async(defer_and_fail, thread_sensitive=False)()

    asyncio.run(as_the_worker_does())
    assert jobs(committed_db) == []
