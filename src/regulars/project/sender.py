"""The sender: tells phones of passes that changed, second by second, in a thread of the worker (WAL-5)."""

import logging
import threading
from typing import Final

from django.db import InterfaceError, OperationalError, connections

from regulars.platform.clock import real_now
from regulars.platform.database import rows
from regulars.wallets.actions.apple_push import ApplePusher
from regulars.wallets.actions.refresh import AT_ONCE, refresh_due
from regulars.wallets.queries.view import gather

PAUSE_SECONDS: Final = 0.5
FAULT_PAUSE_SECONDS: Final = 5.0

logger = logging.getLogger("regulars.sender")


def start_sender(stop: threading.Event) -> threading.Thread:
    """Run the sender until `stop` is set; what it has begun when the process ends is done by the next one."""
    thread = threading.Thread(target=run_sender, args=(stop,), name="sender", daemon=True)
    thread.start()
    return thread


def run_sender(stop: threading.Event) -> None:
    """Make rounds until `stop` is set."""
    pusher = ApplePusher()
    pause = PAUSE_SECONDS
    while not stop.wait(pause):
        pause = PAUSE_SECONDS
        try:
            while send_round(pusher) and not stop.is_set():
                pass
        except (OperationalError, InterfaceError) as fault:
            logger.warning("the database did not take a round: %s", fault)
            connections["default"].close()
            pause = FAULT_PAUSE_SECONDS
        except Exception:
            # A fault in one round must not end all of them; what it was about is tried again after its lease.
            logger.exception("a round of the sender failed")
            pause = FAULT_PAUSE_SECONDS
    pusher.close()


def send_round(pusher: ApplePusher) -> bool:
    """Tell phones once of everything that is due; whether more may wait."""
    chains = [values[0] for values in rows("SELECT door_wallet_due(%s)", [real_now()])]
    looked = [refresh_due(chain_id, gather(real_now()), pusher, now=real_now) for chain_id in chains]
    return any(count >= AT_ONCE for count in looked)
