"""The collector of garbage in processes that live long: it need not look again at what was loaded once."""

import gc
from typing import Final

THRESHOLD: Final = 20_000


def settle() -> None:
    """Keep what is loaded now out of the collector's sight. Called once, before the work begins.

    A round of the dispatcher makes thousands of small objects at once; each time the collector went through everything
    that was loaded cost more than the round.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(THRESHOLD)
