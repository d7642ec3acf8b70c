"""Where this installation lives and which database it uses, as the environment says."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from regulars.platform.embedded import DatabaseUrls, EmbeddedServer, HomeBusy, HomeLock, running_urls

REPOSITORY = Path(__file__).resolve().parents[3]
FIRST_RUN = "first-run.json"
PORT_DEFAULT = 8000
WORKERS_MAX = 8
STARTING_SECONDS_MAX = 60
PAUSE_SECONDS = 0.1


class DatabaseMissing(RuntimeError):
    """The environment names half a database, or one that does not answer."""


class SettingRefused(DatabaseMissing):
    """A variable of the environment has a value that cannot be meant."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What `./run` is told by its environment."""

    home: Path
    host: str
    port: int
    url: str
    workers: int
    demo: bool
    outside: bool

    @property
    def local_url(self) -> str:
        """The address by which this machine itself reaches the web process."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def read_installation() -> Installation:
    """Read REGULARS_HOME, _HOST, _PORT, _URL, _WORKERS, _DEMO and DATABASE_URL. Raises SettingRefused with one sentence."""
    port = _number("REGULARS_PORT", default=PORT_DEFAULT, most=65535)
    host = os.environ.get("REGULARS_HOST") or "127.0.0.1"
    workers = _number("REGULARS_WORKERS", default=min(os.cpu_count() or 1, WORKERS_MAX), most=64)
    return Installation(
        home=home_folder(),
        host=host,
        port=port,
        url=(os.environ.get("REGULARS_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        workers=workers,
        demo=os.environ.get("REGULARS_DEMO", "1") != "0",
        outside=bool(os.environ.get("DATABASE_URL")),
    )


def home_folder() -> Path:
    """REGULARS_HOME, or `var/` beside the code."""
    return Path(os.environ.get("REGULARS_HOME") or REPOSITORY / "var").resolve()


@contextmanager
def open_database(home: Path, *, lock: HomeLock | None = None) -> Iterator[DatabaseUrls | None]:
    """Have DATABASE_URL and DATABASE_OWNER_URL name a database that answers, for as long as the block.

    An outside one if the environment names it (then the value is None); else the one that a running `./run` of this home keeps; else the
    embedded one, started for the block. Raises DatabaseMissing, EmbeddedError.
    """
    if os.environ.get("DATABASE_URL"):
        require_owner()
        yield None
        return
    with ExitStack() as stack:
        try:
            urls = stack.enter_context(EmbeddedServer(home=home, lock=lock)).urls
        except HomeBusy:
            urls = _urls_of_running(home)
        os.environ.update(urls.environment())
        try:
            yield urls
        finally:
            for name in urls.environment():
                os.environ.pop(name, None)


def installation_urls() -> tuple[str, str]:
    """The addresses of the open database: the application's and the owner's."""
    return os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]


def require_owner() -> None:
    """Raises DatabaseMissing when only the application's half of an outside database is named."""
    if not os.environ.get("DATABASE_OWNER_URL"):
        raise DatabaseMissing(
            "DATABASE_URL is set but DATABASE_OWNER_URL is not. The first names the role of the application, the second the role that owns "
            "the tables; `./run database-setup` prints how to make both."
        )


def _urls_of_running(home: Path) -> DatabaseUrls:
    until = time.monotonic() + STARTING_SECONDS_MAX
    while time.monotonic() < until:
        urls = running_urls(home)
        if urls is not None:
            return urls
        time.sleep(PAUSE_SECONDS)
    raise DatabaseMissing(f"Another process uses {home} but its database does not answer; stop it and try again.")


def _number(name: str, *, default: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise SettingRefused(f"{name} must be a whole number from 1 to {most}, not {text!r}.")
    return int(text)
