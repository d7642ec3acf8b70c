"""The file of a backup: an uncompressed ZIP with a manifest in front, and at the end a checksum of every member.

Any program that opens ZIP files shows what is in it; the dump is PostgreSQL's own custom format.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from regulars.project.backup.errors import Damaged
from regulars.project.backup.keys import Wrapping

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"
CHECKSUMS: Final = "checksums.json"
HOME: Final = "home/"
PART_BYTES: Final = 1 << 20
NOTE_BYTES_MAX: Final = 50_000_000

Tell = Callable[[str, int], None]
"""Takes what is being written or read and how many bytes of it so far."""


class Writer:
    """Writes members one after the other and remembers their checksums."""

    def __init__(self, archive: zipfile.ZipFile, tell: Tell) -> None:
        self._archive = archive
        self._tell = tell
        self._sums: dict[str, str] = {}

    def add(self, name: str, parts: Iterable[bytes]) -> int:
        """Write one member from its parts; returns its length."""
        digest, written = hashlib.sha256(), 0
        with self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
            for part in parts:
                digest.update(part)
                member.write(part)
                written += len(part)
                self._tell(name, written)
        self._sums[name] = digest.hexdigest()
        return written

    def close(self, wrapping: Wrapping) -> None:
        """Write the checksums, signed, as the last member."""
        text = json.dumps(self._sums, sort_keys=True)
        note = json.dumps({"members": text, "signature": wrapping.sign(text.encode())})
        self._archive.writestr(zipfile.ZipInfo(CHECKSUMS), note)


@contextmanager
def writing(path: Path, *, tell: Tell) -> Iterator[Writer]:
    """Write a backup that is there under its name only when it is whole; nobody but its owner may read it."""
    draft = path.with_name(f".{path.name}.part")
    draft.touch(mode=0o600)
    draft.chmod(0o600)
    try:
        with zipfile.ZipFile(draft, "w", compression=zipfile.ZIP_STORED, allowZip64=True) as archive:
            yield Writer(archive, tell)
        _sync(draft)
        draft.rename(path)
        _sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Reader:
    """A backup that can be opened; nothing of it is believed before `check` has been over it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = [info.filename for info in archive.infolist()]
        if len(set(self.names)) != len(self.names):
            raise Damaged("a part of it is there twice")
        for info in archive.infolist():
            self._refuse_strange(info)

    def _refuse_strange(self, info: zipfile.ZipInfo) -> None:
        place = PurePosixPath(info.filename)
        known = info.filename in (MANIFEST, DUMP, CHECKSUMS) or info.filename.startswith(HOME)
        if not known or place.is_absolute() or ".." in place.parts or info.compress_type != zipfile.ZIP_STORED:
            raise Damaged(f"it has a part that no backup has ({info.filename[:80]!r})")

    def note(self, name: str) -> dict[str, Any]:
        """A small member that is JSON."""
        try:
            if self._archive.getinfo(name).file_size > NOTE_BYTES_MAX:
                raise Damaged(f"{name} is too large")
            found = json.loads(self._archive.read(name))
        except (KeyError, ValueError, zipfile.BadZipFile, EOFError, OSError) as error:
            raise Damaged(f"{name} is missing or cannot be read") from error
        if not isinstance(found, dict):
            raise Damaged(f"{name} cannot be read")
        return found

    def check(self, wrapping: Wrapping, *, tell: Tell) -> None:
        """Read every member to its end and compare its checksum with the signed list. Raises Damaged."""
        note = self.note(CHECKSUMS)
        text = str(note.get("members", ""))
        if not hmac.compare_digest(wrapping.sign(text.encode()), str(note.get("signature", ""))):
            raise Damaged("its list of checksums was changed")
        sums: dict[str, str] = json.loads(text)
        if {*sums, CHECKSUMS} != set(self.names):
            raise Damaged("a part is missing, or one is there that does not belong")
        for name, wanted in sums.items():
            digest = hashlib.sha256()
            for part in self.parts(name, tell=tell):
                digest.update(part)
            if digest.hexdigest() != wanted:
                raise Damaged(f"{name} is not what was written")

    def parts(self, name: str, *, tell: Tell) -> Iterator[bytes]:
        """One member, piece by piece. Raises Damaged."""
        done = 0
        try:
            with self._archive.open(name) as member:
                while part := member.read(PART_BYTES):
                    done += len(part)
                    tell(name, done)
                    yield part
        except (zipfile.BadZipFile, EOFError, OSError) as error:
            raise Damaged(f"{name} cannot be read ({error})") from error

    def extract(self, name: str, target: Path, *, tell: Tell) -> None:
        """Write one member to a file that only its owner may read."""
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(mode=0o600)
        with target.open("wb") as file:
            for part in self.parts(name, tell=tell):
                file.write(part)


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open a backup. Raises Damaged."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Damaged(str(error) or "it cannot be opened") from error
    with archive:
        yield Reader(archive)
