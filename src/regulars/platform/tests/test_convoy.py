"""Who comes while others are under way is taken along; nobody waits for company, and nobody is forgotten."""

import random
import threading
import time
from collections import Counter
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


def convoy_of(*, most: int, patience: float = PATIENCE) -> Convoy[str]:
    """Everybody in one street, but those whose name begins with an x."""
    return Convoy[str](key=lambda rider: rider[0] == "x", fit=same_letter, most=most, patience=patience)


def test_alone_everybody_goes_at_once() -> None:
    parties: list[list[str]] = []
    convoy = convoy_of(most=8)
    for rider in ("a1", "a2"):
        convoy.travel(rider, lambda party: parties.append(list(party)))
    assert parties == [["a1"], ["a2"]]
    assert (convoy.running, convoy.waiting) == (0, 0)


def test_who_comes_meanwhile_shares_the_next_way_with_those_who_fit_and_no_more_than_there_is_room_for() -> None:
    parties: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()
    convoy = convoy_of(most=3)

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
    convoy = convoy_of(most=8)

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


def test_who_has_another_key_does_not_wait_and_who_has_no_patience_goes_beside() -> None:
    parties: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()
    convoy = convoy_of(most=8, patience=0.05)

    def work(party: Sequence[str]) -> None:
        if list(party) == ["first"]:
            begun.set()
            until("to be let go", go_on)
        parties.append(list(party))

    with ThreadPoolExecutor(4) as pool:
        pool.submit(convoy.travel, "first", work)
        until("the first to be under way", begun)
        convoy.travel("x1", work)
        assert parties == [["x1"]]
        convoy.travel("a1", work)
        assert parties == [["x1"], ["a1"]], "the first has not moved"
        go_on.set()
    assert parties == [["x1"], ["a1"], ["first"]]
    assert (convoy.running, convoy.waiting) == (0, 0)


@pytest.mark.parametrize("patience", [0.0, 0.001, PATIENCE])
def test_in_a_crowd_everybody_is_worked_for_exactly_once(patience: float) -> None:
    convoy = convoy_of(most=4, patience=patience)
    done: list[str] = []
    under_way: Counter[bool] = Counter()
    most_under_way = 0
    lock = threading.Lock()

    def work(party: Sequence[str]) -> None:
        nonlocal most_under_way
        street = party[0][0] == "x"
        with lock:
            under_way[street] += 1
            most_under_way = max(most_under_way, under_way[street])
        time.sleep(random.random() / 2_000)
        with lock:
            under_way[street] -= 1
            done.extend(party)
        assert 1 <= len(party) <= 4
        assert len({rider[0] for rider in party}) == 1

    wanted = [f"{letter}{number}" for number in range(60) for letter in "abx"]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda rider: convoy.travel(rider, work), wanted))
    assert sorted(done) == sorted(wanted)
    assert most_under_way == 1 or patience < PATIENCE
    assert (convoy.running, convoy.waiting) == (0, 0)
