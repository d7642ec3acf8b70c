"""The sender: tells wallets of cards that changed, second by second, in threads of the worker, one for each provider (WAL-5).

A provider that is slow, or lets us send so often only, holds nobody else up.
"""

import logging
import threading
import time
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from regulars.platform.clock import now_in, real_now
from regulars.platform.database import rows
from regulars.plugins.wallets import load_wallets
from regulars.wallets.actions.again import tell_again
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.port import WalletProvider

PAUSE_SECONDS: Final = 0.5
FAULT_PAUSE_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 30.0
"""So often it is looked what phones were told of and did not fetch."""

logger = logging.getLogger("regulars.sender")


def start_sender(stop: threading.Event) -> list[threading.Thread]:
    """Run the sender until `stop` is set; what it has begun when the process ends is done by the next one."""
    threads = [
        threading.Thread(target=run_sender, args=(stop, one), name=f"sender-{one.key}", daemon=True)
        for one in load_wallets(settings.PLUGINS)
    ]
    for thread in threads:
        thread.start()
    return threads


def run_sender(stop: threading.Event, provider: WalletProvider) -> None:
    """Make rounds for one provider until `stop` is set."""
    pause, look_at = PAUSE_SECONDS, 0.0
    while not stop.wait(pause):
        pause = PAUSE_SECONDS
        try:
            while send_round(provider) and not stop.is_set():
                pass
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + LOOK_SECONDS
                look_round(provider, stop)
        except (OperationalError, InterfaceError) as fault:
            logger.warning("the database did not take a round: %s", fault)
            connections["default"].close()
            pause = FAULT_PAUSE_SECONDS
        except Exception:
            # A fault in one round must not end all of them; what it was about is tried again after its lease.
            logger.exception("a round of the sender failed")
            pause = FAULT_PAUSE_SECONDS
    provider.close()
    connections["default"].close()


def send_round(provider: WalletProvider) -> bool:
    """Tell once of everything that is due with a provider; whether more may wait."""
    chains = [values[0] for values in rows("SELECT door_wallet_due(%s, %s)", [provider.key, real_now()])]
    looked = [refresh_due(chain_id, gather(now_in(chain_id)), provider, now=real_now) for chain_id in chains]
    return any(count >= provider.at_once for count in looked)


def look_round(provider: WalletProvider, stop: threading.Event) -> None:
    """Note once, for every chain, what phones were told of and did not fetch; the next round tells them."""
    if "fetches" not in provider.capabilities:
        return
    for (chain_id,) in rows("SELECT door_wallet_unfetched(%s, %s)", [provider.key, real_now()]):
        while not stop.is_set() and tell_again(chain_id, provider.key, now=real_now()):
            pass
