"""The data folder: made once by initdb, whole or not at all."""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regulars.platform.embedded.accounts import Account
from regulars.platform.embedded.errors import DifferentMajor, EmbeddedError
from regulars.platform.embedded.urls import SUPERUSER

INITDB_SECONDS = 300
# Part-of-name search needs to know letters beyond ASCII; the first of these that the machine has decides what a letter is.
CHARACTER_LOCALES = ("C.UTF-8", "en_US.UTF-8")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def check_major(data: Path, *, major: str, can_upgrade: bool) -> None:
    """Raises DifferentMajor when `data` belongs to another major version; touches nothing."""
    found = major_of(data)
    if found != major:
        raise DifferentMajor(data=str(data), found=found, expected=major, can_upgrade=can_upgrade)


def major_of(data: Path) -> str:
    """The major version of PostgreSQL that wrote the data folder."""
    return (data / "PG_VERSION").read_text().strip()


def make_cluster(data: Path, *, account: Account, password: str, durable: bool) -> None:
    """Make the data folder. A kill in the middle leaves nothing that a later start would take for a finished one."""
    unfinished = data.with_name(f"{data.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    account.give(unfinished)
    with seen_by(account, unfinished) as (seen, keep), _password_file(account, password) as pwfile:
        command = [
            *account.prefix,
            str(account.binaries.program("initdb")),
            f"--pgdata={seen}",
            f"--username={SUPERUSER}",
            f"--pwfile={pwfile}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            f"--lc-ctype={_character_locale()}",
            *(() if durable else ("--no-sync",)),
        ]
        done = subprocess.run(
            command,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
            pass_fds=keep,
            cwd="/",
            timeout=INITDB_SECONDS,
            user=account.uid,
            group=account.gid,
            extra_groups=[] if account.is_other else None,
        )
    if done.returncode != 0:
        raise EmbeddedError(
            f"PostgreSQL could not make its data folder {data}: {done.stderr.strip() or done.stdout.strip()}"
        )
    unfinished.rename(data)


@contextmanager
def seen_by(account: Account, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The path by which the account reaches `folder`, and the descriptors its programs must inherit for that.

    Another account cannot walk through a closed folder above (root's home), but it may use a descriptor that root opened for it.
    """
    if not account.is_other:
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


@contextmanager
def _password_file(account: Account, password: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="regulars-"))
    try:
        path = folder / "password"
        path.touch(mode=0o600)
        path.write_text(password)
        account.give(folder)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _character_locale() -> str:
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in CHARACTER_LOCALES:
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
