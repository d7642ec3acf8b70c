"""Making a backup: one picture of the database, then the files, the secret keys wrapped."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from regulars.project.backup import archive, keys
from regulars.project.backup.errors import BackupError
from regulars.project.backup.programs import Programs, address_of, choose_programs
from regulars.project.backup.rights import read_rights

FOLDERS: Final = ("files", "media")
SECRETS: Final = "secrets"
OWN_TO_THE_SERVER: Final = "postgres-"
NOTES: Final = ("first-run.json",)
SEAL_LOG: Final = "seals.log"
DUMP_ARGUMENTS: Final = (
    "--format=custom",
    "--no-owner",
    "--no-privileges",
    "--no-comments",
    # Rows of spreadsheets on their way in: a restored import reads its file again.
    "--exclude-table=staging.*",
    "--lock-wait-timeout=60s",
)


def save_backup(
    target: Path,
    *,
    home: Path,
    owner_url: str,
    app_url: str,
    given_secrets: dict[str, str],
    passphrase: str,
    version: str,
    now: datetime,
    tell: archive.Tell,
) -> int:
    """Write a backup of the installation and return its length. Raises BackupError; then there is no file.

    `given_secrets` are those in use, wherever they come from; they win over the files in the home.
    """
    if target.exists():
        raise BackupError(f"{target} exists already; choose another name.")
    if not target.parent.is_dir():
        raise BackupError(f"There is no folder {target.parent}.")
    # Before the dump: a seal noted after it would look like one that somebody took away.
    seal_log = _read(home / SEAL_LOG)
    with psycopg.connect(owner_url) as owner:
        major = owner.info.server_version // 10_000
        app_role = conninfo_to_dict(app_url).get("user")
        manifest: dict[str, Any] = {
            "format": archive.FORMAT,
            "version": version,
            "made_at": now.isoformat(timespec="seconds"),
            "server_major": major,
            "migrations": [
                list(found) for found in owner.execute("SELECT app, name FROM django_migrations ORDER BY id")
            ],
            "rights": read_rights(owner, app_role=str(app_role)),
        }
    programs = choose_programs(major)
    manifest["dump_major"] = programs.major
    manifest["keys"], wrapping = keys.wrap(_secrets(home) | given_secrets, passphrase)
    try:
        with archive.writing(target, tell=tell) as writer:
            writer.add(archive.MANIFEST, [_json(manifest)])
            with _dump(programs, owner_url) as parts:
                writer.add(archive.DUMP, parts)
            for path, name in _files(home):
                with path.open("rb") as file:
                    writer.add(name, _parts(file))
            if seal_log:
                writer.add(f"{archive.HOME}{SEAL_LOG}", [seal_log])
            writer.close(wrapping)
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error.strerror or error}.") from error
    return target.stat().st_size


def write_dump(programs: Programs, owner_url: str, target: Path) -> None:
    """Write the database alone into a file that `run_restore` reads. Raises BackupError."""
    with _dump(programs, owner_url) as parts, target.open("wb") as file:
        for part in parts:
            file.write(part)


@contextmanager
def _dump(programs: Programs, owner_url: str) -> Iterator[Iterator[bytes]]:
    address, environment = address_of(owner_url)
    command = programs.command("pg_dump", *DUMP_ARGUMENTS, f"--dbname={address}")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        try:
            yield _parts(process.stdout)
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace").strip()
        if process.wait() != 0:
            raise BackupError(f"The database could not be dumped: {said}")


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    while part := file.read(archive.PART_BYTES):
        yield part


def _files(home: Path) -> Iterator[tuple[Path, str]]:
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield path, f"{archive.HOME}{path.relative_to(home).as_posix()}"


def _secrets(home: Path) -> dict[str, str]:
    found = {}
    for path in [*sorted((home / SECRETS).glob("*")), *(home / name for name in NOTES)]:
        name = path.relative_to(home).as_posix()
        is_ours = not path.name.startswith((OWN_TO_THE_SERVER, "."))
        if path.is_file() and is_ours:
            found[name] = path.read_text(encoding="utf-8")
    return found


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
