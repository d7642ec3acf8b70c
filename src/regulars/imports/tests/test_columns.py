"""A whole column gives exactly what its cells give one by one."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import phonenumbers
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.imports.rules import amounts, dates, people, phones
from regulars.imports.rules import columns as vector
from regulars.imports.rules.clean import Reading
from regulars.imports.rules.columns import is_blank
from regulars.imports.rules.plan import make_plan
from regulars.imports.rules.rows import read_one_row, read_rows
from regulars.imports.rules.targets import BalanceType

TODAY = dt.date(2026, 11, 22)
COUNTRIES = ("DE", "RU", "US", "IN", "GB", "IT", "AT", "BR", "KZ", "FR", "TR", "AE", "MX", "HU", "AR")

wild = st.text(max_size=20)
numeric = st.from_regex(r"[-+(−]?[0-9]{0,9}[., ']?[0-9]{0,5}[.,]?[0-9]{0,4}[-)]?", fullmatch=True)
spaced = st.from_regex(r"(\+|00)?[0-9 ()./-]{5,20}", fullmatch=True)
dated = st.from_regex(r"(19|20)?[0-9]{2}[-./][01]?[0-9][-./][0-3]?[0-9]( 00:00:00)?", fullmatch=True)
mails = st.from_regex(r"[a-zA-Z0-9._+-]{1,8}@[a-z0-9.-]{1,10}\.[a-z]{1,4}", fullmatch=True)
codes = st.from_regex(r"[A-Za-z0-9 -]{1,20}", fullmatch=True) | st.sampled_from(
    ["null", "N/A", "1E10", "12e5", "none", "-", "Keine"]
)
names = st.from_regex(r"[A-Za-zÄÖäöА-Яа-яअ-ह' .-]{0,20}", fullmatch=True)


@st.composite
def phone_texts(draw: st.DrawFn) -> str:
    """Numbers near real numbering plans: example numbers with other ends, in every notation."""
    country = draw(st.sampled_from(COUNTRIES))
    kind = draw(st.sampled_from([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE]))
    example = phonenumbers.example_number_for_type(country, kind)
    assert example is not None
    national = str(example.national_number)[:-3] + draw(st.from_regex(r"[0-9]{2,4}", fullmatch=True))
    shape = draw(
        st.sampled_from(
            [
                "+{c}{n}",
                "00{c}{n}",
                "{c}{n}",
                "0{n}",
                "8{n}",
                "1{n}",
                "{n}",
                "+{c} (0){n}",
                "+{c}0{n}",
                "0{c}{n}",
                "06{n}",
            ]
        )
    )
    return shape.format(c=example.country_code, n=national)


FIELDS: dict[str, tuple[st.SearchStrategy[str], Callable[..., Any], Callable[[str, str], Reading[Any]]]] = {
    "amount point": (
        numeric | wild,
        lambda t, c: vector.amount_column(t, c, decimals=2, sign=".", conversion=None),
        lambda t, c: amounts.read_amount(t, c, decimals=2, sign="."),
    ),
    "amount comma": (
        numeric | wild,
        lambda t, c: vector.amount_column(t, c, decimals=0, sign=",", conversion=None),
        lambda t, c: amounts.read_amount(t, c, decimals=0, sign=","),
    ),
    "date": (
        dated | wild,
        lambda t, c: vector.date_column(t, c, order="dmy", today=TODAY, is_birthday=False),
        lambda t, c: dates.read_date(t, c, order="dmy", this_year=2026),
    ),
    "birthday": (
        dated | wild,
        lambda t, c: vector.date_column(t, c, order="mdy", today=TODAY, is_birthday=True),
        lambda t, c: dates.read_birthday(t, c, order="mdy", today=TODAY),
    ),
    "number": (codes | wild, vector.number_column, people.read_number),
    "email": (mails | wild, vector.email_column, people.read_email),
    "name": (
        names | wild,
        lambda t, c: vector.text_column(t, c, characters_max=200),
        lambda t, c: people.read_text(t, c, characters_max=200),
    ),
}  # fmt: skip


def cells(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    storable = texts.filter(lambda text: not any("\ud800" <= letter <= "\udfff" for letter in text))
    text_cell = st.tuples(storable, st.sampled_from("ttttdbcL"))
    number_cell = st.tuples(st.from_regex(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?", fullmatch=True), st.just("n"))
    other = st.sampled_from([("", " "), ("#N/A", "x"), ("", "f"), ("1234567890123456", "N")])
    return st.lists(text_cell | number_cell | other, min_size=5, max_size=40)


def series(column: list[tuple[str, str]]) -> tuple[pl.Series, pl.Series]:
    texts = pl.Series([text for text, _ in column], dtype=pl.String)
    letters = pl.Series([letter for _, letter in column], dtype=pl.String)
    blank = is_blank(texts, letters)
    return texts, pl.Series([" " if empty else letter for empty, letter in zip(blank, letters, strict=True)])


def agree(column: list[tuple[str, str]], whole: Callable[..., Any], one: Callable[[str, str], Reading[Any]]) -> None:
    texts, letters = series(column)
    values, problems = whole(texts, letters)
    for text, letter, value, code in zip(texts, letters, values, problems, strict=True):
        reading = one(text, letter) if letter != " " else Reading()
        assert (value, code) == (reading.value, reading.code), (text, letter)


@pytest.mark.parametrize("field", FIELDS)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_column_reads_like_its_cells(field: str, data: st.DataObject) -> None:
    texts, whole, one = FIELDS[field]
    agree(data.draw(cells(texts)), whole, one)


@settings(deadline=None, max_examples=12)
@given(
    st.lists(st.tuples(phone_texts() | spaced | wild, st.just("t")), min_size=20, max_size=50),
    st.sampled_from(COUNTRIES),
)
def test_a_column_of_phones_reads_like_its_cells(column: list[tuple[str, str]], country: str) -> None:
    agree(
        [(text.encode("utf-8", "replace").decode(), letter) for text, letter in column],
        lambda t, c: vector.phone_column(t, c, country=country),
        lambda t, c: phones.read_phone(t, c, country=country),
    )


BALANCES = (BalanceType("bonus", "Bonus", "points", 0), BalanceType("purse", "Purse", "deposit", 2))
HEADERS = ("Phone", "No", "Bonus", "Name", "Mail", "Born", "Tags")
PLAN = make_plan(
    {"phone": 0, "number": 1, "balance": 2, "name": 3, "email": 4, "birthday": 5, "tags": 6},
    kind="cards", country="DE", today=TODAY, header_row=1, headers=HEADERS, balances=BALANCES,
)  # fmt: skip
row_cells = st.tuples(
    st.sampled_from(["+49 151 23456789", "0151 23456789", "12", ""]), codes, numeric, names, mails | st.just(""), dated, st.sampled_from(["", "a, b"])
)  # fmt: skip


@settings(deadline=None, max_examples=8)
@given(st.lists(row_cells, min_size=1, max_size=8))
def test_a_row_by_itself_reads_like_a_row_among_others(rows: list[tuple[str, ...]]) -> None:
    data: dict[str, Any] = {
        "row": list(range(2, len(rows) + 2)),
        "letters": ["".join("t" if text else " " for text in row) for row in rows],
    }
    data |= {f"c{index}": [row[index] for row in rows] for index in range(len(HEADERS))}
    frame = pl.DataFrame(
        data, schema={"row": pl.Int32, "letters": pl.String} | {f"c{index}": pl.String for index in range(len(HEADERS))}
    )
    together = {record["row"]: record for record in read_rows(frame, PLAN).iter_rows(named=True)}
    for number, row in enumerate(rows, start=2):
        letters = "".join("t" if text else " " for text in row)
        assert read_one_row(row, letters, PLAN, row=number) == together.get(number, {})
