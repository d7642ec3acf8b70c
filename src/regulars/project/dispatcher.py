"""The dispatcher: numbers and seals what was committed, and hands it to those who act afterwards."""

import logging
import signal
import threading
from typing import Final

from django.conf import settings

from regulars.ledger.actions.seal import Sealed, newest_seals, seal_events
from regulars.platform.clock import real_now
from regulars.platform.dispatch.rounds import Dispatcher
from regulars.platform.dispatch.sequencer import Batch
from regulars.platform.garbage import settle
from regulars.platform.metrics import count_events, count_process
from regulars.platform.partitions import make_partitions
from regulars.project.seal_log import SealLog
from regulars.project.subscriptions import AFTERWARDS

SEAL_LOG: Final = "seals.log"

logger = logging.getLogger("regulars.dispatcher")


def make_dispatcher(log: SealLog) -> Dispatcher[Sealed]:
    """The dispatcher of this installation, with every subscriber and with seals."""
    return Dispatcher(subscribers=AFTERWARDS, close=_seal, closed=log.note, clock=real_now)


def _seal(batch: Batch) -> Sealed:
    count_events(batch.last_seq - batch.first_seq + 1)
    return seal_events(batch.chain_id, first_seq=batch.first_seq, last_seq=batch.last_seq)


def main() -> None:
    """Run until SIGTERM or SIGINT; what has begun is finished, what waits stays for the next start."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    count_process("dispatcher")
    make_partitions(real_now())
    log = SealLog(settings.HOME / SEAL_LOG)
    log.catch_up(newest_seals())
    settle()
    logger.info("dispatching to %s", ", ".join(AFTERWARDS))
    make_dispatcher(log).run(stop)
    log.write(all_of_them=True)
