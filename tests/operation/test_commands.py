"""The command line itself: what it lists, what it refuses, and that its answers are sentences."""

import subprocess
from pathlib import Path

import pytest

from regulars.platform.embedded import EmbeddedServer
from regulars.platform.embedded.binaries import find_binaries
from regulars.project.cli import HIDDEN, find_commands
from tests.operation.tree import environment, regulars


def test_help_names_every_command_with_its_sentence(tmp_path: Path) -> None:
    answer = regulars("--help", env=environment(tmp_path / "home"))
    assert answer.returncode == 0
    for name in set(find_commands()) - HIDDEN - {"up"}:
        line = next(line for line in answer.stdout.splitlines() if line.startswith(f"./run {name} "))
        assert line.endswith("."), line
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(find_commands()) - {"up"}))
def test_every_command_explains_itself_without_a_database(tmp_path: Path, name: str) -> None:
    answer = regulars(name, "--help", env=environment(tmp_path / "home"))
    assert answer.returncode == 0, answer.stderr
    assert f"./run {name}" in answer.stdout
    assert not (tmp_path / "home" / "postgres").exists()


def test_an_unknown_command_is_a_sentence(tmp_path: Path) -> None:
    answer = regulars("mak-chain", env=environment(tmp_path / "home"))
    assert answer.returncode == 2
    assert answer.stderr.startswith("There is no command 'mak-chain'.")


@pytest.mark.slow
@pytest.mark.durable
def test_what_database_setup_prints_is_all_that_an_outside_database_needs(tmp_path: Path) -> None:
    env = environment(tmp_path / "home")
    names = ("--database", "second", "--owner", "second_owner", "--app", "second-app")
    script = regulars("database-setup", *names, env=env).stdout
    with EmbeddedServer(home=tmp_path / "server", durable=False, shared_buffers="32MB") as server:
        psql = [
            str(find_binaries().program("psql")),
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            server.superuser_url,
        ]
        done = subprocess.run(psql, input=script, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        query = server.app_url.partition("?")[2]
        urls = {
            "DATABASE_OWNER_URL": f"postgresql://second_owner:OWNER-PASSWORD@/second?{query}",
            "DATABASE_URL": f"postgresql://second-app:APP-PASSWORD@/second?{query}",
        }
        (tmp_path / "home").mkdir()
        prepared = regulars("prepare", env={**env, **urls})
        assert prepared.returncode == 0, prepared.stderr
        assert (tmp_path / "home" / "first-run.json").exists()
