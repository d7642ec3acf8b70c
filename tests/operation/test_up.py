"""The process tree: it starts, stays, stops, and leaves nothing behind however it dies."""

import os
import shutil
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.operation.tree import (
    END_SECONDS_MAX,
    START_SECONDS_MAX,
    Tree,
    environment,
    free_port,
    is_alive,
    kill,
    kill_all,
    parent_of,
    processes_of,
    regulars,
    running,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.durable]


Finder = Callable[[Tree], int | None]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stopped installation, so that not every test waits for its first start."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    answer = regulars("prepare", env=environment(home))
    assert answer.returncode == 0, answer.stderr
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(prepared, tmp_path / "home", ignore=shutil.ignore_patterns("run", "lock", "programs")))


def started_by_supervisor(*words: str) -> Finder:
    """The child of the supervisor whose command line holds all the words."""
    return lambda tree: child_of(tree.process.pid, tree, words)


def started_by_web(tree: Tree) -> int | None:
    web = child_of(tree.process.pid, tree, ("-m regulars web",))
    return None if web is None else child_of(web, tree, ("-m regulars web",))


def started_by_minder(*words: str) -> Finder:
    """The postmaster, or with words one of its children."""

    def find(tree: Tree) -> int | None:
        minder = child_of(tree.process.pid, tree, ("minder.py",))
        postmaster = None if minder is None else child_of(minder, tree, ("bin/postgres -D",))
        return child_of(postmaster, tree, words) if words and postmaster is not None else postmaster

    return find


def child_of(parent: int, tree: Tree, words: tuple[str, ...]) -> int | None:
    found = (pid for pid, command in processes_of(tree.home).items() if all(word in command for word in words))
    return next((pid for pid in found if parent_of(pid) == parent), None)


VICTIMS: dict[str, Finder] = {
    "minder": started_by_supervisor("minder.py"),
    "postmaster": started_by_minder(),
    "checkpointer": started_by_minder("postgres: checkpointer"),
    "web": started_by_supervisor("-m regulars web"),
    "web worker": started_by_web,
    "worker": started_by_supervisor("-m regulars worker"),
    "dispatcher": started_by_supervisor("-m regulars dispatcher"),
}


def test_kill_each_process_and_find_nothing_left_over(home: Path) -> None:
    with running(home) as tree:
        for name, find in VICTIMS.items():
            kill_and_wait_for_another(tree, name, find)
        kill(tree.process.pid)
        tree.process.wait()
        wait_for(lambda: not processes_of(home), END_SECONDS_MAX, lambda: processes_of(home))
    with running(home) as again:
        assert again.end() == 0
        assert processes_of(home) == {}


def kill_and_wait_for_another(tree: Tree, name: str, find: Finder) -> None:
    # One look: what lost its database a moment ago ends by itself, and a second look might find nobody.
    victim = wait_for(lambda: find(tree), START_SECONDS_MAX, lambda: f"no {name}: {tree.said()}")
    assert victim is not None
    kill(victim)
    wait_for(lambda: not is_alive(victim), END_SECONDS_MAX, tree.said)
    wait_for(lambda: find(tree) and tree.get("/readyz") == 200, START_SECONDS_MAX, tree.said)
    assert tree.process.poll() is None, name


def test_one_scrape_tells_of_the_whole_tree_and_not_of_the_dead(home: Path) -> None:
    everybody = {"web": 2.0, "worker": 1.0, "dispatcher": 1.0}
    counted = 'regulars_answers_total{method="GET",route="healthz",status="200"}'
    with running(home) as tree:
        wait_for(lambda: living(tree) == everybody, START_SECONDS_MAX, lambda: living(tree))
        before = tree.figures()[counted]
        assert [tree.get("/healthz") for _ in range(60)] == [200] * 60
        # Whichever worker answers, it tells of the other's answers too.
        assert {tree.figures()[counted] - before for _ in range(20)} == {60.0}
        files = {path.name.rpartition("_")[2] for path in (home / "figures").glob("counter_*.db")}
        assert len(files) >= 4
        victim = started_by_web(tree)
        assert victim is not None
        kill(victim)
        wait_for(lambda: not is_alive(victim), END_SECONDS_MAX, tree.said)
        wait_for(lambda: living(tree) == everybody, START_SECONDS_MAX, lambda: living(tree))
        assert not list((home / "figures").glob(f"gauge_live*_{victim}.db"))
        # What the dead one counted stays counted.
        assert tree.figures()[counted] - before >= 60
        assert tree.end() == 0
    with running(home) as again:
        assert again.figures()[counted] < 60
        assert again.end() == 0


def living(tree: Tree) -> dict[str, float]:
    """The living processes by their kind, as a scrape tells them; nothing while nobody answers."""
    try:
        figures = tree.figures()
    except OSError:
        return {}
    return {kind: figures.get(f'regulars_processes{{kind="{kind}"}}', 0.0) for kind in ("web", "worker", "dispatcher")}


def test_everything_killed_at_once_starts_again(home: Path) -> None:
    with running(home) as tree:
        kill_all(home)
        tree.process.wait()
    assert (home / "postgres" / "postmaster.pid").exists()
    with running(home) as again:
        assert again.get("/readyz") == 200
        assert again.end(signal.SIGINT) == 0
        assert processes_of(home) == {}


def test_started_twice_the_second_says_where_the_first_is(home: Path) -> None:
    with running(home) as tree:
        second = regulars("up", env=environment(home, REGULARS_PORT=str(free_port())))
        assert second.returncode == 0
        assert f"already running at {tree.url}" in second.stdout
        assert tree.get("/healthz") == 200
        # A command meanwhile uses the running database.
        assert regulars("prepare", env=environment(home)).returncode == 0
        assert tree.end() == 0


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = regulars("up", env=environment(tmp_path / "home", REGULARS_PORT=str(port)))
    assert answer.returncode == 1
    assert f"Port {port} cannot be used" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("port", ["0", "70000", "http", "٣", "-1", "8000 "])
def test_a_port_that_is_none_is_one_sentence(tmp_path: Path, port: str) -> None:
    answer = regulars("up", env=environment(tmp_path / "home", REGULARS_PORT=port))
    assert answer.returncode == 1
    assert "REGULARS_PORT must be a whole number" in answer.stderr
    assert not (tmp_path / "home").exists()


def test_half_an_outside_database_is_refused(tmp_path: Path) -> None:
    env = environment(
        tmp_path / "home", REGULARS_PORT=str(free_port()), DATABASE_URL="postgresql://nobody@127.0.0.1:1/x"
    )
    answer = regulars("up", env=env)
    assert answer.returncode == 1
    assert "DATABASE_OWNER_URL" in answer.stderr


def test_an_outside_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/x"
    env = environment(
        tmp_path / "home",
        REGULARS_PORT=str(free_port()),
        DATABASE_URL=url,
        DATABASE_OWNER_URL=url,
        PGCONNECT_TIMEOUT="3",
    )
    answer = regulars("up", env=env)
    assert answer.returncode == 1
    assert "The database does not answer" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_home_is_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as tree:
        assert tree.end() == 0
    for folder, names, files in os.walk(home / "secrets"):
        for name in (*names, *files):
            assert stat.S_IMODE(Path(folder, name).stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
