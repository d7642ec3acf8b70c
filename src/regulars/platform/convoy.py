"""Requests of one process that would wait for each other anyway go together: one of them does the work of all (ADR 18)."""

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")


class _Seat(Generic[T]):
    """Somebody who waits; `party` is set for the one who does the work of all who are in it.

    `turn` is a lock that somebody else releases, once: an Event is a lock and a condition, and cost a tenth of a change.
    """

    __slots__ = ("party", "rider", "turn")

    def __init__(self, rider: T) -> None:
        self.rider = rider
        self.turn = threading.Lock()
        self.turn.acquire()
        self.party: list[_Seat[T]] | None = None


class Convoy(Generic[T]):
    """Lets one thread work at a time for each `key`; who comes meanwhile waits and is then taken along by one of them.

    Without a crowd everybody goes at once and alone. In a crowd a party is as large as what came while another was under
    way, `most` at the utmost: nobody waits for company. Nobody waits longer than `patience` seconds for one who is under
    way and does not get on either, but goes beside it with all who wait.
    """

    def __init__(
        self, *, key: Callable[[T], Hashable], fit: Callable[[T, T], bool], most: int, patience: float
    ) -> None:
        self._key: Final = key
        self._fit: Final = fit
        self._most: Final = most
        self._patience: Final = patience
        self._lock = threading.Lock()
        self._running: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, list[_Seat[T]]] = {}

    @property
    def running(self) -> int:
        """How many are under way."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many wait to be taken along."""
        return sum(map(len, self._waiting.values()))

    def travel(self, rider: T, work: Callable[[Sequence[T]], None]) -> None:
        """Return once `work` has been called with this rider, by this thread or by another one that waited first.

        What `work` raises is raised in the thread that called it alone: it leaves what became of each with the riders.
        """
        key, seat = self._key(rider), _Seat(rider)
        with self._lock:
            if self._running[key]:
                self._waiting.setdefault(key, []).append(seat)
            else:
                self._running[key] = 1
                seat.party = [seat]
        if seat.party is None and not seat.turn.acquire(timeout=self._patience) and not self._go_beside(key, seat):
            # Somebody has just called it.
            seat.turn.acquire()
        if seat.party is None:
            return
        try:
            work([one.rider for one in seat.party])
        finally:
            self._hand_on(key)
            for one in seat.party:
                if one is not seat:
                    one.turn.release()

    def _go_beside(self, key: Hashable, seat: _Seat[T]) -> bool:
        """Set out with all who wait, unless somebody has just taken this one along or let it go."""
        with self._lock:
            if seat not in self._waiting.get(key, ()):
                return False
            self._running[key] += 1
            seat.party = self._take(key, seat)
            return True

    def _hand_on(self, key: Hashable) -> None:
        """Let the one who has waited longest go next, with those behind that fit; others under way do that themselves."""
        with self._lock:
            waiting = self._waiting.get(key)
            if not waiting or self._running[key] > 1:
                self._running[key] -= 1
                if not self._running[key]:
                    del self._running[key]
                return
            first = waiting[0]
            first.party = self._take(key, first)
        first.turn.release()

    def _take(self, key: Hashable, first: _Seat[T]) -> list[_Seat[T]]:
        """Take somebody and those who fit out of those who wait."""
        waiting = self._waiting[key]
        others = [one for one in waiting if one is not first and self._fit(first.rider, one.rider)]
        party = [first, *others[: self._most - 1]]
        left = [one for one in waiting if one not in party]
        if left:
            self._waiting[key] = left
        else:
            del self._waiting[key]
        return party
