"""REGULARS_HOME: the folder with everything that one installation keeps, and the lock that lets one process tree use it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from regulars.platform.embedded.errors import EmbeddedError, HomeBusy

NO_LOCKS = "This file system cannot lock files; set REGULARS_HOME to a folder on a local disk."


@dataclass(frozen=True, slots=True)
class HomeLock:
    """Proof that this process alone uses the home."""

    home: Path
    descriptor: int

    def announce(self, *, url: str | None) -> None:
        """Leave word for whoever finds the home locked: which process, at which address."""
        note = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note, 0)


@contextmanager
def lock_home(home: Path) -> Iterator[HomeLock]:
    """Hold `home` for this process until the block ends. Raises HomeBusy when another process holds it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid, url = _read_note(descriptor)
            raise HomeBusy(home=str(home), pid=pid, url=url) from None
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL):
                raise EmbeddedError(NO_LOCKS) from error
            raise
        lock = HomeLock(home=home, descriptor=descriptor)
        lock.announce(url=None)
        try:
            yield lock
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _read_note(descriptor: int) -> tuple[int | None, str | None]:
    try:
        note = json.loads(os.pread(descriptor, 10_000, 0))
        return note["pid"], note["url"]
    except (ValueError, KeyError, TypeError):
        return None, None


def secret(home: Path, name: str, *, random_bytes: int = 32) -> str:
    """The named password of this home, made on first use; only the owner of the home can read it."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    try:
        return path.read_text()
    except FileNotFoundError:
        pass
    value = secrets.token_urlsafe(random_bytes)
    # Written whole under another name and then renamed, so that a kill in between leaves no empty password.
    unfinished = folder / f".{name}.{os.getpid()}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return value
