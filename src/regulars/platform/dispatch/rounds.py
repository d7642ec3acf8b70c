"""The dispatcher's round: number what was committed, hand it on, try again what failed; sleep when there is nothing."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connections

from regulars.platform.database import rows
from regulars.platform.dispatch.ahead import Ahead, look_ahead, pass_by
from regulars.platform.dispatch.delivery import Subscriber, deliver, retry_failures
from regulars.platform.dispatch.sequencer import Batch, sequence_chain

logger = logging.getLogger("regulars.dispatcher")

PAUSE_SECONDS: Final = 0.5
"""Between rounds while there is work: long enough for a batch to gather."""
PAUSE_SECONDS_MAX: Final = 1.0
LOOK_EVERYWHERE_SECONDS: Final = 15.0
FAULT_PAUSE_SECONDS_MAX: Final = 30.0
S = TypeVar("S")


@dataclass(slots=True)
class Dispatcher(Generic[S]):
    """One of any number of dispatchers: locks in the database keep them apart, chain by chain.

    `close` seals a batch inside its unit of work, `closed` hears of the seal once it is committed.
    """

    subscribers: Mapping[str, Subscriber]
    close: Callable[[Batch], S]
    closed: Callable[[S], None]
    clock: Callable[[], datetime]
    _looked_at: float = -LOOK_EVERYWHERE_SECONDS
    _behind: set[UUID] = field(default_factory=set)

    def run(self, stop: threading.Event) -> None:
        """Make rounds until `stop` is set; a database that does not answer is waited for."""
        pause, faults = PAUSE_SECONDS, 0
        while not stop.is_set():
            try:
                busy, faults = self.make_round(stop), 0
            except (OperationalError, InterfaceError) as fault:
                # Also deadlocks and lock time-outs: the round did nothing, the next one does it.
                faults += 1
                logger.warning("the database did not take a round: %s", fault)
                connections["default"].close()
                stop.wait(min(FAULT_PAUSE_SECONDS_MAX, PAUSE_SECONDS * 2**faults))
                continue
            pause = PAUSE_SECONDS if busy else min(PAUSE_SECONDS_MAX, pause * 1.5)
            stop.wait(pause)

    def make_round(self, stop: threading.Event | None = None) -> bool:
        """Do once everything there is to do; whether there was anything."""
        chains = [values[0] for values in rows("SELECT door_chains_with_events()")]
        numbered = [chain_id for chain_id in chains if self._sequence(chain_id, stop)]
        self._behind.update(numbered)
        self._look_everywhere()
        delivered = [chain_id for chain_id in sorted(self._behind) if self._deliver(chain_id, stop)]
        return bool(numbered or delivered)

    def _sequence(self, chain_id: UUID, stop: threading.Event | None) -> bool:
        worked = False
        while not _is_set(stop):
            done = sequence_chain(chain_id, now=self.clock(), close=self.close)
            if done is None:
                break
            batch, seal = done
            self.closed(seal)
            worked = True
            if not batch.is_full:
                break
        return worked

    def _look_everywhere(self) -> None:
        # What this process numbered it knows; what another one did, or left undone when it died, it has to look for.
        if time.monotonic() - self._looked_at < LOOK_EVERYWHERE_SECONDS:
            return
        self._looked_at = time.monotonic()
        found = rows("SELECT door_chains_to_deliver(%s, %s)", [list(self.subscribers), self.clock()])
        self._behind.update(values[0] for values in found)

    def _deliver(self, chain_id: UUID, stop: threading.Event | None) -> bool:
        self._behind.discard(chain_id)
        worked = False
        while not _is_set(stop):
            ahead = look_ahead(chain_id, self.subscribers, now=self.clock())
            pass_by(chain_id, ahead)
            moved = any(one.is_only_passed for one in ahead)
            for one in ahead:
                if one.is_wanted and not _is_set(stop):
                    moved = self._hand_on(chain_id, one) or moved
            moved = self._try_again(chain_id, ahead) or moved
            if not moved:
                break
            worked = True
        return worked

    def _hand_on(self, chain_id: UUID, one: Ahead) -> bool:
        return deliver(chain_id, one.name, self.subscribers[one.name], now=self.clock()) > 0

    def _try_again(self, chain_id: UUID, ahead: Sequence[Ahead]) -> bool:
        tried = [
            retry_failures(chain_id, one.name, self.subscribers[one.name], now=self.clock())
            for one in ahead
            if one.has_due_failures
        ]
        return sum(tried) > 0


def _is_set(stop: threading.Event | None) -> bool:
    return stop is not None and stop.is_set()
