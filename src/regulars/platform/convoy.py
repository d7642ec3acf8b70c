"""Requests of one process that would wait for each other anyway go together: one of them does the work of all (ADR 18)."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")


class _Seat(Generic[T]):
    """Somebody who waits; `party` is set for the one who does the work of all who are in it."""

    __slots__ = ("party", "rider", "turn")

    def __init__(self, rider: T) -> None:
        self.rider = rider
        self.turn = threading.Event()
        self.party: list[_Seat[T]] | None = None


class Convoy(Generic[T]):
    """Lets `at_once` threads work at the same time; who comes meanwhile waits and is then taken along by one of them.

    Without a crowd everybody goes at once and alone. In a crowd a party is as large as what came while others were under
    way, `most` at the utmost: nobody waits for company.
    """

    def __init__(self, *, at_once: int, most: int, fit: Callable[[T, T], bool]) -> None:
        self._at_once: Final = at_once
        self._most: Final = most
        self._fit: Final = fit
        self._lock = threading.Lock()
        self._running = 0
        self._waiting: list[_Seat[T]] = []

    @property
    def running(self) -> int:
        """How many are under way."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many wait to be taken along."""
        return len(self._waiting)

    def travel(self, rider: T, work: Callable[[Sequence[T]], None]) -> None:
        """Return once `work` has been called with this rider, by this thread or by another one that waited first.

        What `work` raises is raised in the thread that called it alone: it leaves what became of each with the riders.
        """
        seat = _Seat(rider)
        with self._lock:
            if self._running < self._at_once:
                self._running += 1
                seat.party = [seat]
            else:
                self._waiting.append(seat)
        if seat.party is None:
            seat.turn.wait()
        if seat.party is None:
            return
        try:
            work([one.rider for one in seat.party])
        finally:
            self._hand_on()
            for one in seat.party:
                one.turn.set()

    def _hand_on(self) -> None:
        """Let the one who has waited longest go next, with those behind that fit."""
        with self._lock:
            if not self._waiting:
                self._running -= 1
                return
            first = self._waiting[0]
            party = [one for one in self._waiting if one is first or self._fit(first.rider, one.rider)][: self._most]
            taken = set(map(id, party))
            self._waiting = [one for one in self._waiting if id(one) not in taken]
        first.party = party
        first.turn.set()
