"""Counters of what may be guessed: exact, growing, forgotten, and bound to their subject."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from regulars.kernel.refusal import Refused
from regulars.platform.attempts import (
    Limit,
    TooManyAttempts,
    Try,
    forget_attempts,
    forget_old_attempts,
    give_back,
    source_of,
    take_attempts,
)
from regulars.platform.database import rows
from tests.people import NOW

LIMIT = Limit(
    kind="test",
    free=3,
    first_wait=timedelta(seconds=10),
    wait_max=timedelta(seconds=35),
    forget_after=timedelta(hours=1),
)
OTHER = Limit(
    kind="other",
    free=100,
    first_wait=timedelta(seconds=10),
    wait_max=timedelta(hours=1),
    forget_after=timedelta(hours=1),
)
ANNA, BORIS = Try(LIMIT, "anna"), Try(LIMIT, "boris")


def wait_of(*tries: Try, seconds: float = 0) -> int | None:
    """Seconds one has to wait, None where the try was taken."""
    try:
        take_attempts(tries, now=NOW + timedelta(seconds=seconds))
    except Refused as refused:
        return refused.refusal.retry_after if isinstance(refused.refusal, TooManyAttempts) else -1
    return None


@pytest.mark.django_db
def test_tries_are_free_then_wait_doubles_up_to_the_longest() -> None:
    assert [wait_of(ANNA) for _ in range(3)] == [None] * 3
    clock, waits = 0.0, []
    for _ in range(4):
        wait = wait_of(ANNA, seconds=clock)
        assert wait
        waits.append(wait)
        clock += wait
        assert wait_of(ANNA, seconds=clock) is None
    assert waits == [10, 20, 35, 35]


@pytest.mark.django_db
def test_subjects_and_kinds_are_counted_apart() -> None:
    for _ in range(3):
        wait_of(ANNA)
    assert wait_of(ANNA) == 10
    assert wait_of(BORIS) is None
    assert wait_of(Try(OTHER, "anna")) is None


@pytest.mark.django_db
def test_a_refused_try_counts_for_nothing_else() -> None:
    for _ in range(3):
        wait_of(ANNA)
    before = rows("SELECT kind, failures FROM attempt_counters ORDER BY kind")
    assert wait_of(ANNA, Try(OTHER, "x")) == 10
    assert rows("SELECT kind, failures FROM attempt_counters ORDER BY kind") == before


@pytest.mark.django_db
def test_a_right_try_is_given_back_and_a_proof_starts_afresh() -> None:
    for _ in range(3):
        assert wait_of(ANNA) is None
        give_back(ANNA)
    assert wait_of(ANNA) is None
    for _ in range(2):
        wait_of(ANNA)
    assert wait_of(ANNA) == 10
    forget_attempts(ANNA)
    assert [wait_of(ANNA) for _ in range(3)] == [None] * 3


@pytest.mark.django_db
def test_a_right_try_leaves_everything_as_it_was() -> None:
    for _ in range(3):
        wait_of(ANNA)
    clock = 10.0
    for _ in range(5):
        # The wait is over: what is right passes, again and again, however many were wrong before.
        (taken,) = take_attempts([ANNA], now=NOW + timedelta(seconds=clock))
        give_back(taken)
        clock += 600
    assert rows("SELECT failures, last_at FROM attempt_counters") == [(3, NOW)]
    # And what was wrong is forgotten in its time, though right ones came meanwhile.
    assert [wait_of(ANNA, seconds=3601) for _ in range(3)] == [None] * 3
    assert wait_of(ANNA, seconds=3601) == 10


@pytest.mark.django_db
def test_wrong_tries_between_a_right_one_and_its_return_stay() -> None:
    (taken,) = take_attempts([ANNA], now=NOW)
    wait_of(ANNA, seconds=1)
    give_back(taken)
    assert rows("SELECT failures, last_at FROM attempt_counters") == [(1, NOW + timedelta(seconds=1))]


@pytest.mark.django_db
def test_failures_are_forgotten_after_a_while() -> None:
    for _ in range(3):
        wait_of(ANNA)
    later = 3600 + 1
    assert [wait_of(ANNA, seconds=later) for _ in range(3)] == [None] * 3
    assert wait_of(ANNA, seconds=later) == 10
    assert forget_old_attempts(before=NOW + timedelta(days=2)) == 1


@pytest.mark.django_db
def test_nobody_reads_from_the_table_who_tried() -> None:
    wait_of(Try(LIMIT, "anna@example.com 203.0.113.7"))
    ((text,),) = rows("SELECT attempt_counters::text FROM attempt_counters")
    assert "anna" not in text
    assert len(Try(LIMIT, "\ud800\x00" * 1000).subject_hash) == 32


@pytest.mark.committed
def test_tries_at_one_instant_are_all_counted() -> None:
    taken: list[bool] = []
    together = threading.Barrier(16)

    def attempt() -> None:
        together.wait()
        taken.append(wait_of(Try(OTHER, "b"), ANNA) is None)
        connections.close_all()

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == LIMIT.free
    assert rows("SELECT kind, failures FROM attempt_counters ORDER BY kind") == [("other", 3), ("test", 3)]


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_a_household_is_one_source(address: str, source: str) -> None:
    assert source_of(address) == source
