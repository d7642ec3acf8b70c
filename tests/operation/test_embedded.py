"""The embedded server: first start, later starts, and every state in which it may find its home."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from regulars.platform.embedded import DifferentMajor, EmbeddedError, EmbeddedServer, HomeBusy, running_urls
from regulars.platform.embedded.server import memory_bytes, memory_settings
from tests.operation.tree import END_SECONDS_MAX, is_alive, kill, parent_of, processes_of, wait_for

HOLDER = """
import sys, time
from pathlib import Path
from regulars.platform.embedded import EmbeddedServer
with EmbeddedServer(home=Path(sys.argv[1]), durable=True, shared_buffers="16MB") as server:
    print("ready", flush=True)
    time.sleep(600)
"""


def small(home: Path, *, allow_namespace: bool = True) -> EmbeddedServer:
    return EmbeddedServer(home=home, durable=False, shared_buffers="16MB", allow_namespace=allow_namespace)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_what_was_written_is_there_after_the_next_start(tmp_path: Path) -> None:
    with small(tmp_path) as server, psycopg.connect(server.owner_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with small(tmp_path) as server:
        assert ask(server.app_url, "SELECT current_user::text") == "regulars_app"
        assert ask(server.owner_url, "SELECT number FROM kept") == 7
    assert processes_of(tmp_path) == {}


def test_the_server_takes_its_share_of_the_memory(tmp_path: Path) -> None:
    gigabyte = 2**30
    for memory, share in ((gigabyte // 2, "128MB"), (4 * gigabyte, "512MB"), (512 * gigabyte, "4096MB")):
        assert f"shared_buffers={share}" in memory_settings(memory)
    assert memory_bytes() > gigabyte // 4
    with EmbeddedServer(home=tmp_path, durable=False, settings=("work_mem=5MB",)) as server:
        wanted = dict(setting.split("=") for setting in memory_settings(memory_bytes()))
        for name, value in {**wanted, "work_mem": "5MB"}.items():
            same = f"pg_size_bytes(current_setting('{name}')) = pg_size_bytes('{value}')"
            if not value.endswith("MB"):
                same = f"current_setting('{name}')::numeric = {value}"
            assert ask(server.app_url, f"SELECT {same}") is True, name


def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    with small(tmp_path) as server:
        wrong = server.app_url.replace("regulars_app:", "regulars_app:wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(wrong, "SELECT 1")


def test_letters_of_every_script_are_letters(tmp_path: Path) -> None:
    with small(tmp_path) as server:
        assert ask(server.app_url, "SELECT lower('ПРИВЕТ ÀÉ')") == "привет àé"
        assert ask(server.app_url, "SELECT cardinality(show_trgm('Иван'))") == 5


def test_one_home_has_one_server_and_others_learn_its_address(tmp_path: Path) -> None:
    assert running_urls(tmp_path) is None
    with small(tmp_path) as server:
        with pytest.raises(HomeBusy, match=str(os.getpid())), small(tmp_path):
            pass
        assert running_urls(tmp_path) == server.urls


@pytest.mark.slow
def test_a_killed_holder_takes_the_server_with_it(tmp_path: Path) -> None:
    holder = start_holder(tmp_path)
    kill(holder.pid)
    holder.wait()
    wait_for(lambda: not processes_of(tmp_path), END_SECONDS_MAX, lambda: processes_of(tmp_path))
    assert running_urls(tmp_path) is None


@pytest.mark.slow
def test_a_server_that_outlived_everybody_is_ended_first(tmp_path: Path) -> None:
    holder = start_holder(tmp_path)
    # By parent: a child of the server that was forked a moment ago still has the server's command line.
    ours = {parent_of(pid): pid for pid, command in processes_of(tmp_path).items() if " -D " in command}
    minder = ours[holder.pid]
    postmaster = ours[minder]
    # Stopped, so that neither can react to the death of the one above it.
    for pid in (minder, postmaster):
        os.kill(pid, signal.SIGSTOP)
    kill(holder.pid)
    holder.wait()
    kill(minder)
    os.kill(postmaster, signal.SIGCONT)
    with small(tmp_path) as server:
        assert not is_alive(postmaster)
        assert ask(server.app_url, "SELECT 1") == 1


def start_holder(home: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == "ready\n"
    return holder


@pytest.mark.parametrize("pid", ["ours", "999999", "", "not a number"])
def test_a_stale_pid_file_is_no_obstacle(tmp_path: Path, pid: str) -> None:
    with small(tmp_path):
        pass
    lines = [
        pid.replace("ours", str(os.getpid())),
        str(tmp_path / "postgres"),
        str(int(time.time())),
        "5432",
        str(tmp_path / "run"),
        "",
        "0 0",
        "ready",
    ]
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    with small(tmp_path) as server:
        assert ask(server.app_url, "SELECT 1") == 1


def test_data_of_another_major_version_is_left_alone(tmp_path: Path) -> None:
    with small(tmp_path):
        pass
    version = tmp_path / "postgres" / "PG_VERSION"
    version.write_text("17\n")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "postgres").rglob("*")}
    with pytest.raises(DifferentMajor, match="backup"), small(tmp_path):
        pass
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "postgres").rglob("*")}


def test_an_initdb_that_was_killed_is_done_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with small(tmp_path) as server:
        assert ask(server.app_url, "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_path_too_long_for_a_socket(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 100) / ("y" * 50)
    with small(home) as server:
        assert ask(server.app_url, "SELECT 1") == 1
        urls = running_urls(home)
        assert urls is not None
        assert ask(urls.owner, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the data to another account")
def test_root_without_namespaces_in_a_closed_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        with small(closed / "home", allow_namespace=False) as server:
            assert ask(server.app_url, "SELECT 1") == 1
            assert (closed / "home" / "postgres").stat().st_uid != 0
        assert processes_of(closed / "home") == {}
    # Data that was given away is used by the same account even where namespaces work again.
    with small(closed / "home") as server:
        assert ask(server.app_url, "SELECT 1") == 1


def test_damaged_data_is_a_sentence_with_the_end_of_the_log(tmp_path: Path) -> None:
    with small(tmp_path):
        pass
    (tmp_path / "postgres" / "global" / "pg_control").unlink()
    with (
        pytest.raises(EmbeddedError, match=r"did not start.*pg_control|could not find the database system"),
        small(tmp_path),
    ):
        pass
    assert processes_of(tmp_path) == {}
