"""Making cards and reading lists through kills of the worker and jobs that are lost: every card once (CRD-10)."""

import os
import signal
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from django.utils import timezone

from regulars.cards.actions.blank_batches import start_blank_cards
from regulars.cards.actions.blanks import BlanksCommand
from regulars.cards.actions.bulk import start_undo
from regulars.cards.actions.resuming import resume_cards
from regulars.cards.jobs import defer_bulk_issue, defer_number_list
from regulars.cards.models import BulkIssue, NumberList
from regulars.cards.queries.bulk import BulkIssueView
from regulars.cards.tests.counter import Counter, open_counter, type_id
from regulars.cards.tests.test_number_lists import send
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.lost_jobs import FAILURES_MAX
from tests.races.test_worker import wait_for
from tests.worker_process import start_worker

pytestmark = pytest.mark.committed

CARDS = 6_500


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    return open_counter()


def start(counter: Counter, count: int) -> BulkIssueView:
    command = BlanksCommand(card_type=type_id(counter.stamps), count=count)
    return start_blank_cards(counter.shop.actor, command, now=timezone.now(), defer=defer_bulk_issue)


def resume() -> int:
    return resume_cards(defer_bulk_issue=defer_bulk_issue, defer_number_list=defer_number_list)


def lose_jobs() -> None:
    """As when each failed for good."""
    with unit_of_work(None):
        execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name LIKE 'cards.%%'", [])


@pytest.mark.slow
def test_a_worker_killed_in_the_middle_of_a_chunk_makes_no_card_twice(
    counter: Counter, committed_db: DatabaseUrls, tmp_path: Path
) -> None:
    batch = start(counter, CARDS)
    in_chunk, let_go = Event(), Event()

    def hold() -> None:
        # Whoever has written the cards of a chunk waits here for their place in the batch, and has committed nothing.
        with psycopg.connect(committed_db.owner) as held:
            held.execute("LOCK TABLE bulk_issued_cards IN SHARE MODE")
            in_chunk.set()
            let_go.wait(60)

    holder = Thread(target=hold)
    holder.start()
    in_chunk.wait(20)
    first = start_worker(tmp_path)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'bulk_issued_cards'::regclass"
    with psycopg.connect(committed_db.owner, autocommit=True) as looking:
        wait_for(lambda: looking.execute(waiting).fetchall() != [(0,)])
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    let_go.set()
    holder.join(20)
    second = start_worker(tmp_path)
    try:
        wait_for(lambda: state_of(counter, batch) == "done")
    finally:
        second.terminate()
    second.wait(20)
    assert counts(counter) == [CARDS] * 3


def test_work_whose_job_was_lost_goes_on_and_is_given_up_in_the_end(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    batch = start(counter, 2_001)
    assert resume() == 0, "it has its job"
    url = send(counter, b"L1\nL2\n")
    resumed = []
    for _ in range(FAILURES_MAX):
        lose_jobs()
        resumed.append(resume())
    assert resumed == [2] * (FAILURES_MAX - 1) + [0]
    assert state_of(counter, batch) == "done", "with the cards that it has"
    client = counter.client()
    assert "0 of 2,001 cards were made" in client.get(f"/cards/blanks/{batch.public_id}").content.decode()
    assert "again and again" in client.get(url).content.decode()
    assert sum("is not tried again" in one.getMessage() for one in caplog.records) == 2
    assert resume() == 0
    with unit_of_work(counter.shop.chain_id):
        assert NumberList.objects.get().state == "failed"


def test_taking_back_whose_job_was_lost_waits_for_a_person_in_the_end(counter: Counter) -> None:
    batch = start(counter, 2_001)
    with unit_of_work(counter.shop.chain_id):
        BulkIssue.objects.update(state="done")
    lose_jobs()
    assert resume() == 0, "nothing is left to do"
    start_undo(counter.shop.actor, batch.public_id, kind="blanks", now=timezone.now(), defer=defer_bulk_issue)
    resumed = 0
    for _ in range(FAILURES_MAX + 2):
        lose_jobs()
        resumed += resume()
    assert resumed == FAILURES_MAX - 2
    assert state_of(counter, batch) == "undoing"


def state_of(counter: Counter, batch: BulkIssueView) -> str:
    with unit_of_work(counter.shop.chain_id):
        return BulkIssue.objects.get(id=batch.id).state


def counts(counter: Counter) -> list[int]:
    tables = ("cards", "card_numbers", "bulk_issued_cards")
    with unit_of_work(counter.shop.chain_id):
        return [int(rows(f"SELECT count(*) FROM {table}")[0][0]) for table in tables]
