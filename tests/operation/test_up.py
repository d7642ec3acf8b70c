"""The process tree: it starts, stays, stops, and leaves nothing behind however it dies."""

import os
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
    processes_of,
    regulars,
    running,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.durable]


def only_supervisor_of(tree: Tree) -> int:
    return tree.process.pid


def found_by(*words: str) -> Callable[[Tree], int]:
    """The oldest process of the tree whose command line holds all the words."""

    def find(tree: Tree) -> int:
        return min(pid for pid, command in processes_of(tree.home).items() if all(word in command for word in words))

    return find


def web_worker(tree: Tree) -> int:
    return max(pid for pid, command in processes_of(tree.home).items() if command.rstrip().endswith("-m regulars web"))


VICTIMS = {
    "minder": found_by("minder.py"),
    "postmaster": found_by("bin/postgres -D"),
    "checkpointer": found_by("postgres: checkpointer"),
    "web": found_by("-m regulars web"),
    "web worker": web_worker,
}


def test_kill_each_process_and_find_nothing_left_over(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as tree:
        for name, find in VICTIMS.items():
            victim = find(tree)
            kill(victim)
            wait_for(lambda pid=victim: not is_alive(pid), 10, tree.said)
            wait_for(lambda find=find, victim=victim: came_back(tree, find, victim), START_SECONDS_MAX, tree.said)
            assert tree.process.poll() is None, name
        kill(only_supervisor_of(tree))
        tree.process.wait()
        wait_for(lambda: not processes_of(home), END_SECONDS_MAX, lambda: processes_of(home))
    with running(home) as again:
        assert again.end() == 0
        assert processes_of(home) == {}


def came_back(tree: Tree, find: Callable[[Tree], int], victim: int) -> bool:
    try:
        replacement = find(tree)
    except ValueError:
        return False
    return replacement != victim and tree.get("/readyz") == 200


def test_everything_killed_at_once_starts_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as tree:
        for pid in processes_of(home):
            kill(pid)
        tree.process.wait()
    assert (home / "postgres" / "postmaster.pid").exists()
    with running(home) as again:
        assert again.get("/readyz") == 200
        assert again.end(signal.SIGINT) == 0
        assert processes_of(home) == {}


def test_started_twice_the_second_says_where_the_first_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
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
