"""The first start leaves somebody who can sign in, once, whatever happens in between."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from regulars.project.first_run import first_run, open_sample
from regulars.project.home import Installation
from regulars.staff.actions import NewLogin, claim_installation, sign_in
from regulars.staff.queries import has_logins

pytestmark = pytest.mark.committed
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def installation(home: Path, *, demo: bool) -> Installation:
    return Installation(
        home=home, host="127.0.0.1", port=8000, url="http://127.0.0.1:8000", workers=1, demo=demo, outside=False
    )


def note(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "first-run.json").read_text())
    return found


def can_sign_in(words: dict[str, Any]) -> bool:
    return bool(sign_in(email=words["email"], password=words["password"], address="192.0.2.1", device="test", now=NOW))


def test_the_sample_has_an_owner_and_a_key_and_only_its_owner_reads_them(tmp_path: Path) -> None:
    first_run(installation=installation(tmp_path, demo=True), now=NOW)
    words = note(tmp_path)
    assert set(words) == {"url", "email", "password", "api_key", "chain"}
    assert can_sign_in(words)
    assert stat.S_IMODE((tmp_path / "first-run.json").stat().st_mode) == 0o600
    first_run(installation=installation(tmp_path, demo=True), now=NOW)
    assert note(tmp_path) == words


def test_a_kill_before_the_note_was_written_loses_nothing(tmp_path: Path) -> None:
    lost = open_sample(installation(tmp_path, demo=True), now=NOW)
    assert lost is not None
    first_run(installation=installation(tmp_path, demo=True), now=NOW)
    assert can_sign_in(note(tmp_path))
    assert note(tmp_path)["chain"] == lost["chain"]
    assert note(tmp_path)["api_key"] != lost["api_key"]


def test_without_the_sample_a_code_opens_the_set_up_once(tmp_path: Path) -> None:
    first_run(installation=installation(tmp_path, demo=False), now=NOW)
    assert set(note(tmp_path)) == {"url", "setup_token"}
    assert not has_logins()
    owner = NewLogin(email="anna@example.com", password="a long enough secret 7", language="en")
    claim_installation(note(tmp_path)["setup_token"], owner, address="192.0.2.1", device="test", now=NOW)
    assert has_logins()


@pytest.mark.parametrize("demo", [True, False])
def test_an_installation_in_use_is_left_alone(tmp_path: Path, demo: bool) -> None:
    (tmp_path / "old").mkdir()
    first_run(installation=installation(tmp_path / "old", demo=False), now=NOW)
    owner = NewLogin(email="anna@example.com", password="a long enough secret 7", language="en")
    claim_installation(note(tmp_path / "old")["setup_token"], owner, address="192.0.2.1", device="test", now=NOW)
    (tmp_path / "new").mkdir()
    first_run(installation=installation(tmp_path / "new", demo=demo), now=NOW)
    assert not (tmp_path / "new" / "first-run.json").exists()
