"""Under which account PostgreSQL runs: it refuses root, and initdb refuses an account without a name.

Three ways, the first that works: as ourselves; as ourselves inside a user namespace where we have another name (files stay ours outside);
and, for root where namespaces are forbidden, as a dedicated account that gets the data and reads the programs from a copy.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from regulars.platform.embedded.binaries import Binaries, copy_for_other_accounts
from regulars.platform.embedded.errors import EmbeddedError

# A machine's administrator may make an account of this name; else the one for PostgreSQL, else the one for nobody in particular.
ACCOUNT_NAMES = ("regulars", "postgres", "nobody")
PROBE_SECONDS = 20
NAMELESS = (
    "The account with number {uid} has no name on this machine, and user namespaces, which could lend it one, are not allowed. "
    "Add the account to /etc/passwd, or set DATABASE_URL and DATABASE_OWNER_URL to an outside PostgreSQL."
)
NO_ACCOUNT = (
    "PostgreSQL refuses to run as root, and this machine has no other account and allows no user namespaces. "
    "Run as another user, or set DATABASE_URL and DATABASE_OWNER_URL to an outside PostgreSQL."
)


@dataclass(frozen=True, slots=True)
class Account:
    """How a PostgreSQL program is started: a prefix for the command, or a change of account."""

    binaries: Binaries
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    @property
    def is_other(self) -> bool:
        """Whether files for PostgreSQL must be given away, and paths under closed folders do not work."""
        return self.uid is not None

    def give(self, path: Path) -> None:
        """Make the account the owner of `path` and everything below it."""
        if self.uid is None or self.gid is None:
            return
        os.chown(path, self.uid, self.gid)
        for folder, names, files in os.walk(path):
            for name in (*names, *files):
                os.chown(Path(folder, name), self.uid, self.gid, follow_symlinks=False)


def choose_account(binaries: Binaries, *, data: Path, allow_namespace: bool = True) -> Account:
    """The account for the data in `data`, which may not exist yet. Raises EmbeddedError where no way is left."""
    uid = os.geteuid()
    if uid != 0 and _has_name(uid):
        return Account(binaries=binaries)
    given_away = data.exists() and data.stat().st_uid != uid
    if allow_namespace and not given_away:
        prefix = _namespace_prefix()
        if prefix and _works(prefix, binaries=binaries, home=data.parent):
            return Account(binaries=binaries, prefix=prefix)
    if uid != 0:
        raise EmbeddedError(NAMELESS.format(uid=uid))
    other = pwd.getpwuid(data.stat().st_uid) if given_away else _dedicated()
    return Account(binaries=copy_for_other_accounts(binaries), uid=other.pw_uid, gid=other.pw_gid)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _namespace_prefix() -> tuple[str, ...]:
    unshare = shutil.which("unshare")
    named = next((entry for entry in pwd.getpwall() if entry.pw_uid == 65534), None)
    named = named or next((entry for entry in pwd.getpwall() if entry.pw_uid != 0), None)
    if unshare is None or named is None:
        return ()
    return (unshare, "--user", f"--map-user={named.pw_uid}", f"--map-group={named.pw_gid}", "--")


def _works(prefix: tuple[str, ...], *, binaries: Binaries, home: Path) -> bool:
    # Root loses its right to read everything inside the namespace, so the folders may be closed even where namespaces are open.
    closed = f"import os, sys; sys.exit(not os.access({str(home)!r}, os.R_OK | os.W_OK | os.X_OK))"
    for command in ([str(binaries.program("postgres")), "--version"], [sys.executable, "-I", "-S", "-c", closed]):
        try:
            subprocess.run([*prefix, *command], capture_output=True, check=True, timeout=PROBE_SECONDS)
        except (OSError, subprocess.SubprocessError):
            return False
    return True


def _dedicated() -> pwd.struct_passwd:
    for name in ACCOUNT_NAMES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return found
    raise EmbeddedError(NO_ACCOUNT)
