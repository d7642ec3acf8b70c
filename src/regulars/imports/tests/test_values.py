"""Reading single cells: every spelling that real files hold (IMP-10)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.imports.rules.amounts import Conversion, read_amount
from regulars.imports.rules.dates import read_birthday, read_date
from regulars.imports.rules.people import read_email, read_language, read_number, read_tags, read_version, read_yes_no
from regulars.imports.rules.phones import read_phone, suggest_country

AMOUNTS = [
    # text, letter, decimals, sign, value, code
    ("12.5", "t", 2, ".", 1250, None), ("12,5", "t", 2, ",", 1250, None), ("1 250,50", "t", 2, ",", 125050, None),
    ("1\u00a0250,50", "t", 2, ",", 125050, None), ("1\u202f250,50", "t", 2, ",", 125050, None), ("1.250,50", "t", 2, ",", 125050, None),
    ("1,250.50", "t", 2, ".", 125050, None), ("1'250.50", "t", 2, ".", 125050, None), ("1’250.50", "t", 2, ".", 125050, None),
    ("1,23,456.50", "t", 2, ".", 12345650, None), ("-5", "t", 0, ".", -5, None), ("\u22125", "t", 0, ".", -5, None),
    ("–5", "t", 0, ".", -5, None), ("5-", "t", 0, ".", -5, None), ("(5)", "t", 0, ".", -5, None), ("(5,00)", "t", 2, ",", -500, None),
    ("+5", "t", 0, ".", 5, None), ("€ 5", "t", 0, ".", 5, None), ("5 €", "t", 0, ".", 5, None), ("-$5.00", "t", 2, ".", -500, None),
    ("5 руб.", "t", 0, ",", 5, None), ("100 баллов", "t", 0, ",", 100, None), ("12 pts", "t", 0, ".", 12, None), ("₹ 1,00,000", "t", 0, ".", 100000, None),
    ("१२३", "t", 0, ".", 123, None), ("١٢٣", "t", 0, ".", 123, None), ("٣٫٥", "t", 1, ".", 35, None), ("'5", "t", 0, ".", 5, None),
    ('="5"', "t", 0, ".", 5, None), (" 5 ", "t", 0, ".", 5, None), ("2/8", "t", 0, ".", 2, None), ("2 из 8", "t", 0, ",", 2, None),
    ("", " ", 2, ".", None, None), ("-", "t", 2, ".", None, None), ("n/a", "t", 2, ".", None, None), ("0", "n", 0, ".", 0, None),
    ("0.10", "t", 2, ".", 10, None), (".5", "t", 2, ".", 50, None), ("5.", "t", 2, ".", 500, None), ("1.50000", "t", 2, ".", 150, None),
    ("1.5E+2", "t", 0, ".", 150, None), ("1,5e2", "t", 0, ",", 150, None),
    ("19.99", "n", 2, ",", 1999, None),  # a numeric cell has a point whatever the column's sign is
    ("1.234", "t", 2, ",", 123400, None), ("1,234", "t", 2, ".", 123400, None), ("0.30000000000000004", "t", 2, ".", 30, None),
    ("19.990000000000002", "t", 2, ".", 1999, None), ("1.005", "t", 2, ".", None, "too_many_decimals"), ("0.5", "n", 0, ".", None, "too_many_decimals"),
    ("1.2345678901234", "t", 2, ".", None, "too_many_decimals"), ("12.50", "t", 2, ",", None, "mixed_decimal_sign"), ("1.2.3", "t", 2, ".", None, "mixed_decimal_sign"),
    ("12 34", "t", 0, ".", None, "mixed_decimal_sign"), ("abc", "t", 0, ".", None, "not_a_number"), ("5%", "t", 0, ".", None, "not_a_number"),
    ("1e999", "t", 0, ".", None, "out_of_range"), ("9" * 25, "t", 0, ".", None, "out_of_range"), ("9" * 5000, "t", 0, ".", None, "not_a_number"),
    ("1.23457E+15", "t", 0, ".", None, "digits_lost"), ("NaN", "t", 0, ".", None, None), ("inf", "t", 0, ".", None, "not_a_number"),
    ("2024-05-01", "d", 0, ".", None, "date_in_amount"), ("#N/A", "x", 0, ".", None, "formula_error"), ("#REF!", "t", 0, ".", None, "formula_error"),
    ("", "f", 0, ".", None, "formula_without_value"), ("1\ufffd", "c", 0, ".", None, "invalid_characters"), ("TRUE", "b", 0, ".", None, "not_a_number"),
    ("--5", "t", 0, ".", None, "not_a_number"), ("5 apples", "t", 0, ".", None, "not_a_number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "letter", "decimals", "sign", "value", "code"), AMOUNTS)
def test_amounts(text: str, letter: str, decimals: int, sign: str, value: int | None, code: str | None) -> None:
    reading = read_amount(text, letter, decimals=decimals, sign=sign)  # type: ignore[arg-type]
    assert (reading.value, reading.code) == (value, code)


@pytest.mark.parametrize(
    ("text", "rounding", "value"),
    [("250", "half_up", 3), ("249", "half_up", 2), ("250", "down", 2), ("201", "up", 3), ("-250", "half_up", -3), ("-250", "down", -2), ("-201", "up", -3)],
)  # fmt: skip
def test_a_conversion_rounds_plus_and_minus_alike(text: str, rounding: str, value: int) -> None:
    conversion = Conversion(Decimal("0.01"), rounding)  # type: ignore[arg-type]
    assert read_amount(text, "t", decimals=0, sign=".", conversion=conversion).value == value


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_every_amount_survives_the_way_through_a_spreadsheet(units: int, decimals: int) -> None:
    number = Decimal(units).scaleb(-decimals)
    as_float = f"{float(number):.15g}"
    plain_form = format(Decimal(as_float), "f")
    assert read_amount(plain_form, "n", decimals=decimals, sign=",").value == units
    german = f"{number:,.{decimals}f}".replace(",", "_").replace(".", ",").replace("_", ".")
    assert read_amount(german, "t", decimals=decimals, sign=",").value == units


PHONES = [
    ("+49 151 23456789", "t", "DE", "+4915123456789", None), ("0151 23456789", "t", "DE", "+4915123456789", None),
    ("0049 151 23456789", "t", "DE", "+4915123456789", None), ("4915123456789", "t", "DE", "+4915123456789", None),
    ("4915123456789", "n", "DE", "+4915123456789", None), ("+49 (0)151 23456789", "t", "DE", "+4915123456789", None),
    ("4.915123456789E+12", "t", "DE", "+4915123456789", None), ("4915123456789.0", "t", "DE", "+4915123456789", None),
    ("'+4915123456789", "t", "DE", "+4915123456789", None), ('="+4915123456789"', "t", "DE", "+4915123456789", None),
    ("tel:+49-151-23456789", "t", "DE", "+4915123456789", None), ("Tel. 0151/23456789", "t", "DE", "+4915123456789", None),
    ("\u202a+49 151 23456789\u202c", "t", "DE", "+4915123456789", None), ("８９１２３４５６７８９", "t", "RU", "+79123456789", None),
    ("8 (912) 345-67-89", "t", "RU", "+79123456789", None), ("79123456789", "n", "RU", "+79123456789", None), ("9123456789", "t", "RU", "+79123456789", None),
    ("7,9123456789E+10", "t", "RU", "+79123456789", None), ("+91 98765 43210", "t", "DE", "+919876543210", None), ("९८७६५ ४३२१०", "t", "IN", "+919876543210", None),
    ("+49 151 23456789; +49 160 1234567", "t", "DE", "+4915123456789", "several_phones"), ("0151 23456789, 0160 1234567", "t", "DE", "+4915123456789", "several_phones"),
    ("0151 23456789 или 0160 1234567", "t", "DE", "+4915123456789", "several_phones"), ("+49 30 901820 ext. 12", "t", "DE", "+4930901820", "phone_extension"),
    ("+49 151 23456789 (Mutter)", "t", "DE", "+4915123456789", None),
    ("7.91235E+10", "t", "RU", None, "digits_lost"), ("1.5E+10", "t", "US", None, "digits_lost"), ("12345", "t", "DE", None, "invalid_phone"),
    ("5551234567", "t", "RU", None, "phone_needs_country"), ("abc", "t", "DE", None, "invalid_phone"), ("", " ", "DE", None, None), ("-", "t", "DE", None, None),
    ("2024-05-01", "d", "DE", None, "invalid_phone"), ("#N/A", "x", "DE", None, "formula_error"), ("+4915\ufffd", "c", "DE", None, "invalid_characters"),
    ("1" * 500, "t", "DE", None, "invalid_phone"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "letter", "country", "value", "code"), PHONES)
def test_phones(text: str, letter: str, country: str, value: str | None, code: str | None) -> None:
    reading = read_phone(text, letter, country=country)
    assert (reading.value, reading.code) == (value, code)


def test_a_country_is_suggested_for_numbers_without_one() -> None:
    german = ["0151 23456789", "0160 1234567", "0171 7654321", "12"]
    assert suggest_country(german, ("RU", "DE", "AT")) == ("DE", 3)
    assert suggest_country(["12"], ("RU",)) is None


DATES = [
    ("2024-05-01", "dmy", "2024-05-01"), ("01.05.2024", "dmy", "2024-05-01"), ("1.5.24", "mdy", "2024-05-01"), ("5/1/2024", "mdy", "2024-05-01"),
    ("5/1/2024", "dmy", "2024-01-05"), ("1/5/24", "dmy", "2024-05-01"), ("24/5/1", "ymd", "2024-05-01"), ("May 1, 2024", "dmy", "2024-05-01"),
    ("1 May 2024", "dmy", "2024-05-01"), ("1 мая 2024 г.", "dmy", "2024-05-01"), ("1. März 2024", "dmy", "2024-03-01"), ("1er mars 2024", "dmy", "2024-03-01"),
    ("1 de mayo de 2024", "dmy", "2024-05-01"), ("1 मई 2024", "dmy", "2024-05-01"), ("01-May-24", "dmy", "2024-05-01"), ("45413", "dmy", "2024-05-01"),
    ("20240501", "dmy", "2024-05-01"), ("01.05.2024 14:30", "dmy", "2024-05-01"), ("2024-05-01T10:00:00Z", "dmy", "2024-05-01"),
    ("29.02.2023", "dmy", None), ("31/31/2024", "dmy", None), ("soon", "dmy", None), ("01.05.", "dmy", None), ("0001-01-01", "dmy", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "order", "value"), DATES)
def test_dates(text: str, order: str, value: str | None) -> None:
    reading = read_date(text, "t", order=order, this_year=2026)  # type: ignore[arg-type]
    assert reading.value == (dt.date.fromisoformat(value) if value else None)
    assert reading.code == (None if value else "invalid_date")


def test_birthdays_lie_in_the_past() -> None:
    today = dt.date(2026, 11, 22)
    assert read_birthday("05.03.85", "t", order="dmy", today=today).value == dt.date(1985, 3, 5)
    assert read_birthday("05.03.27", "t", order="dmy", today=today).value == dt.date(1927, 3, 5)
    assert read_birthday("05.03.26", "t", order="dmy", today=today).value == dt.date(2026, 3, 5)
    assert read_birthday("29.02.2000", "t", order="dmy", today=today).value == dt.date(2000, 2, 29)
    assert read_birthday("05.03.2027", "t", order="dmy", today=today).code == "birthday_ignored"


@pytest.mark.parametrize(
    ("text", "letter", "value", "code"),
    [
        ("00123", "t", "00123", None), ("ab-12 34", "t", "ab-12 34", None), ("123456789012345", "n", "123456789012345", None),
        ("1234567890123456", "N", None, "digits_lost"), ("1234567890123456", "t", "1234567890123456", None), ("1.23457E+15", "t", None, "digits_lost"),
        ("12.5", "n", None, "invalid_number"), ("-5", "n", None, "invalid_number"), ("'00123", "t", "00123", None), ('="00123"', "t", "00123", None),
        ("№ 77", "t", "77", None), ("<script>", "t", None, "invalid_number"), ("x" * 65, "t", None, "invalid_number"), ("", " ", None, None),
    ],
)  # fmt: skip
def test_card_numbers(text: str, letter: str, value: str | None, code: str | None) -> None:
    reading = read_number(text, letter)
    assert (reading.value, reading.code) == (value, code)


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("Anna@Example.com ", "anna@example.com", None), ("mailto:anna@example.com", "anna@example.com", None),
        ("Anna <anna@example.com>", "anna@example.com", None), ("a@example.com; b@example.com", "a@example.com", "several_emails"),
        ("anna@пример.рф", "anna@пример.рф", None), ("anna", None, "invalid_email"), ("a@b", None, "invalid_email"), ("a@b..com", None, "invalid_email"),
        ("@example.com", None, "invalid_email"), ("a" * 300 + "@example.com", None, "invalid_email"), ("-", None, None),
    ],
)  # fmt: skip
def test_emails(text: str, value: str | None, code: str | None) -> None:
    reading = read_email(text, "t")
    assert (reading.value, reading.code) == (value, code)


def test_small_fields() -> None:
    assert read_language("Deutsch", "t").value == "de"
    assert read_language("RU-ru", "t").value == "ru"
    assert read_language("हिन्दी", "t").value == "hi"
    assert read_language("Klingon", "t").code == "language_unknown"
    assert read_tags("VIP, Colour; VIP|  ", "t").value == ("VIP", "Colour")
    assert [read_yes_no(text, "t").value for text in ("Yes", "да", "हाँ", "1", "no", "нет", "0")] == [True] * 4 + [
        False
    ] * 3
    assert read_yes_no("maybe", "t").code == "yes_no_unknown"
    assert read_version("4711", "n").value == 4711
    assert read_version("x", "t").code == "invalid_version"


letters = st.sampled_from("tnNdbxfcL ")
wild = (
    st.text(max_size=40)
    | st.from_regex(r"[-+(]?[\d.,' ]{0,20}[-)]?", fullmatch=True)
    | st.from_regex(r"[\d./ -]{0,14}", fullmatch=True)
)


@given(wild, letters)
def test_no_cell_ever_raises(text: str, letter: str) -> None:
    if letter in "nN":
        text = "".join(character for character in text if character in "0123456789") or "0"
    for sign in (".", ","):
        read_amount(text, letter, decimals=2, sign=sign)
    read_phone(text, letter, country="DE")
    for order in ("dmy", "mdy", "ymd"):
        read_date(text, letter, order=order, this_year=2026)
    read_number(text, letter)
    read_email(text, letter)
    read_language(text, letter)
    read_tags(text, letter)
    read_yes_no(text, letter)
    read_version(text, letter)
