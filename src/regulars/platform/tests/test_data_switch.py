"""Old data and new: the switch between them can be killed between any two steps, and programs are kept for the next one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from regulars.platform.embedded import EmbeddedError
from regulars.platform.embedded.binaries import Binaries, find_binaries
from regulars.platform.embedded.upgrade import (
    can_upgrade,
    finish_switch,
    keep_programs,
    kept_programs,
    switch,
)
from regulars.project.up.upgrade import require_room


def data(folder: Path, major: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text(f"{major}\n")
    return folder


def lies_in(home: Path) -> dict[str, str]:
    return {path.parent.name: path.read_text().strip() for path in home.glob("*/PG_VERSION")}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with old data, and new data beside it that was proved."""
    data(tmp_path / "postgres", "18")
    data(tmp_path / "upgrading" / "postgres", "19")
    return tmp_path


def test_the_new_data_takes_the_place_of_the_old_which_stays(home: Path) -> None:
    assert switch(home) == home / "postgres-18"
    assert lies_in(home) == {"postgres": "19", "postgres-18": "18"}
    assert not (home / "upgrading").exists()


def test_old_data_of_an_earlier_upgrade_is_not_overwritten(home: Path) -> None:
    data(home / "postgres-18", "18")
    assert switch(home) == home / "postgres-18.2"
    assert lies_in(home) == {"postgres": "19", "postgres-18": "18", "postgres-18.2": "18"}


@pytest.mark.parametrize("steps", range(4))
def test_a_switch_that_was_killed_is_finished(home: Path, steps: int) -> None:
    kills: list[Callable[[], object]] = [
        lambda: (home / "upgrading" / "proved").write_text("18"),
        lambda: (home / "postgres").rename(home / "postgres-18"),
        lambda: (home / "upgrading" / "postgres").rename(home / "postgres"),
    ]
    for kill in kills[:steps]:
        kill()
    finish_switch(home)
    begun = {"postgres": "19", "postgres-18": "18"}
    assert lies_in(home) == (begun if steps else {"postgres": "18"})
    # Without proof nothing was begun, and what was built is left for the next upgrade to clear away.
    assert (home / "upgrading").exists() == (steps == 0)
    finish_switch(home)
    assert lies_in(home) == (begun if steps else {"postgres": "18"})


def test_programs_are_kept_once_and_run_from_there(tmp_path: Path) -> None:
    binaries = find_binaries()
    keep_programs(tmp_path, binaries)
    kept = kept_programs(tmp_path, binaries.major)
    assert kept is not None
    assert kept.version == binaries.version
    made = kept.program("initdb").stat()
    keep_programs(tmp_path, binaries)
    assert kept.program("initdb").stat().st_ctime_ns == made.st_ctime_ns
    assert kept_programs(tmp_path, "7") is None
    (tmp_path / "programs" / binaries.major / "version").write_text("18.0")
    (kept.program("initdb")).unlink()
    keep_programs(tmp_path, binaries)
    assert kept.program("initdb").exists()
    assert find_binaries().program("initdb").exists()


def test_programs_that_cannot_be_kept_do_not_hinder(tmp_path: Path) -> None:
    (tmp_path / "programs").write_text("in the way")
    keep_programs(tmp_path, find_binaries())
    assert kept_programs(tmp_path, find_binaries().major) is None


@pytest.mark.parametrize(("found", "can"), [("15", False), ("18", False), ("99", False), ("", False), ("x", False)])
def test_only_older_data_whose_programs_are_there_can_be_brought_over(tmp_path: Path, found: str, can: bool) -> None:
    data(tmp_path / "postgres", found)
    assert can_upgrade(tmp_path, find_binaries()) is can


def test_programs_that_do_not_run_count_as_missing(tmp_path: Path) -> None:
    data(tmp_path / "postgres", "15")
    folder = Binaries(root=tmp_path / "programs" / "15").folder
    folder.mkdir(parents=True)
    shutil.copy("/bin/false", folder / "postgres")
    assert not can_upgrade(tmp_path, find_binaries())


def test_a_disk_without_room_is_told_before_anything_is_changed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_room(home)
    usage = shutil.disk_usage(home)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(EmbeddedError, match=r"1 MB are free\. Nothing was changed"):
        require_room(home)
