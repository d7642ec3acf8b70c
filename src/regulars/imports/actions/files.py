"""Where the files of imports lie: in the installation's home, one folder each, named by id alone."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from regulars.imports.errors import FileEmpty, FileTooLarge
from regulars.imports.reading.limits import FILE_BYTES_MAX
from regulars.kernel.refusal import Refused


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was uploaded: its length and SHA-256."""

    size_bytes: int
    hash: bytes


def folder_of(import_id: UUID) -> Path:
    """The folder of one import."""
    return Path(settings.FILES_ROOT) / "imports" / import_id.hex


def source_of(import_id: UUID) -> Path:
    """The file as it was uploaded."""
    return folder_of(import_id) / "source"


def fresh_slices(import_id: UUID) -> Path:
    """An empty folder for the rows that reading will write."""
    folder = folder_of(import_id) / "slices"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def store(import_id: UUID, parts: Iterable[bytes]) -> StoredFile:
    """Write an upload to disk piece by piece. Refuses: FileEmpty, FileTooLarge; then nothing stays."""
    folder = folder_of(import_id)
    folder.mkdir(mode=0o700, parents=True)
    digest, written = hashlib.sha256(), 0
    with source_of(import_id).open("wb") as file:
        for part in parts:
            written += len(part)
            if written > FILE_BYTES_MAX:
                break
            digest.update(part)
            file.write(part)
    if 0 < written <= FILE_BYTES_MAX:
        return StoredFile(size_bytes=written, hash=digest.digest())
    remove(import_id)
    raise Refused(FileEmpty() if written == 0 else FileTooLarge(limit_mb=FILE_BYTES_MAX // 1024 // 1024))


def remove(import_id: UUID) -> None:
    """Delete everything of one import from the disk."""
    shutil.rmtree(folder_of(import_id), ignore_errors=True)
