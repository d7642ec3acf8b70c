"""Events get numbers without gaps, each subscriber gets each event once, whatever dies in between."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from django.utils import timezone

from regulars.kernel.ids import new_id
from regulars.platform.database import execute, rows, unit_of_work
from regulars.platform.dispatch.ahead import look_ahead, pass_by
from regulars.platform.dispatch.delivery import NumberedEvent, Subscriber, deliver, retry_failures, wait_after
from regulars.platform.dispatch.sequencer import Batch, sequence_chain
from regulars.platform.embedded import DatabaseUrls
from regulars.platform.events import announce
from regulars.project.proofs import verify
from tests.ledger_kit import Counter, at_once, dispatcher, open_counter

pytestmark = pytest.mark.committed

KIND = "test.happened"


@pytest.fixture
def counter(committed_db: DatabaseUrls) -> Counter:
    made = open_counter()
    dispatcher().make_round()
    return made


def happen(counter: Counter, count: int = 1, *, kind: str = KIND) -> None:
    with unit_of_work(counter.chain_id):
        for _ in range(count):
            announce(counter.chain_id, kind, now=timezone.now(), card_ids=[new_id()])


def numbers(counter: Counter) -> list[int]:
    return [seq for (seq,) in counter.read("SELECT seq FROM event_sequence ORDER BY seq")]


def position(counter: Counter, name: str) -> int:
    found = counter.read("SELECT seq FROM subscriber_positions WHERE subscriber = %s", [name])
    return int(found[0][0]) if found else 0


def failures(counter: Counter) -> list[tuple[Any, ...]]:
    return counter.read("SELECT seq, attempts FROM event_failures ORDER BY seq")


class Listener:
    """A subscriber that writes what it heard where everybody can count it: one audit entry per event."""

    def __init__(self, *, refuses: Sequence[str] = ()) -> None:
        self.refuses = set(refuses)
        self.batches: list[int] = []

    def __call__(self, chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
        self.batches.append(len(events))
        for event in events:
            execute(
                "INSERT INTO audit_entries (id, chain_id, through, address, request_id, verb, object_kind, object_id)"
                " VALUES (%s, %s, 'scenario', '', '', 'heard', 'event', %s)",
                [new_id(), chain_id, event.id],
            )
            if event.payload.get("name") in self.refuses or event.kind in self.refuses:
                raise ValueError(f"no {event.kind}")


def heard(counter: Counter) -> list[tuple[UUID, int]]:
    return [
        (event_id, count)
        for event_id, count in counter.read(
            "SELECT object_id, count(*) FROM audit_entries WHERE verb = 'heard' GROUP BY 1"
        )
    ]


def test_events_are_numbered_without_gaps_and_sealed_in_batches(counter: Counter) -> None:
    before = len(numbers(counter))
    happen(counter, 25)
    dispatcher().make_round()
    assert numbers(counter) == list(range(1, before + 26))
    assert counter.read("SELECT count(*) FROM event_queue") == [(0,)]
    seals = counter.read("SELECT first_seq, last_seq FROM seals ORDER BY number")
    assert seals[-1] == (before + 1, before + 25)
    assert verify(now=timezone.now()).is_sound


def test_a_batch_is_cut_by_the_transactions_it_names_but_never_empty(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111")
    for _ in range(5):
        counter.adjust(card, "1")
    batches: list[Batch] = []
    while done := sequence_chain(counter.chain_id, now=timezone.now(), close=batches.append, transactions_max=2):
        assert done[0].last_seq - done[0].first_seq < 3
    assert sum(batch.last_seq - batch.first_seq + 1 for batch in batches) == 6
    assert len(batches) >= 3


def test_a_commit_that_comes_late_gets_a_later_number(counter: Counter) -> None:
    started, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with unit_of_work(counter.chain_id):
            announce(counter.chain_id, "test.slow", now=timezone.now())
            started.set()
            assert may_commit.wait(20)

    def fast() -> None:
        assert started.wait(20)
        happen(counter)
        dispatcher().make_round()
        may_commit.set()

    assert at_once([slow, fast]) == [None, None]
    last = numbers(counter)[-1]
    dispatcher().make_round()
    kinds = counter.read(
        "SELECT s.seq, v.kind FROM event_sequence s JOIN events v ON v.id = s.event_id WHERE s.seq >= %s ORDER BY 1",
        [last],
    )
    assert kinds == [(last, KIND), (last + 1, "test.slow")]
    assert verify(now=timezone.now()).is_sound


def test_a_crash_before_the_seal_leaves_no_number(counter: Counter) -> None:
    before = numbers(counter)
    happen(counter, 3)

    def dies(batch: Batch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sequence_chain(counter.chain_id, now=timezone.now(), close=dies)
    assert numbers(counter) == before
    dispatcher().make_round()
    assert numbers(counter) == list(range(1, len(before) + 4))


def test_several_dispatchers_at_once_number_and_deliver_everything_once(counter: Counter) -> None:
    listener = Listener()
    subscribers = {"listener": Subscriber(kinds=frozenset({KIND}), handle=listener, events_max=7)}
    stop = threading.Event()

    def write() -> None:
        for _ in range(20):
            happen(counter, 3)

    def dispatch() -> None:
        mine = dispatcher(subscribers)
        mine._looked_at = float("-inf")
        while not stop.is_set():
            mine.make_round(stop)
            mine._looked_at = float("-inf")
            time.sleep(0.001)
        mine.make_round()

    def end() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and len(heard(counter)) < 120:
            time.sleep(0.05)
        stop.set()

    results = at_once([write, write, dispatch, dispatch, dispatch, end])
    assert results == [None] * 6
    assert [count for _, count in heard(counter)] == [1] * 120
    assert position(counter, "listener") == numbers(counter)[-1]
    assert verify(now=timezone.now()).is_sound


def test_a_subscriber_hears_its_kinds_in_order_and_its_position_passes_the_others(counter: Counter) -> None:
    seen: list[str] = []
    subscriber = Subscriber(frozenset({"test.b"}), lambda _, events: seen.extend(event.kind for event in events))
    for kind in ("test.a", "test.b", "test.a", "test.b"):
        happen(counter, kind=kind)
    dispatcher({"one": subscriber}).make_round()
    assert seen == ["test.b", "test.b"]
    assert position(counter, "one") == numbers(counter)[-1]


def test_who_wants_nothing_is_passed_on_without_being_called_and_never_moved_back(counter: Counter) -> None:
    listener = Listener()
    subscribers = {
        "idle": Subscriber(frozenset({"test.never"}), listener),
        "one": Subscriber(frozenset({KIND}), listener),
    }
    happen(counter, 3)
    dispatcher({}).make_round()
    early = look_ahead(counter.chain_id, subscribers, now=timezone.now())
    assert [(one.name, one.is_only_passed, one.is_wanted) for one in early] == [
        ("idle", True, False),
        ("one", False, True),
    ]
    happen(counter, 2)
    dispatcher(subscribers).make_round()
    end = numbers(counter)[-1]
    assert position(counter, "idle") == position(counter, "one") == end
    assert sum(listener.batches) == 5
    # Somebody who looked long ago, and was slower.
    pass_by(counter.chain_id, early)
    assert position(counter, "idle") == end


def test_one_bad_event_is_set_aside_and_the_rest_goes_on(counter: Counter) -> None:
    listener = Listener(refuses=["test.bad"])
    subscriber = Subscriber(frozenset({KIND, "test.bad"}), listener)
    for kind in (KIND, "test.bad", KIND):
        happen(counter, kind=kind)
    dispatcher({"one": subscriber}).make_round()
    assert [count for _, count in heard(counter)] == [1, 1]
    assert failures(counter) == [(numbers(counter)[-2], 1)]
    assert position(counter, "one") == numbers(counter)[-1]
    # Not before its time; and with growing waits.
    now = timezone.now()
    assert retry_failures(counter.chain_id, "one", subscriber, now=now) == 0
    assert failures(counter)[0][1] == 1
    assert retry_failures(counter.chain_id, "one", subscriber, now=now + timedelta(minutes=1)) == 0
    assert failures(counter)[0][1] == 2
    listener.refuses.clear()
    assert retry_failures(counter.chain_id, "one", subscriber, now=now + timedelta(minutes=1)) == 0
    assert retry_failures(counter.chain_id, "one", subscriber, now=now + timedelta(hours=1)) == 1
    assert failures(counter) == []
    assert [count for _, count in heard(counter)] == [1, 1, 1]


def test_a_failure_is_found_by_a_dispatcher_that_starts_later(counter: Counter) -> None:
    listener = Listener(refuses=["test.bad"])
    subscribers = {"one": Subscriber(frozenset({"test.bad"}), listener)}
    happen(counter, kind="test.bad")
    dispatcher(subscribers).make_round()
    listener.refuses.clear()
    later = dispatcher(subscribers)
    later.clock = lambda: timezone.now() + timedelta(minutes=1)
    later.make_round()
    assert failures(counter) == []
    assert len(heard(counter)) == 1


def test_waits_grow_to_six_hours() -> None:
    waits = [wait_after(attempts) for attempts in (1, 2, 3, 9, 1000)]
    assert waits == [timedelta(seconds=10), timedelta(seconds=40), timedelta(seconds=160), *[timedelta(hours=6)] * 2]


def test_a_database_at_fault_is_nobodys_failure(counter: Counter) -> None:
    def falls(chain_id: UUID, events: Sequence[NumberedEvent]) -> None:
        raise OperationalError("the server closed the connection")

    happen(counter)
    dispatcher({}).make_round()
    with pytest.raises(OperationalError):
        deliver(counter.chain_id, "one", Subscriber(frozenset({KIND}), falls), now=timezone.now())
    assert failures(counter) == []
    assert position(counter, "one") == 0


def test_events_of_one_chain_never_reach_another(counter: Counter) -> None:
    other = open_counter(name="Salon Fremd")
    chains: set[UUID] = set()
    happen(other, 2)
    subscriber = Subscriber(frozenset({KIND}), lambda chain_id, _: chains.add(chain_id))
    dispatcher({"one": subscriber}).make_round()
    assert chains == {other.chain_id}
    assert numbers(other) == list(range(1, len(numbers(other)) + 1))


def test_cards_learn_of_their_last_activity(counter: Counter) -> None:
    card = counter.issue("+49 151 11111111", now=timezone.now() - timedelta(days=3))
    later = timezone.now().replace(microsecond=0)
    counter.adjust(card, "5", now=later)
    counter.adjust(card, "5", now=later - timedelta(hours=1))
    dispatcher().make_round()
    assert counter.read("SELECT last_activity_at FROM cards WHERE id = %s", [card.id]) == [(later,)]


DIES = """
import os, signal, sys, threading
import django
django.setup()
from regulars.platform.dispatch import delivery, sequencer
where = sys.argv[1]
real_row, real_execute = sequencer.row, delivery.execute
def row(statement, facts=()):
    found = real_row(statement, facts)
    if where == "numbered" and statement is sequencer.NUMBER:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
