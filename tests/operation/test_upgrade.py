"""A new major version of PostgreSQL: everything comes over, proved, or nothing is changed; at whatever moment it is killed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from regulars.platform.embedded import EmbeddedServer, server
from regulars.platform.embedded.accounts import choose_account
from regulars.platform.embedded.binaries import WHEEL, Binaries
from regulars.platform.embedded.cluster import ENVIRONMENT
from regulars.platform.embedded.home import secret
from regulars.platform.embedded.upgrade import BUILDING, kept_programs
from tests.operation.tree import (
    END_SECONDS_MAX,
    ROOT,
    START_SECONDS_MAX,
    Tree,
    environment,
    free_port,
    kill,
    processes_of,
    regulars,
    running,
    wait_for,
)

OLD_MAJOR = "15"
OLD_PROGRAMS = Path(f"/usr/lib/postgresql/{OLD_MAJOR}/bin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.durable,
    pytest.mark.skipif(
        not (OLD_PROGRAMS / "initdb").exists(), reason=f"PostgreSQL {OLD_MAJOR} is not installed in {OLD_PROGRAMS}"
    ),
]
FILL = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", database="owner", interactive=False, verbosity=0)
import json, sys
from tests.ledger_kit import dispatcher, open_counter
counter = open_counter()
card = counter.issue("+4915123456789")
counter.adjust(card, "12.50")
dispatcher().make_round()
print(json.dumps({"link": card.link}))
"""


def old_programs(folder: Path) -> Binaries:
    """Debian's programs, laid out as our package is."""
    (folder / WHEEL / "pginstall").mkdir(parents=True)
    (folder / WHEEL / "pginstall" / "bin").symlink_to(OLD_PROGRAMS)
    return Binaries(root=folder)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home as a release with PostgreSQL 15 would have left it, with one card that has a balance, and the card's link."""
    folder = tmp_path_factory.mktemp("old")
    home, binaries = folder / "home", old_programs(folder / "programs")
    home.mkdir(mode=0o700)
    account = choose_account(binaries, data=home / "postgres")
    (folder / "password").write_text(secret(home, "postgres-superuser"))
    subprocess.run(
        [
            *account.prefix,
            *(str(binaries.program("initdb")), f"--pgdata={home / 'postgres'}", "--username=postgres"),
            *(f"--pwfile={folder / 'password'}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
        ],
        env=ENVIRONMENT,
        cwd="/",
        check=True,
        capture_output=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "find_binaries", lambda: binaries)
        with EmbeddedServer(home=home, shared_buffers="32MB") as running_old:
            env = environment(
                home, DJANGO_SETTINGS_MODULE="regulars.project.settings", **running_old.urls.environment()
            )
            done = subprocess.run(
                [sys.executable, "-c", FILL], env=env, cwd=ROOT, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout)["link"]


@pytest.fixture
def home(old: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(old[0], tmp_path / "home", symlinks=True, ignore=shutil.ignore_patterns("run", "lock")))


def major(data: Path) -> str:
    return (data / "PG_VERSION").read_text().strip()


# When a kill comes: while the old data is dumped, while the new database is filled, while the ledger is proved.
MOMENTS: dict[str, Callable[[Path], object]] = {
    "dump": lambda home: (home / BUILDING).exists(),
    "fill": lambda home: (home / BUILDING / "postgres" / "postmaster.pid").exists(),
    "proof": lambda home: any("prove-upgrade" in command for command in processes_of(home).values()),
}


def start_and_kill(home: Path, moment: Callable[[Path], object]) -> None:
    tree = Tree(home, port=free_port())
    try:
        wait_for(lambda: moment(home) or tree.process.poll() is not None, START_SECONDS_MAX, tree.said)
        assert tree.process.poll() is None, tree.said()
        kill(tree.process.pid)
        tree.process.wait()
        wait_for(lambda: not processes_of(home), END_SECONDS_MAX, lambda: processes_of(home))
    finally:
        os.close(tree.alive)


def test_killed_at_each_moment_and_then_brought_over(old: tuple[Path, str], home: Path) -> None:
    for moment, is_now in MOMENTS.items():
        start_and_kill(home, is_now)
        assert major(home / "postgres") == OLD_MAJOR, moment
        assert list(home.glob("postgres-*")) == [], moment
    told = regulars("verify", env=environment(home))
    assert told.returncode == 1
    assert "Start ./run once: it brings the data over" in told.stderr
    with running(home) as tree:
        assert "Bringing the data over from PostgreSQL 15 to" in tree.said()
        assert "BROKEN" not in tree.output.read_text()
        assert tree.get("/" + old[1].split("/", 3)[3]) == 200
        assert tree.end() == 0
    assert major(home / "postgres") != OLD_MAJOR
    assert major(home / "postgres-15") == OLD_MAJOR
    assert not (home / BUILDING).exists()
    assert kept_programs(home, major(home / "postgres")) is not None
    proved = regulars("verify", "--json", env=environment(home))
    assert json.loads(proved.stdout.splitlines()[-1])["sound"]
    with EmbeddedServer(home=home) as again, psycopg.connect(again.superuser_url) as connection:
        assert connection.execute("SELECT max(balance) FROM accounts").fetchone() == (1250,)


def test_a_ledger_that_does_not_hold_is_not_brought_over(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "find_binaries", lambda: kept_programs(home, OLD_MAJOR))
        with EmbeddedServer(home=home) as broken, psycopg.connect(broken.superuser_url) as connection:
            connection.execute("UPDATE accounts SET balance = balance + 1")
    answer = regulars("up", env=environment(home, REGULARS_PORT=str(free_port())))
    assert answer.returncode == 1
    assert "BROKEN The entries of a card" in answer.stdout
    assert "Nothing was changed" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert major(home / "postgres") == OLD_MAJOR
    assert not (home / BUILDING).exists()
    assert processes_of(home) == {}


def test_data_is_read_only_while_it_is_brought_over(home: Path) -> None:
    programs = kept_programs(home, OLD_MAJOR)
    assert programs is not None
    with (
        EmbeddedServer(home=home, binaries=programs) as once_more,
        psycopg.connect(once_more.owner_url) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("DELETE FROM chains")
