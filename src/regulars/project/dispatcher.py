"""The dispatcher: numbers and seals what was committed, and hands it to those who act afterwards."""

import logging
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from regulars.ledger.actions.seal import Sealed, seal_events
from regulars.ledger.sealing import seal_line
from regulars.platform.dispatch.rounds import Dispatcher
from regulars.platform.dispatch.sequencer import Batch
from regulars.project.subscriptions import AFTERWARDS

SEAL_LOG: Final = "seals.log"
SEAL_LOG_SECONDS: Final = 60.0

logger = logging.getLogger("regulars.dispatcher")


class SealLog:
    """Keeps the newest seal of each chain outside the database: a line a minute at most, and one at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written_at: dict[UUID, float] = {}
        self._waiting: dict[UUID, Sealed] = {}

    def note(self, sealed: Sealed) -> None:
        """Take a seal that is committed, and write it where its turn has come."""
        self._waiting[sealed.chain_id] = sealed
        self.write()

    def write(self, *, all_of_them: bool = False) -> None:
        """Append the seals whose chain has had no line for a minute; with `all_of_them` whatever waits."""
        at = time.monotonic()
        due = [
            sealed
            for chain_id, sealed in self._waiting.items()
            if all_of_them or at - self._written_at.get(chain_id, -SEAL_LOG_SECONDS) >= SEAL_LOG_SECONDS
        ]
        if not due:
            return
        stamp = datetime.now(UTC).isoformat(timespec="seconds")
        with self.path.open("a", encoding="utf-8") as log:
            for sealed in due:
                line = seal_line(
                    at=stamp,
                    chain_id=sealed.chain_id,
                    number=sealed.number,
                    last_seq=sealed.last_seq,
                    digest=sealed.hash,
                )
                log.write(line)
                logger.info("sealed %s", line.strip())
                self._written_at[sealed.chain_id] = at
                del self._waiting[sealed.chain_id]


def make_dispatcher(log: SealLog) -> Dispatcher[Sealed]:
    """The dispatcher of this installation, with every subscriber and with seals."""
    return Dispatcher(subscribers=AFTERWARDS, close=_seal, closed=log.note, clock=timezone.now)


def _seal(batch: Batch) -> Sealed:
    return seal_events(batch.chain_id, first_seq=batch.first_seq, last_seq=batch.last_seq)


def main() -> None:
    """Run until SIGTERM or SIGINT; what has begun is finished, what waits stays for the next start."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log = SealLog(settings.HOME / SEAL_LOG)
    logger.info("dispatching to %s", ", ".join(AFTERWARDS))
    make_dispatcher(log).run(stop)
    log.write(all_of_them=True)