def execute(statement, facts=()):
    done = real_execute(statement, facts)
    if where == "moved" and statement is delivery.MOVE:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
sequencer.row, delivery.execute = row, execute
from regulars.project import dispatcher
if where == "sealed":
    real_seal = dispatcher._seal
    def seal(batch):
        real_seal(batch)
        os.kill(os.getpid(), signal.SIGKILL)
    dispatcher._seal = seal
if where == "committed":
    dispatcher.SealLog.note = lambda log, sealed: os.kill(os.getpid(), signal.SIGKILL)
dispatcher.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["numbered", "sealed", "committed", "moved"])
def test_killed_at_any_step_the_next_dispatcher_loses_and_doubles_nothing(
    counter: Counter, where: str, tmp_path: Path
) -> None:
    card = counter.issue("+49 151 11111111")
    for _ in range(3):
        counter.adjust(card, "1")
    environment = {**os.environ, "PYTHONPATH": "src", "REGULARS_HOME": str(tmp_path)}
    environment.pop("REGULARS_TESTING", None)
    died = subprocess.run([sys.executable, "-c", DIES, where], env=environment, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    running = subprocess.Popen([sys.executable, "-m", "regulars", "dispatcher"], env=environment)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and position(counter, "card activity") < 1 + len(counter.read(EVENTS)) - 1:
            time.sleep(0.1)
    finally:
        running.terminate()
    assert running.wait(20) == 0
    assert position(counter, "card activity") == len(counter.read(EVENTS)) == len(numbers(counter))
    report = verify(now=timezone.now(), seal_log=tmp_path / "seals.log")
    assert report.breaches == []
    assert "seals_match_the_log" in report.proved
    assert report.notes == []


EVENTS = "SELECT id FROM events"


def test_nothing_is_read_outside_its_chain(counter: Counter) -> None:
    happen(counter)
    with unit_of_work(new_id()):
        assert rows("SELECT count(*) FROM events") == [(0,)]
