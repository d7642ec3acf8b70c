"""`import` and `export` of the command line, run inside this process."""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from regulars.kernel.ids import encode
from tests.ledger_kit import Counter, open_counter
from tests.people import open_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def counter(committed_db: Any) -> Counter:
    made = open_counter()
    made.adjust(made.issue("+4915123456789"), "12.50")
    return made


def command(name: str, *arguments: str) -> int:
    module = importlib.import_module(f"regulars.project.commands.{name}")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    status: int = module.run(parser.parse_args(arguments))
    return status


def test_an_export_is_a_file(counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cards.csv"
    assert command("export", "cards", str(file), "--columns", "number,balance:points") == 0
    assert "1 cards in" in capsys.readouterr().out
    header, line = file.read_text(encoding="utf-8-sig").splitlines()
    assert header == "number,balance:points"
    assert line.endswith(",12.50")
    assert command("export", "cards", str(file)) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cards", "cards.pdf"), "ends in .xlsx or .csv"),
        (("cards", "nowhere/cards.csv"), "There is no folder"),
        (("cards", "cards.csv", "--filter", "status"), "NAME=VALUE"),
        (("cards", "cards.csv", "--filter", "colour=red"), "filter/colour"),
        (("cards", "cards.csv", "--filter", "card_type=ext:none"), "nothing here"),
        (("cards", "cards.csv", "--columns", "password"), "columns/0"),
        (("cards", "cards.csv", "--chain", "Nobody"), "No business has"),
    ],
)
def test_what_cannot_be_exported_is_a_sentence(
    counter: Counter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("export", *arguments) in (1, 2)
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_several_businesses_must_be_told_apart(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_shop(name="Linden & Co", is_sample=True)
    assert command("export", "cards", str(tmp_path / "a.csv")) == 0
    open_shop(name="Salon Fremd")
    assert command("export", "cards", str(tmp_path / "b.csv")) == 1
    assert "Café Sonne, Linden & Co, Salon Fremd" in capsys.readouterr().err
    assert command("export", "cards", str(tmp_path / "c.csv"), "--chain", "Café Sonne") == 0
    assert command("export", "cards", str(tmp_path / "d.csv"), "--chain", encode("chn", counter.chain_id)) == 0


def write_sheet(path: Path, *lines: tuple[Any, ...]) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return path


def test_an_import_is_checked_and_then_applied(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (("Phone", "Points"), ("0151 23456789", 2.5), ("0151 99999999", 7), ("nobody", 1))
    file = write_sheet(tmp_path / "bonus.xlsx", *lines)
    card_type = counter.card_type.external_id
    arguments = (str(file), "--card-type", card_type, "--mode", "add", "--json")
    assert command("import", *arguments) == 0
    said = capsys.readouterr().out
    assert "Nothing was written." in said
    facts = json.loads(said.splitlines()[-1])
    assert (facts["state"], facts["counts"]["create"], facts["counts"]["change"], facts["counts"]["error"]) == (
        "checked",
        1,
        1,
        1,
    )
    assert counter.read("SELECT count(*) FROM cards") == [(1,)]
    assert command("import", *arguments, "--apply") == 0
    said = capsys.readouterr().out
    assert json.loads(said.splitlines()[-1])["state"] == "applied"
    assert "points: +9.50" in said
    assert counter.read("SELECT balance FROM accounts WHERE balance > 0 ORDER BY 1") == [(700,), (1500,)]
    problems = list(openpyxl.load_workbook(tmp_path / "bonus - problems.xlsx").worksheets[0].values)
    assert problems[0] == ("Phone", "Points", "Problem")
    assert problems[1][0] == "nobody"
    assert command("import", *arguments, "--apply") == 1
    assert "imported" in capsys.readouterr().err.lower()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.xlsx", "--card-type", "x", "--mode", "add"), "cannot be read"),
        (("text.xlsx", "--mode", "add"), "card_type"),
        (("text.xlsx", "--card-type", "none", "--mode", "add"), "nothing here"),
        (("text.xlsx", "--card-type", "club-card", "--mapping", "{", "--mode", "add"), "no JSON"),
    ],
)
def test_what_cannot_be_imported_is_a_sentence(
    counter: Counter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.xlsx").write_bytes(b"not a spreadsheet")
    assert command("import", *arguments) == 1
    assert said in capsys.readouterr().err


def test_a_file_that_is_no_spreadsheet_fails_with_its_reason(
    counter: Counter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.xlsx"
    file.write_bytes(b"\x00\x01 not a spreadsheet")
    assert command("import", str(file), "--card-type", counter.card_type.external_id, "--mode", "add") == 1
    assert len(capsys.readouterr().out.strip()) > 20
