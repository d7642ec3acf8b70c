"""Bringing a backup back: built beside the home, proved, and only then put in its place.

A restore that is interrupted, at whatever instant, leaves no home; the next one clears away what it had begun.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from regulars.platform.embedded import EmbeddedServer, HomeLock, lock_home
from regulars.platform.embedded.leftovers import end_leftovers
from regulars.project.backup import archive, keys
from regulars.project.backup.errors import BackupError, Damaged
from regulars.project.backup.programs import Programs, address_of, choose_programs
from regulars.project.backup.proof import Say
from regulars.project.backup.rights import rights_script

LOCK: Final = "lock"
UNFINISHED: Final = ".restoring"
LEFT_OUT: Final = (" EXTENSION ", " COMMENT - EXTENSION ", " SCHEMA - public ")

OBJECTS: Final = """
SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
LIMIT 1
"""
EMPTY: Final = """
DO $do$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT nspname FROM pg_namespace
        WHERE nspowner = current_user::regrole AND nspname <> 'public' AND nspname NOT LIKE 'pg\\_%%' LOOP
        EXECUTE format('DROP SCHEMA %%I CASCADE', one.nspname);
    END LOOP;
    FOR one IN SELECT c.relname, c.relkind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = current_user::regrole AND NOT c.relispartition
            AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
            -- What belongs to a table goes with it; a sequence of its own goes last.
            ORDER BY c.relkind = 'S' LOOP
        EXECUTE format('DROP %%s IF EXISTS public.%%I CASCADE',
            CASE one.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, one.relname);
    END LOOP;
    FOR one IN SELECT p.oid::regprocedure::text AS name FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proowner = current_user::regrole
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') LOOP
        EXECUTE format('DROP ROUTINE IF EXISTS %%s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT format_type(t.oid, NULL) AS name FROM pg_type t
        WHERE t.typnamespace = 'public'::regnamespace AND t.typowner = current_user::regrole
            AND (t.typtype IN ('e', 'd') OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') LOOP
        EXECUTE format('DROP TYPE IF EXISTS %%s CASCADE', one.name);
    END LOOP;
END $do$
"""

Prove = Callable[[Path], None]
"""Brings the tables up to this release and proves the ledger, in the home that was built. Raises BackupError."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup goes: an empty home, and an outside database where the environment names one."""

    home: Path
    app_url: str = ""
    owner_url: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether the database is an outside one."""
        return bool(self.app_url)

    @property
    def unfinished(self) -> Path:
        """The folder in which the home is built."""
        return self.home.with_name(f"{self.home.name}{UNFINISHED}")


def bring_back(source: Path, target: Target, *, passphrase: str, prove: Prove, say: Say, tell: archive.Tell) -> None:
    """Make the installation that a backup holds. Raises BackupError, EmbeddedError; then there is nothing new.

    The file is read to its end and proved whole before anything else happens.
    """
    refuse_used(target)
    with archive.reading(source) as backup:
        manifest = backup.note(archive.MANIFEST)
        if manifest.get("format") != archive.FORMAT:
            raise BackupError("This backup was made by a release with another format; use that release to restore it.")
        secrets, wrapping = keys.unwrap(manifest.get("keys") or {}, passphrase)
        say("Checking the file …")
        backup.check(wrapping, tell=tell)
        refuse_other_keys(secrets)
        with building(target) as lock:
            say("Writing files and keys …")
            write_home(backup, secrets, target.unfinished, tell=tell)
            with ExitStack() as stack:
                fill_database(backup, manifest, target, lock=lock, stack=stack, say=say, tell=tell)
                prove(target.unfinished)
            put_in_place(target)


def refuse_used(target: Target) -> None:
    """Raises BackupError where something would be overwritten."""
    if target.home.exists() and (not target.home.is_dir() or any(target.home.iterdir())):
        raise BackupError(f"{target.home} is not empty. Set REGULARS_HOME to a folder that is, or is not there yet.")
    if target.home.is_mount():
        raise BackupError(f"{target.home} is a mount point; set REGULARS_HOME to a folder inside it.")
    if target.is_outside:
        with psycopg.connect(target.owner_url) as owner:
            if owner.execute(OBJECTS.replace("%%", "%")).fetchone():
                raise BackupError(f"The database {owner.info.dbname} is not empty. Restore into a new one.")


def refuse_other_keys(secrets: dict[str, str]) -> None:
    """Raises BackupError where the environment names other keys: cards' links would be dead without a word."""
    for name in ("secret-key", "link-key"):
        variable = "REGULARS_" + name.upper().replace("-", "_")
        given, kept = os.environ.get(variable), secrets.get(f"secrets/{name}", "").strip()
        if given and kept and given != kept:
            raise BackupError(f"{variable} is set, and is not the key of this backup. Take it away and try again.")


@contextmanager
def building(target: Target) -> Iterator[HomeLock]:
    """Hold the folder in which the home is built, empty; whatever ends the block but success removes it."""
    target.home.parent.mkdir(parents=True, exist_ok=True)
    with lock_home(target.unfinished) as lock:
        _clear(target.unfinished)
        try:
            yield lock
        except BaseException:
            _clear(target.unfinished)
            shutil.rmtree(target.unfinished, ignore_errors=True)
            raise


def _clear(folder: Path) -> None:
    end_leftovers(folder / "postgres")
    for path in folder.iterdir():
        if path.name == LOCK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def write_home(backup: archive.Reader, secrets: dict[str, str], home: Path, *, tell: archive.Tell) -> None:
    """Write the files of the home and its secrets, each readable by its owner only."""
    for name in backup.names:
        if name.startswith(archive.HOME):
            backup.extract(name, home / name.removeprefix(archive.HOME), tell=tell)
    for name, text in secrets.items():
        path = home / name
        if not path.resolve().is_relative_to(home.resolve()):
            raise Damaged("one of its keys has a strange name")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")


def fill_database(
    backup: archive.Reader,
    manifest: dict[str, Any],
    target: Target,
    *,
    lock: HomeLock,
    stack: ExitStack,
    say: Say,
    tell: archive.Tell,
) -> None:
    """Have the tables and rows of the backup in the target's database, for as long as the stack is open."""
    if target.is_outside:
        app_url, owner_url = target.app_url, target.owner_url
    else:
        urls = stack.enter_context(EmbeddedServer(home=target.unfinished, lock=lock)).urls
        app_url, owner_url = urls.app, urls.owner
        os.environ.update(urls.environment())
    dump = target.unfinished / archive.DUMP
    backup.extract(archive.DUMP, dump, tell=tell)
    say("Filling the database …")
    with psycopg.connect(owner_url) as owner:
        major = owner.info.server_version // 10_000
    if major < int(manifest["server_major"]):
        raise BackupError(
            f"The backup was made with PostgreSQL {manifest['server_major']}, the target is PostgreSQL {major}. "
            "Restore into that version or a newer one."
        )
    programs = choose_programs(max(major, int(manifest["dump_major"])))
    app_role = str(conninfo_to_dict(app_url).get("user"))
    script = rights_script(manifest["rights"], app_role=app_role)
    if target.is_outside:
        # Filled in one transaction; but what comes after it can fail, and must not leave a database without its home.
        stack.push(lambda kind, value, trace: empty_database(owner_url) if kind else None)
    run_restore(programs, dump, owner_url, then=script)
    dump.unlink()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE")


def run_restore(programs: Programs, dump: Path, owner_url: str, *, then: str) -> None:
    """Run the dump and the statements after it in one transaction. Raises BackupError; then the database is as before."""
    address, environment = address_of(owner_url)
    contents = dump.with_name(f"{dump.name}.list")
    listed = subprocess.run(
        programs.command("pg_restore", "--list", str(dump)), capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        raise Damaged(f"its dump cannot be read ({listed.stderr.strip()})")
    kept = [line for line in listed.stdout.splitlines() if not any(part in line for part in LEFT_OUT)]
    contents.write_text("\n".join(kept) + "\n")
    reading = programs.command(
        "pg_restore", "--no-owner", "--no-privileges", f"--use-list={contents}", "--file=-", str(dump)
    )
    writing = programs.command(
        "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--dbname={address}"
    )
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reader,
        subprocess.Popen(
            writing, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as writer,
    ):
        assert reader.stdout
        assert reader.stderr
        assert writer.stdin
        assert writer.stderr
        try:
            writer.stdin.write(b"BEGIN;\n")
            shutil.copyfileobj(reader.stdout, writer.stdin, archive.PART_BYTES)
            # Only a dump that was read to its end is committed; without COMMIT psql leaves and everything is undone.
            if reader.wait() == 0:
                writer.stdin.write(b"RESET search_path;\n" + then.encode() + b"COMMIT;\n")
            writer.stdin.close()
        except BrokenPipeError:
            reader.kill()
        except BaseException:
            reader.kill()
            writer.kill()
            raise
        said = writer.stderr.read().decode(errors="replace").strip()
        if writer.wait() != 0 or reader.wait() != 0:
            raise BackupError(
                f"The database could not be filled: {said or reader.stderr.read().decode(errors='replace')}"
            )
    contents.unlink()


def empty_database(owner_url: str) -> None:
    """Take away what a restore put into a database that was empty before."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(sql.SQL(EMPTY.replace("%%", "%")))


def put_in_place(target: Target) -> None:
    """Give the built home its name; from here on the installation is there."""
    os.sync()
    (target.unfinished / LOCK).unlink(missing_ok=True)
    target.unfinished.rename(target.home)
