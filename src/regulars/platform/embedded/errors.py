"""Why the embedded server did not start, in sentences for the person at the terminal."""

from __future__ import annotations


class EmbeddedError(RuntimeError):
    """The embedded server cannot be used; the message says what to do about it."""


class HomeBusy(EmbeddedError):
    """Another process holds this home."""

    def __init__(self, *, home: str, pid: int | None, url: str | None) -> None:
        self.home = home
        self.pid = pid
        self.url = url
        where = f" at {url}" if url else ""
        who = f" (process {pid})" if pid else ""
        super().__init__(f"Regulars is already running{where}{who}; its data is in {home}.")


class DifferentMajor(EmbeddedError):
    """The data was written by another major version of PostgreSQL."""

    def __init__(self, *, data: str, found: str, expected: str, can_upgrade: bool) -> None:
        self.found = found
        self.expected = expected
        what = f"The data in {data} was written by PostgreSQL {found}, and this release brings PostgreSQL {expected}. "
        if can_upgrade:
            super().__init__(f"{what}Start ./run once: it brings the data over. Until then nothing is changed.")
            return
        super().__init__(
            f"{what}The programs of PostgreSQL {found} are not kept in this home, or do not run here. "
            "Nothing was changed. Start the release that wrote the data, run `./run backup FILE` there, "
            "then `./run restore FILE` here with an empty REGULARS_HOME."
        )
