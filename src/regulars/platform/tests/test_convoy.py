"""Who comes while others are under way is taken along; nobody waits for company, and nobody is forgotten."""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from regulars.platform.convoy import Convoy

PATIENCE = 20.0


def until(
    what: str, holds: "threading.Event | None" = None, *, convoy: "Convoy[str] | None" = None, waiting: int = 0
) -> None:
    """Wait for an event, or for so many to wait."""
    if holds is not None:
        assert holds.wait(PATIENCE), what
        return
    assert convoy is not None
    end = time.monotonic() + PATIENCE
    while convoy.waiting < waiting:
        assert time.monotonic() < end, what
        time.sleep(0.001)


def same_letter(one: str, other: str) -> bool:
    return one[0] == other[0]


def test_alone_everybody_goes_at_once() -> None:
    parties: list[list[str]] = []
    convoy = Convoy[str](at_once=1, most=8, fit=same_letter)
    for rider in ("a1", "a2"):
        convoy.travel(rider, lambda party: parties.append(list(party)))
    assert parties == [["a1"], ["a2"]]
    assert (convoy.running, convoy.waiting) == (0, 0)


def test_who_comes_meanwhile_shares_the_next_way_with_those_who_fit_and_no_more_than_there_is_room_for() -> None:
    parties: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()
    convoy = Convoy[str](at_once=1, most=3, fit=same_letter)

    def work(party: Sequence[str]) -> None:
        if list(party) == ["first"]:
            begun.set()
            until("to be let go", go_on)
        parties.append(list(party))

    with ThreadPoolExecutor(8) as pool:
        pool.submit(convoy.travel, "first", work)
        until("the first to be under way", begun)
        for number, rider in enumerate(("a1", "b1", "a2", "a3", "a4", "b2"), 1):
            pool.submit(convoy.travel, rider, work)
            until("everybody to wait", convoy=convoy, waiting=number)
        go_on.set()
    assert parties == [["first"], ["a1", "a2", "a3"], ["b1", "b2"], ["a4"]]
    assert (convoy.running, convoy.waiting) == (0, 0)


def test_a_fault_ends_in_the_thread_that_did_the_work_and_the_others_go_on() -> None:
    begun, go_on = threading.Event(), threading.Event()
    convoy = Convoy[str](at_once=1, most=8, fit=same_letter)

    def work(party: Sequence[str]) -> None:
        if list(party) == ["first"]:
            begun.set()
            until("to be let go", go_on)
            return
        raise LookupError(len(party))

    with ThreadPoolExecutor(4) as pool:
        pool.submit(convoy.travel, "first", work)
        until("the first to be under way", begun)
        waiting = []
        for number, rider in enumerate(("a1", "a2", "a3"), 1):
            waiting.append(pool.submit(convoy.travel, rider, work))
            until("everybody to wait", convoy=convoy, waiting=number)
        go_on.set()
        faults = [one.exception(PATIENCE) for one in waiting]
    assert [type(fault) for fault in faults] == [LookupError, type(None), type(None)]
    assert (convoy.running, convoy.waiting) == (0, 0)


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_in_a_crowd_everybody_is_worked_for_exactly_once(at_once: int) -> None:
    convoy = Convoy[str](at_once=at_once, most=4, fit=same_letter)
    done: list[str] = []
    under_way = 0
    most_under_way = 0
    lock = threading.Lock()

    def work(party: Sequence[str]) -> None:
        nonlocal under_way, most_under_way
        with lock:
            under_way += 1
            most_under_way = max(most_under_way, under_way)
        time.sleep(random.random() / 2_000)
        with lock:
            under_way -= 1
            done.extend(party)
        assert 1 <= len(party) <= 4
        assert len({rider[0] for rider in party}) == 1

    wanted = [f"{letter}{number}" for number in range(60) for letter in "abc"]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda rider: convoy.travel(rider, work), wanted))
    assert sorted(done) == sorted(wanted)
    assert most_under_way <= at_once
    assert (convoy.running, convoy.waiting) == (0, 0)
