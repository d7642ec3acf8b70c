"""Texts in every encoding, figures and dates as people see them, and the examples, read in the real process."""

from pathlib import Path

import pytest

from regulars.imports.reading.cells import number_cell, serial_cell
from regulars.imports.reading.files import read_file, read_text
from regulars.imports.reading.workbook import is_date_format
from regulars.imports.tests.reading_kit import EXAMPLES, read, rows_of
from regulars.kernel.refusal import Refused

RUSSIAN = "Телефон;Имя;Баланс\r\n+7 (912) 345-67-89;Анна Петрова;1 250,50\r\n89123456780;Иван Сидоров;-5,00\r\n"


GERMAN = "Telefon;Name;Größe\r\n0151 23456789;Jörg Weiß;5,5\r\n0160 1234567;Anna Müller;7\r\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]
)
def test_russian_text_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    found = rows_of(read(RUSSIAN.encode(encoding), tmp_path))
    assert found[1] == (2, "ttt", ["+7 (912) 345-67-89", "Анна Петрова", "1 250,50"])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_german_text_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    found = read(GERMAN.encode(encoding), tmp_path)
    assert found.encoding == encoding
    assert rows_of(found)[1][2] == ["0151 23456789", "Jörg Weiß", "5,5"]


def test_a_few_damaged_characters_do_not_change_the_encoding(tmp_path: Path) -> None:
    content = ("Имя\n" + "Анна\n" * 200).encode() + b"An\xffna\n"
    found = rows_of(read(content, tmp_path))
    assert found[0][2] == ["Имя"]
    assert found[-1][1:] == ("t", ["An\ufffdna"])


@pytest.mark.parametrize(
    ("text", "delimiter", "second"),
    [
        ("a,b\n1,2\n", ",", ["1", "2"]), ("a;b\n1,5;2,5\n3,5;4\n", ";", ["1,5", "2,5"]), ("a\tb\n1, x\t2\n", "\t", ["1, x", "2"]),
        ("a|b|c\n1|2|3\n", "|", ["1", "2", "3"]), ("sep=;\na;b\n1;2\n", ";", ["1", "2"]), ('"a";"b, c"\n"1";"2, 3"\n', ";", ["1", "2, 3"]),
        ("List of 2026\n\na;b;c\n1;2;3\n4;5;6\n", ";", ["a", "b", "c"]), ("phone\n+49151\n", ",", ["+49151"]), ("a;b\r1;2\r", ";", ["1", "2"]),
        ('a,b\n"x\ny",2\n', ",", ["x\ny", "2"]), ('a,b\n"say ""hi""",2\n', ",", ['say "hi"', "2"]), ('a;b\n24" TV;2\n', ";", ['24" TV', "2"]),
    ],
)  # fmt: skip
def test_delimiters_and_quotes(text: str, delimiter: str, second: list[str], tmp_path: Path) -> None:
    found = read(text.encode(), tmp_path)
    assert found.delimiter == delimiter
    assert rows_of(found)[1][2][: len(second)] == second


def test_rows_of_text_are_numbered_as_excel_shows_them(tmp_path: Path) -> None:
    assert [row[0] for row in rows_of(read(b'sep=,\na,b\n\n"x\ny",1\n,\nz,2\n', tmp_path))] == [1, 3, 5]


def test_pasted_cells(tmp_path: Path) -> None:
    pasted = read_text("Phone\tBalance\n+4915123456789\t-5\n\n0160 1234567\t7", tmp_path)
    assert [row[2] for row in rows_of(pasted)] == [
        ["Phone", "Balance"],
        ["+4915123456789", "-5"],
        ["0160 1234567", "7"],
    ]
    with pytest.raises(Refused):
        read_text(" \n ", tmp_path)
    assert rows_of(read_text("a\tb\ud800\n1\t\x002", tmp_path))[1][1] == "tc"


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("79123456789", ("79123456789", "n")), ("7.9123456789E10", ("79123456789", "n")), ("0.1", ("0.1", "n")), ("1E-7", ("0.0000001", "n")),
        ("19.990000000000002", ("19.99", "n")), ("-0", ("0", "n")), ("1234567890123456", ("1234567890123456", "N")), ("1e400", ("1e400", "x")), ("x", ("x", "t")),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_see_them(written: str, cell: tuple[str, str]) -> None:
    assert number_cell(written) == cell


def test_day_numbers() -> None:
    assert serial_cell("45413", from_1904=False) == ("2024-05-01", "d")
    assert serial_cell("43951", from_1904=True) == ("2024-05-01", "d")
    assert serial_cell("45413.5", from_1904=False) == ("2024-05-01 12:00:00", "d")
    assert serial_cell("0.25", from_1904=False) == ("06:00:00", "d")
    assert serial_cell("1", from_1904=False) == ("1900-01-01", "d")
    assert serial_cell("61", from_1904=False) == ("1900-03-01", "d")
    assert serial_cell("79123456789", from_1904=False) == ("79123456789", "n")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("dd.mm.yyyy", True), ("[$-409]d-mmm-yy;@", True), ("hh:mm", True), ("0.00", False), ('0 "days"', False), ("[Red]0", False), ("General", False), ("[h]:mm", True), ('#,##0.00\\ "d"', False)],
)  # fmt: skip
def test_date_formats(code: str, expected: bool) -> None:
    assert is_date_format(code) is expected


@pytest.mark.parametrize(
    ("name", "rows"),
    [("salon-altegio-clients.xlsx", 2483), ("salon-deposits.xlsx", 181), ("cafe-7stamp-cards.csv", 641), ("shop-lightspeed-customers.csv", 901), ("beauty-russian-clients.csv", 762), ("hindi-customers.ods", 321)],
)  # fmt: skip
def test_the_examples_read(name: str, rows: int, tmp_path: Path) -> None:
    assert read_file(EXAMPLES / name, tmp_path).rows == rows
