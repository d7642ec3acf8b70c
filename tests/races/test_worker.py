"""Jobs: done once their transaction is committed, begun again when their worker is killed, ended in time on SIGTERM."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from regulars.platform.database import execute, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.jobs import forget, make_months
from regulars.platform.partitions import PARTITIONED, make_partitions
from regulars.project.proofs import verify
from tests.ledger_kit import open_counter

pytestmark = pytest.mark.committed

SLEEPER = """
import sys, time
from pathlib import Path
import django
django.setup()
from procrastinate.contrib.django import app

@app.task(name="tests.sleep", queue="tests")
def sleep(path, seconds):
    with Path(path).open("a") as file:
        file.write("begun\\n")
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write("done\\n")

from regulars.platform import jobs
from regulars.project import worker
worker.DEAD_AFTER_SECONDS = jobs.DEAD_AFTER_SECONDS = 2.0
worker.HEARTBEAT_SECONDS = 0.5
worker.LOOK_FOR_DEAD_SECONDS = 0.3
if sys.argv[1:] == ["work"]:
    worker.main()
else:
    sleep.defer(path=sys.argv[1], seconds=float(sys.argv[2]))
"""


def python(home: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": "src", "REGULARS_HOME": str(home)}
    environment.pop("REGULARS_TESTING", None)
    return subprocess.Popen([sys.executable, "-c", SLEEPER, *arguments], env=environment)


def wait_for(condition: Any, seconds: float = 45) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


@pytest.mark.slow
def test_a_killed_workers_job_is_begun_again_by_the_next(committed_db: DatabaseUrls, tmp_path: Path) -> None:
    told = tmp_path / "told"
    assert python(tmp_path, str(told), "3").wait(30) == 0
    first = python(tmp_path, "work")
    wait_for(told.exists)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    second = python(tmp_path, "work")
    try:
        wait_for(lambda: told.read_text() == "begun\nbegun\ndone\n")
    finally:
        second.terminate()
    assert second.wait(20) == 0


@pytest.mark.slow
def test_a_worker_ends_in_time_even_in_the_middle_of_a_long_job(committed_db: DatabaseUrls, tmp_path: Path) -> None:
    told = tmp_path / "told"
    assert python(tmp_path, str(told), "300").wait(30) == 0
    worker = python(tmp_path, "work")
    wait_for(told.exists)
    started = time.monotonic()
    worker.terminate()
    worker.wait(25)
    assert time.monotonic() - started < 20


def test_months_are_made_ahead_and_no_row_needs_the_default(committed_db: DatabaseUrls) -> None:
    assert make_partitions(timezone.now()) == 0
    assert make_partitions(timezone.now() + timedelta(days=31)) == 3
    make_months(timestamp=0)
    assert verify(now=timezone.now()).is_sound


def test_old_answers_and_counters_are_forgotten_and_new_ones_stay(committed_db: DatabaseUrls) -> None:
    counter = open_counter()
    with unit_of_work(counter.chain_id):
        for key, age in (("old", timedelta(days=7, minutes=1)), ("new", timedelta(days=6, hours=23))):
            execute(
                "INSERT INTO idempotency_keys (holder_id, route, key, chain_id, body_hash, status, answer, created_at)"
                " VALUES (%s, 'r', %s, %s, '', 200, '{}', %s)",
                [counter.chain_id, key, counter.chain_id, timezone.now() - age],
            )
    forget(timestamp=0)
    assert counter.read("SELECT key FROM idempotency_keys") == [("new",)]


def test_rows_lie_in_the_month_of_their_ids(committed_db: DatabaseUrls) -> None:
    counter = open_counter()
    counter.adjust(counter.issue("+49 151 11111111"), "5")
    month = datetime.now(UTC).strftime("%Y_%m")
    with psycopg.connect(committed_db.superuser) as superuser:
        for table in PARTITIONED:
            inside = superuser.execute(f"SELECT count(*) FROM {table}_{month}").fetchone()
            assert inside == superuser.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert inside != (0,)
