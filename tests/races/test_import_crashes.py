"""Imports that are interrupted: killed while they write, a database that lost its unlogged tables, tills meanwhile."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from regulars.imports.actions import deciding, files, requests, steps
from regulars.imports.actions.keeping import forget_old_imports, resume_imports
from regulars.imports.actions.steps import run_step
from regulars.imports.actions.undoing import run_undo
from regulars.imports.jobs import defer_step
from regulars.imports.models import KEPT, Import
from regulars.imports.queries.tables import has_plan, staging_of
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import execute, unit_of_work
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.lost_jobs import FAILURES_MAX
from regulars.project.proofs import verify
from tests.ledger_kit import Counter, open_counter

pytestmark = pytest.mark.committed

WRITER = """
import sys
from uuid import UUID
import django
django.setup()
from django.utils import timezone
from regulars.imports.actions import deciding, steps
deciding.CHUNK_ROWS = steps.CHUNK_ROWS = 50
run = sys.argv[3]
if run == "undo":
    from regulars.imports.actions import undoing
    undoing.CARDS_PER_STEP = 40
    undoing.run_undo(UUID(sys.argv[1]), UUID(sys.argv[2]), now=timezone.now())
else:
    steps.run_step(UUID(sys.argv[1]), UUID(sys.argv[2]), run, now=timezone.now())
"""
ROWS = 1500


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty rows a chunk, here as in the processes that are killed."""
    for module in (deciding, steps):
        monkeypatch.setattr(module, "CHUNK_ROWS", 50)


def no_defer(chain_id: UUID, import_id: UUID, step: str) -> None:
    pass


def table(rows: int, amount: str = "2.50", first: int = 0) -> bytes:
    lines = [f"+4915123{number:06d};{'Anna' if number % 2 else ''};{amount}" for number in range(first, first + rows)]
    return "\n".join(["phone;name;balance", *lines]).encode()


def upload(shop: Counter, content: bytes, mode: str = "add") -> Import:
    command = requests.UploadCommand(
        file_name="cards.csv", parts=[content], kind="cards", card_type=encode("ctp", shop.card_type.id), mode=mode
    )
    return requests.upload(shop.actor, command, defer=no_defer, now=timezone.now())


def checked(shop: Counter, content: bytes, mode: str = "add") -> Import:
    """A file that was checked in chunks of fifty rows, and is about to be written."""
    one = upload(shop, content, mode)
    finish(shop, one, "read")
    requests.apply(shop.actor, encode("imp", one.id), defer=no_defer, now=timezone.now())
    return one


