"""Backup and restore: everything comes back, or nothing does."""

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest

from regulars.platform.embedded import EmbeddedServer
from regulars.project.backup import keys
from regulars.project.backup.errors import Damaged, WrongPassphrase
from tests.operation.tree import ROOT, environment, regulars

pytestmark = [pytest.mark.slow, pytest.mark.durable]

PASSPHRASE = "four plain English words"


def environ(home: Path, **more: str) -> dict[str, str]:
    return environment(home, REGULARS_BACKUP_PASSPHRASE=PASSPHRASE, **more)


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A backup of an installation with one card that has a balance, and the card's link."""
    folder = tmp_path_factory.mktemp("backup")
    home = folder / "home"
    home.mkdir()
    made = folder / "made.json"
    (home / "files" / "imports" / "abc").mkdir(parents=True)
    (home / "files" / "imports" / "abc" / "source").write_bytes(b"phone\n1" * 1000)
    script = f"""
from regulars.project.home import open_database, home_folder
with open_database(home_folder()):
    import django
    django.setup()
    from django.core.management import call_command
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    import json
    from tests.ledger_kit import dispatcher, open_counter
    counter = open_counter()
    card = counter.issue("+4915123456789")
    counter.adjust(card, "12.50")
    dispatcher().make_round()
    open({str(made)!r}, "w").write(json.dumps({{"link": card.link}}))
"""
    env = environ(home, DJANGO_SETTINGS_MODULE="regulars.project.settings")
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    file = folder / "shop.backup"
    done = regulars("backup", str(file), env=env)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    return file, json.loads(made.read_text())["link"]


def test_a_backup_comes_back_with_its_ledger_rights_files_and_links(backup: tuple[Path, str], tmp_path: Path) -> None:
    file, link = backup
    home = tmp_path / "new" / "home"
    done = regulars("restore", str(file), env=environ(home))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "promises hold" in done.stdout
    assert not home.with_name("home.restoring").exists()
    assert (home / "files/imports/abc/source").read_bytes() == b"phone\n1" * 1000
    assert (home / "secrets" / "link-key").stat().st_mode & 0o777 == 0o600
    verified = regulars("verify", env=environ(home))
    assert verified.returncode == 0, verified.stdout + verified.stderr
    probe = f"""
from regulars.project.home import open_database, home_folder
with open_database(home_folder()):
    import django
    django.setup()
    from django.test import Client
    answer = Client().get("/" + {link!r}.split("/", 3)[3])
    print(answer.status_code)
    from django.db import connection
    with connection.cursor() as cursor:
        for right in ("UPDATE", "DELETE", "INSERT"):
            cursor.execute("SELECT has_table_privilege('entries', %s)", [right])
            print(right, cursor.fetchone()[0])
        cursor.execute("SELECT count(*) FROM cards")
        print("cards seen outside a chain", cursor.fetchone()[0])
"""
    # `up` would collect the static files first; this is about the link.
    env = environ(home, DJANGO_SETTINGS_MODULE="regulars.project.settings", REGULARS_DEBUG="1")
    seen = subprocess.run([sys.executable, "-c", probe], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert seen.stdout.splitlines() == [
        "200",
        "UPDATE False",
        "DELETE False",
        "INSERT True",
        "cards seen outside a chain 0",
    ], seen.stderr


def test_a_wrong_passphrase_opens_nothing(backup: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = regulars("restore", str(backup[0]), env={**environ(home), keys.VARIABLE: "another passphrase"})
    assert done.returncode == 1
    assert "not the passphrase" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "taken", "text"])
def test_a_damaged_file_is_refused_before_anything_happens(
    backup: tuple[Path, str], tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "damaged"
    raw = bytearray(backup[0].read_bytes())
    if damage == "cut":
        raw = raw[: len(raw) // 2]
    elif damage == "flipped":
        raw[len(raw) // 2] ^= 1
    elif damage == "text":
        raw = bytearray(b"not a backup")
    file.write_bytes(raw)
    if damage in ("other", "taken"):
        with zipfile.ZipFile(backup[0]) as old, zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                if name.startswith("home/files"):
                    if damage == "other":
                        new.writestr(name, b"something else")
                    continue
                new.writestr(name, old.read(name))
    home = tmp_path / "home"
    done = regulars("restore", str(file), env=environ(home))
    assert done.returncode == 1, done.stdout
    assert "not a whole backup" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["damaged"]


def test_a_home_that_holds_something_is_left_alone(backup: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("mine")
    done = regulars("restore", str(backup[0]), env=environ(tmp_path))
    assert done.returncode == 1
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_an_interrupted_restore_leaves_nothing_half_done(
    backup: tuple[Path, str], tmp_path: Path, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "regulars", "restore", str(backup[0])]
    with subprocess.Popen(command, env=environ(home), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Filling"):
                break
        process.send_signal(number)
        process.wait(60)
    assert process.returncode != 0
    assert not home.exists()
    if number == signal.SIGTERM:
        assert list(tmp_path.iterdir()) == []
    done = regulars("restore", str(backup[0]), env=environ(home))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_an_outside_database_is_filled_or_stays_empty(backup: tuple[Path, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    with EmbeddedServer(home=tmp_path / "server", durable=False, shared_buffers="32MB") as server:
        env = environ(home, **server.urls.environment())
        refused = regulars("restore", str(backup[0]), env={**env, "REGULARS_LINK_KEY": "another key"})
        assert refused.returncode == 1
        assert "REGULARS_LINK_KEY" in refused.stderr
        broken = {**env, "DATABASE_URL": server.urls.owner}
        done = regulars("restore", str(backup[0]), env=broken)
        assert done.returncode == 1, done.stdout
        assert not home.exists()
        with psycopg.connect(server.owner_url) as owner:
            found = owner.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert found == (0,)
        done = regulars("restore", str(backup[0]), env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        again = regulars("restore", str(backup[0]), env=environ(tmp_path / "second", **server.urls.environment()))
        assert again.returncode == 1
        assert "is not empty" in again.stderr


def test_a_backup_never_overwrites(backup: tuple[Path, str], tmp_path: Path) -> None:
    done = regulars("backup", str(backup[0]), env=environ(tmp_path / "home"))
    assert done.returncode == 1
    assert "exists already" in done.stderr


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    env = {**environ(tmp_path / "home"), keys.VARIABLE: "short"}
    done = regulars("backup", str(tmp_path / "file"), env=env)
    assert done.returncode == 1
    assert "at least 8" in done.stderr
    assert not (tmp_path / "file").exists()


def test_keys_open_with_their_passphrase_only() -> None:
    kept, wrapping = keys.wrap({"secrets/link-key": "abc"}, PASSPHRASE)
    found, again = keys.unwrap(json.loads(json.dumps(kept)), PASSPHRASE)
    assert found == {"secrets/link-key": "abc"}
    assert wrapping == again
    assert "abc" not in json.dumps(kept)
    with pytest.raises(WrongPassphrase):
        keys.unwrap(kept, PASSPHRASE + "x")
    with pytest.raises(Damaged):
        keys.unwrap({**kept, "n": 2**40}, PASSPHRASE)
    with pytest.raises(Damaged):
        keys.unwrap({}, PASSPHRASE)