def process(shop: Counter, one: Import, step: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": "src"}
    return subprocess.Popen([sys.executable, "-c", WRITER, str(shop.chain_id), str(one.id), step], env=environment)


def finish(shop: Counter, one: Import, step: str) -> None:
    """Do a step here, to its end."""
    if step == "undo":
        run_undo(shop.chain_id, one.id, now=timezone.now())
    else:
        run_step(shop.chain_id, one.id, step, now=timezone.now())


def chunks(shop: Counter, one: Import) -> int:
    return int(shop.read("SELECT count(*) FROM import_chunks WHERE import_id = %s", [one.id])[0][0])


def kill_when(writer: "subprocess.Popen[bytes]", is_there: Any, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not is_there():
        assert writer.poll() is None, "it was done before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.01)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)


def reload(shop: Counter, one: Import) -> Import:
    with unit_of_work(shop.chain_id):
        return Import.objects.get(id=one.id)


def sums(shop: Counter) -> tuple[int, int, int, int]:
    """Cards in use, customers, the sum of the points, import transactions."""
    found = shop.read(
        "SELECT (SELECT count(*) FROM cards WHERE status <> 'undone'), (SELECT count(*) FROM customers),"
        " (SELECT coalesce(sum(balance), 0) FROM accounts),"
        " (SELECT count(*) FROM transactions WHERE kind = 'import')"
    )[0]
    return tuple(int(value) for value in found)  # type: ignore[return-value]


def prove() -> None:
    report = verify(now=timezone.now())
    assert report.is_sound, report.breaches


def test_killed_while_it_writes_nothing_is_lost_and_nothing_doubled(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    one = checked(shop, table(ROWS))
    for goal in (2, 6):
        writer = process(shop, one, "apply")
        kill_when(writer, lambda goal=goal: chunks(shop, one) >= goal)
        assert reload(shop, one).state == "applying"
    finish(shop, one, "apply")
    done = reload(shop, one)
    assert (done.state, done.result["created"], done.result["failed"]) == ("applied", ROWS, 0)
    assert sums(shop) == (ROWS, ROWS // 2, ROWS * 250, ROWS)
    prove()

    requests.undo(shop.actor, encode("imp", one.id), defer=no_defer, now=timezone.now())
    undoer = process(shop, one, "undo")
    kill_when(undoer, lambda: bool(reload(shop, one).undo_after))
    finish(shop, one, "undo")
    undone = reload(shop, one)
    assert (undone.state, undone.undo_result["reversed"], undone.undo_result["cards_removed"]) == ("undone", ROWS, ROWS)
    assert sums(shop)[:3] == (0, 0, 0)
    prove()


def test_a_database_that_lost_its_unlogged_tables_goes_on(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    checked_again = checked(shop, table(600))
    finish(shop, checked_again, "apply")
    one = checked(shop, table(600, "1.00"))
    writer = process(shop, one, "apply")
    kill_when(writer, lambda: chunks(shop, one) >= 3)
    tables = staging_of(one.id)
    with unit_of_work(shop.chain_id):
        execute(f"TRUNCATE {tables.rows}, {tables.plan}")
    # Killed once more while it decides anew: half a plan is not taken for a whole one.
    again = process(shop, one, "apply")
    kill_when(again, lambda: bool(shop.read(f"SELECT 1 FROM {tables.rows} LIMIT 1")))
    finish(shop, one, "apply")
    done = reload(shop, one)
    assert done.state == "applied"
    assert (done.result["changed"], done.result["failed"], done.result["left"]) == (600, 0, 0)
    assert sums(shop) == (600, 300, 600 * 350, 1200)
    prove()


def test_tills_change_the_same_cards_meanwhile(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    first = checked(shop, table(400))
    finish(shop, first, "apply")
    cards = shop.read("SELECT id FROM cards ORDER BY id LIMIT 40")
    one = checked(shop, table(400, "-2.50"))
    stop, taken = Event(), []

    def till() -> None:
        from regulars.cards.actions.balances import AdjustCommand, adjust_balance

        turn = 0
        while not stop.is_set():
            card = encode("crd", cards[turn % len(cards)][0])
            turn += 1
            command = AdjustCommand(card=card, balance_type="points", amount="-0.50", reason="till")
            try:
                adjust_balance(shop.actor, command, now=timezone.now())
            except Refused:
                continue
            taken.append(card)
        connections.close_all()

    tills = [Thread(target=till) for _ in range(2)]
    for thread in tills:
        thread.start()
    try:
        finish(shop, one, "apply")
    finally:
        stop.set()
        for thread in tills:
            thread.join(20)
    done = reload(shop, one)
    assert done.state == "applied"
    assert done.result["changed"] + done.result["failed"] == 400
    assert sums(shop)[2] == 400 * 250 - done.result["changed"] * 250 - 50 * len(taken)
    prove()


def test_two_workers_at_one_import_write_it_once(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    one = checked(shop, table(300))
    writers = [process(shop, one, "apply") for _ in range(2)]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert sums(shop) == (300, 150, 300 * 250, 300)
    assert reload(shop, one).result["created"] == 300
    prove()


def test_two_imports_of_one_chain_are_written_side_by_side(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    both = [checked(shop, table(300, first=first)) for first in (0, 1_000)]
    writers = [process(shop, one, "apply") for one in both]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert [reload(shop, one).result["created"] for one in both] == [300, 300]
    assert sums(shop) == (600, 300, 600 * 250, 600)
    prove()


def test_stopped_in_the_middle_what_is_written_stays_and_is_undone(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    one = checked(shop, table(ROWS))
    writer = process(shop, one, "apply")
    while chunks(shop, one) < 3:
        assert writer.poll() is None
        time.sleep(0.01)
    requests.cancel(shop.actor, encode("imp", one.id), now=timezone.now())
    assert writer.wait(120) == 0
    done = reload(shop, one)
    assert (done.state, done.is_cancelled) == ("cancelled", True)
    assert done.rows_done < done.rows_total == ROWS
    assert 0 < done.result["created"] < ROWS
    assert sums(shop)[0] == done.result["created"]
    requests.undo(shop.actor, encode("imp", one.id), defer=no_defer, now=timezone.now())
    run_undo(shop.chain_id, one.id, now=timezone.now())
    assert sums(shop)[:3] == (0, 0, 0)
    prove()


def test_an_import_whose_job_was_lost_is_gone_on_with(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    one = upload(shop, table(3))
    assert resume_imports(defer=defer_step) == 1
    assert resume_imports(defer=defer_step) == 0
    jobs = "procrastinate_jobs WHERE task_name = 'imports.step'"
    waiting = shop.read(f"SELECT args ->> 'import_id', args ->> 'step', lock FROM {jobs}")
    assert waiting == [(str(one.id), "read", f"import-{one.id}")]
    run_step(shop.chain_id, one.id, "read", now=timezone.now())
    with unit_of_work(None):
        execute(f"DELETE FROM {jobs}")
    assert resume_imports(defer=defer_step) == 0
    stuck = upload(shop, table(3, first=10))
    for _ in range(FAILURES_MAX):
        assert resume_imports(defer=defer_step) == 1
        with unit_of_work(None):
            execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'imports.step'")
    assert resume_imports(defer=defer_step) == 0
    given_up = reload(shop, stuck)
    assert given_up.problem is not None
    assert (given_up.state, given_up.problem["code"]) == ("failed", "given_up"), "nobody waits for it for ever"
    requests.apply(shop.actor, encode("imp", one.id), defer=no_defer, now=timezone.now())
    for _ in range(FAILURES_MAX):
        assert resume_imports(defer=defer_step) == 1
        with unit_of_work(None):
            execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'imports.step'")
    assert resume_imports(defer=defer_step) == 0


def test_after_three_months_files_and_staging_go(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    applied, waiting, fresh = (upload(shop, table(3, first=first)) for first in (0, 10, 20))
    for one in (applied, waiting, fresh):
        run_step(shop.chain_id, one.id, "read", now=timezone.now())
    requests.apply(shop.actor, encode("imp", applied.id), defer=no_defer, now=timezone.now())
    run_step(shop.chain_id, applied.id, "apply", now=timezone.now())
    now = timezone.now()
    with unit_of_work(shop.chain_id):
        old = now - KEPT - timedelta(minutes=1)
        Import.objects.filter(id__in=[applied.id, waiting.id]).update(created_at=old)
    assert forget_old_imports(shop.chain_id, now) == 2
    assert forget_old_imports(shop.chain_id, now) == 0
    with unit_of_work(shop.chain_id):
        assert [has_plan(one.id) for one in (applied, waiting, fresh)] == [False, False, True]
    assert [Path(files.folder_of(one.id)).exists() for one in (applied, waiting, fresh)] == [False, False, True]
    states = [reload(shop, one).state for one in (applied, waiting, fresh)]
    assert states == ["applied", "failed", "checked"]
    assert sums(shop)[0] == 3


def test_after_three_months_nothing_in_an_import_names_a_person(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    run_step(shop.chain_id, (first := upload(shop, table(3))).id, "read", now=timezone.now())
    requests.apply(shop.actor, encode("imp", first.id), defer=no_defer, now=timezone.now())
    run_step(shop.chain_id, first.id, "apply", now=timezone.now())
    # A known customer gets an e-mail address, so what stood there before is kept for an undo.
    renamed = upload(shop, b"phone;email;balance\n+4915123000001;anna@example.com;1")
    run_step(shop.chain_id, renamed.id, "read", now=timezone.now())
    requests.apply(shop.actor, encode("imp", renamed.id), defer=no_defer, now=timezone.now())
    run_step(shop.chain_id, renamed.id, "apply", now=timezone.now())
    now = timezone.now()
    with unit_of_work(shop.chain_id):
        execute(
            "INSERT INTO import_failures (chain_id, import_id, \"row\", issue) VALUES (%s, %s, 1, 'x|name|Anna')",
            [shop.chain_id, first.id],
        )
        Import.objects.update(created_at=now - KEPT - timedelta(minutes=1))
    about = "SELECT columns::text || reading::text || repairs::text FROM imports UNION ALL "
    about += "SELECT before::text || after::text FROM imported_customers UNION ALL SELECT issue FROM import_failures"
    assert "Anna" in str(shop.read(about))
    assert "4915123" in str(shop.read(about))
    # It was applied a moment ago and can still be undone: what stood there before stays for that.
    assert forget_old_imports(shop.chain_id, now) == 2
    assert len(shop.read("SELECT 1 FROM imported_customers")) == 1
    assert forget_old_imports(shop.chain_id, now + KEPT + timedelta(minutes=1)) == 0
    assert "anna" not in str(shop.read(about)).lower()
    assert "4915123" not in str(shop.read(about))
    assert [len(reload(shop, one).columns) for one in (first, renamed)] == [3, 3]


def test_an_old_import_that_is_stuck_before_it_wrote_anything_is_given_up(committed_db: DatabaseUrls) -> None:
    shop = open_counter()
    reading, writing = upload(shop, table(3)), upload(shop, table(3, first=10))
    now = timezone.now()
    with unit_of_work(shop.chain_id):
        Import.objects.filter(id=writing.id).update(state="applying")
        Import.objects.update(created_at=now - KEPT - timedelta(minutes=1))
    assert resume_imports(defer=defer_step) == 2
    assert forget_old_imports(shop.chain_id, now) == 0
    with unit_of_work(None):
        execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'imports.step'")
    assert forget_old_imports(shop.chain_id, now) == 1
    assert [reload(shop, one).state for one in (reading, writing)] == ["failed", "applying"]
    assert [Path(files.folder_of(one.id)).exists() for one in (reading, writing)] == [False, True]
