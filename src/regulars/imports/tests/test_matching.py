"""Which column is what, in which dialect; and what is offered to mend."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.imports.errors import ColumnMissing, ColumnUsedTwice, FieldUnknown, IdentityMissing
from regulars.imports.reading.files import FileRead, read_file
from regulars.imports.rules.contents import look_at
from regulars.imports.rules.dialect import Evidence, choose_decimal, choose_order, weigh_dates, weigh_decimals
from regulars.imports.rules.headers import HeadedRow, column_letter, find_header, name_columns
from regulars.imports.rules.matching import (
    Column,
    Guess,
    apply_remembered,
    guess_columns,
    mapping_of,
    needs_mapping,
    resolve_mapping,
)
from regulars.imports.rules.plan import ColumnChoices, ReadingPlan, make_plan
from regulars.imports.rules.presets import Preset, recognise
from regulars.imports.rules.problem_sheet import PROBLEM_HEADER, safe_cell, sheet_headers, sheet_row
from regulars.imports.rules.problems import PROBLEMS, Issue, unpack_issue
from regulars.imports.rules.repairs import ProblemGroup, RepairChoice, may_mend, offer_repairs
from regulars.imports.rules.rows import read_rows
from regulars.imports.rules.sentences import column_header, describe
from regulars.imports.rules.targets import BalanceType, find_target, list_targets, resolve_balance
from regulars.imports.rules.words import WORDS, field_of_header, header_form, signature_of
from regulars.kernel.refusal import Refusal

EXAMPLES = Path(__file__).parents[4] / "examples"


POINTS = BalanceType("bonus", "Bonus", "points", 0)


STAMPS = BalanceType("stamps", "Coffee stamps", "stamps", 0)


PURSE = BalanceType("purse", "Purse", "deposit", 2)


ALL = (POINTS, STAMPS, PURSE)


TODAY = dt.date(2026, 11, 22)


def guess(
    headers: list[str],
    rows: list[list[str]],
    *,
    kind: str = "cards",
    balances: tuple[BalanceType, ...] = ALL,
    country: str = "DE",
) -> tuple[Guess, ...]:
    columns = []
    for index, header in enumerate(headers):
        texts = [row[index] for row in rows]
        look = look_at(texts, ["t" if text else " " for text in texts], country=country)
        columns.append(Column(index, header, tuple(texts[:3]), look))
    return guess_columns(columns, kind=kind, balances=balances, preset=recognise(tuple(headers)))


def mapping(headers: list[str], rows: list[list[str]], **facts: str) -> dict[str, str]:
    return mapping_of(guess(headers, rows, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "targets"),
    [
        (["Phone", "Card number", "Deposit", "Actual balance"], ["phone", "number", "deposit", "balance"]),
        (["Телефон", "Номер карты", "Депозит", "Баланс"], ["phone", "number", "deposit", "balance"]),
        (["फ़ोन नंबर", "कार्ड नंबर", "जमा", "शेष"], ["phone", "number", "deposit", "balance"]),
        (["Handynummer", "Kartennummer", "Guthaben", "Punktestand"], ["phone", "number", "deposit", "balance"]),
        (["Teléfono móvil", "Número de tarjeta", "Depósito", "Puntos"], ["phone", "number", "deposit", "balance"]),
        (["N° de téléphone", "N° de carte", "Dépôt", "Solde"], ["phone", "number", "deposit", "balance"]),
        (["PHONE_NUMBER", "  card-no. ", "deposit*", "Balance:"], ["phone", "number", "deposit", "balance"]),
    ],
)  # fmt: skip
def test_headers_of_six_languages(headers: list[str], targets: list[str]) -> None:
    rows = [["+49 151 23456789", "00123", "5", "7"], ["0160 1234567", "00124", "6", "8"]]
    guesses = guess(headers, rows)
    assert [each.target for each in guesses] == targets
    assert {each.badge for each in guesses} == {"matched"}


def test_every_word_is_one_field_only() -> None:
    seen: dict[str, str] = {}
    for key, words in WORDS.items():
        for word in words:
            assert seen.setdefault(header_form(word), key) == key, word
            assert field_of_header(word) == key


def test_a_column_without_a_name_is_known_by_its_cells() -> None:
    rows = [
        ["Anna Müller", "0151 23456789", "a@example.com", "1"],
        ["Jörg Weiß", "+49 160 1234567", "b@example.com", "2"],
        ["x y", "0171 7654321", "", "3"],
    ]
    guesses = guess(["Column A", "Column B", "Column C", "Column D"], rows)
    assert [(each.target, each.badge) for each in guesses] == [
        (None, "ignored"),
        ("phone", "guessed"),
        ("email", "guessed"),
        (None, "ignored"),
    ]


def test_a_header_that_its_cells_contradict_is_not_believed() -> None:
    rows = [
        ["a@example.com", "1", "Anna Müller"],
        ["b@example.com", "2", "Jörg Weiß"],
        ["c@example.com", "3", "Lea Voß"],
    ]
    guesses = guess(["Phone", "No", "Balance"], rows)
    assert [each.target for each in guesses] == ["email", None, None]


def test_two_columns_for_one_field_take_the_better_one() -> None:
    rows = [["", "0151 23456789"], ["12", "0160 1234567"], ["", "0171 7654321"]]
    assert mapping(["Telephone", "Mobile"], rows) == {"phone": "Mobile"}


def test_two_balances_of_one_kind_must_be_chosen() -> None:
    two = (POINTS, BalanceType("gold", "Gold points", "points", 0))
    guesses = guess(["Phone", "Points"], [["0151 23456789", "5"]], balances=two)
    assert needs_mapping(guesses, kind="cards")
    named = guess(["Phone", "Gold points"], [["0151 23456789", "5"]], balances=two)
    assert mapping_of(named) == {"phone": "Phone", "balance:gold": "Gold points"}
    assert not needs_mapping(named, kind="cards")
    assert needs_mapping(guess(["Points"], [["5"]]), kind="cards")
    assert needs_mapping(
        guess(["Phone", "Points", "Bonuses"], [["0151 23456789", "5", "6"]], balances=(POINTS,)), kind="cards"
    )


def test_balance_means_first_points_else_first_stamps_and_deposit_the_only_one() -> None:
    assert resolve_balance("balance", (STAMPS, POINTS)) == POINTS
    assert resolve_balance("balance", (PURSE, STAMPS)) == STAMPS
    assert resolve_balance("balance", (PURSE,)) is None
    assert resolve_balance("deposit", (PURSE, BalanceType("p2", "Second", "deposit", 2))) is None
    assert resolve_balance("balance:purse", ALL) == PURSE
    assert find_target("balance", kind="customers") is None
    assert {target.key for target in list_targets("cards", ALL, ("shoe",))} >= {
        "balance:bonus",
        "custom:shoe",
        "phone",
        "version",
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"phone": "Tel", "balance": "P"}, {"phone": 0, "balance": 1}),
        ({"phone": " tel ", "balance": "p"}, {"phone": 0, "balance": 1}),
        ({"phone": "Tel", "email": "Tel"}, ColumnUsedTwice(name="Tel")),
        ({"phone": "Tel", "balance": "P", "balance:bonus": "Q"}, ColumnUsedTwice(name="balance:bonus")),
        ({"phone": "Nope"}, ColumnMissing(name="Nope")),
        ({"phone": "Tel", "shoe": "P"}, FieldUnknown(name="shoe")),
        ({"phone": "Tel", "balance:none": "P"}, FieldUnknown(name="balance:none")),
        ({"balance": "P"}, IdentityMissing(wanted="phone, number, email")),
    ],
)  # fmt: skip
def test_a_mapping_is_checked(asked: dict[str, str], expected: dict[str, int] | Refusal) -> None:
    assert resolve_mapping(asked, ("Tel", "P", "Q"), kind="cards", balances=ALL) == expected


def test_double_headers_are_numbered_and_both_can_be_chosen() -> None:
    names = name_columns(HeadedRow(1, "tttt", ("Phone", "Name", "Phone", "")), 4)
    assert names == ("Phone", "Name", "Phone (2)", "Column D")
    assert resolve_mapping({"phone": "Phone (2)"}, names, kind="cards") == {"phone": 2}
    assert [column_letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_remembered_mapping_wins_over_guesses() -> None:
    guesses = guess(["Phone", "Points"], [["0151 23456789", "5"]])
    again = apply_remembered(guesses, {"points": None, "phone": "phone2"})
    assert [(each.target, each.badge) for each in again] == [("phone2", "matched"), (None, "ignored")]
    assert signature_of(("Phone ", "E-Mail"), kind="cards") == signature_of(("e_mail", "PHONE"), kind="cards")
    assert signature_of(("Phone",), kind="cards") != signature_of(("Phone",), kind="customers")


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ("ID|Name|Phone|Email|Sold|Paid|Visits|Last visit", "altegio"), ("Имя|Телефон|Продано|Оплачено|Последний визит", "altegio-ru"),
        ("Phone|Card number|Deposit|Actual balance", "altegio-cards"), ("id|customer_code|first_name|last_name|loyalty_balance|balance", "lightspeed-x"),
        ("ID|User|Email|Progress|Platform", "7stamp"), ("Customer ID|Customer name|Customer code|Points balance|Note", "loyverse"),
        ("Reference ID|First Name|Surname|Email Address|Phone Number|Birthday", "square"), ("First Name|Last Name|Email|Accepts Email Marketing|Total Spent|Phone", "shopify"),
        ("Code|Program|Points|Partner", "odoo"), ("phone|number|name|balance:bonus|version", "regulars"), ("Telefon|Name", None),
    ],
)  # fmt: skip
def test_exports_of_other_systems_are_recognised(headers: str, key: str | None) -> None:
    preset = recognise(tuple(headers.split("|")))
    assert (preset.key if preset else None) == key


def test_lightspeed_points_are_not_its_balance() -> None:
    headers = ["customer_code", "first_name", "last_name", "phone", "loyalty_balance", "balance"]
    assert mapping(headers, [["A-1", "Anna", "Voß", "0151 23456789", "5.00", "12.50"]])["balance"] == "loyalty_balance"


@pytest.mark.parametrize(
    ("texts", "country", "sign", "certainty"),
    [
        (["1,50", "2"], "US", ",", "cells"), (["1.50", "2"], "DE", ".", "cells"), (["1.234,5"], "US", ",", "cells"), (["1,234.5"], "DE", ".", "cells"),
        (["1.234.567"], None, ",", "cells"), (["1,234,567"], None, ".", "cells"), (["0,125"], "US", ",", "cells"), (["1.234"], "DE", ",", "country"),
        (["1.234"], "US", ".", "country"), (["1,234"], None, ".", "unknown"), (["5", "7"], None, ".", "cells"), (["1,5", "2,5", "3.5"], "US", ",", "cells"),
        (["€ 1.250,00", "12,00 €"], "US", ",", "cells"), (["1 250,5"], "US", ",", "cells"), (["(1,5)"], "US", ",", "cells"), (["1,00,000"], None, ".", "cells"),
    ],
)  # fmt: skip
def test_the_decimal_sign_of_a_column(texts: list[str], country: str | None, sign: str, certainty: str) -> None:
    choice = choose_decimal(weigh_decimals(pl.Series(texts)), country=country)
    assert (choice.sign, choice.certainty) == (sign, certainty)


@pytest.mark.parametrize(
    ("texts", "country", "order", "certainty"),
    [
        (["03/04/2025", "13/04/2025"], "US", "dmy", "cells"), (["03/04/2025", "04/13/2025"], "DE", "mdy", "cells"), (["3.4.25"], "US", "dmy", "cells"),
        (["03/04/2025"], "US", "mdy", "country"), (["03/04/2025"], "DE", "dmy", "country"), (["03/04/2025"], None, "dmy", "unknown"), (["2025-04-03"], None, "dmy", "cells"),
    ],
)  # fmt: skip
def test_the_date_order_of_a_column(texts: list[str], country: str | None, order: str, certainty: str) -> None:
    choice = choose_order(weigh_dates(pl.Series(texts)), country=country)
    assert (choice.order, choice.certainty) == (order, certainty)


def test_the_evidence_of_slices_adds_up_and_a_choice_stands() -> None:
    total = weigh_decimals(pl.Series(["1,5"])) + weigh_decimals(pl.Series(["2.5", "3.5"]))
    assert total == Evidence(first=2, second=1)
    assert choose_decimal(total, country="DE").is_mixed
    assert choose_decimal(total, country="DE", chosen=",").sign == ","


def plan_for(
    read: FileRead, *, country: str, balances: tuple[BalanceType, ...]
) -> tuple[ReadingPlan, Preset | None, dict[str, str]]:
    rows = [HeadedRow(row.number, row.letters, row.texts) for row in read.preview]
    header_row = find_header(rows)
    headers = name_columns(next((row for row in rows if row.number == header_row), None), read.width)
    body = [row for row in rows if row.number > header_row]
    columns = []
    for index, header in enumerate(headers):
        texts = [row.texts[index] if index < len(row.texts) else "" for row in body]
        letters = [row.letters[index] if index < len(row.letters) else " " for row in body]
        columns.append(Column(index, header, tuple(texts[:3]), look_at(texts, letters, country=country)))
    preset = recognise(headers)
    found = mapping_of(guess_columns(columns, kind="cards", balances=balances, preset=preset))
    resolved = resolve_mapping(found, headers, kind="cards", balances=balances)
    assert isinstance(resolved, dict)
    choices = {}
    for key, index in resolved.items():
        decimals = sum((weigh_decimals(frame[f"c{index}"]) for frame in read.frames()), Evidence())
        dates = sum((weigh_dates(frame[f"c{index}"]) for frame in read.frames()), Evidence())
        choices[key] = ColumnChoices(
            choose_decimal(decimals, country=country).sign, choose_order(dates, country=country).order
        )
    plan = make_plan(
        resolved,
        kind="cards",
        country=country,
        today=TODAY,
        header_row=header_row,
        headers=headers,
        balances=balances,
        choices=choices,
    )
    return plan, preset, found


@pytest.mark.parametrize(
    ("name", "country", "preset", "rows", "phones", "mapped"),
    [
        ("salon-altegio-clients.xlsx", "DE", "altegio", 2481, 2480, "phone number name email tags birthday balance sold paid visits first_visit last_visit notes external_id"),
        ("salon-deposits.xlsx", "DE", None, 180, 180, "phone name deposit notes"),
        ("cafe-7stamp-cards.csv", "DE", "7stamp", 640, 640, "number name email phone birthday balance:stamps issued last_visit"),
        ("beauty-russian-clients.csv", "RU", None, 761, 760, "last_name first_name phone birthday number balance sold last_visit"),
        ("hindi-customers.ods", "IN", None, 320, 320, "name phone email birthday number balance"),
        ("shop-lightspeed-customers.csv", "GB", "lightspeed-x", 900, None, "external_id first_name last_name email phone phone2 birthday tags balance notes"),
    ],
)  # fmt: skip
def test_the_examples_are_understood_without_help(
    name: str, country: str, preset: str | None, rows: int, phones: int | None, mapped: str, tmp_path: Path
) -> None:
    balances = (BalanceType("bonus", "Bonus", "points", 2), STAMPS, PURSE)
    read = read_file(EXAMPLES / name, tmp_path)
    plan, known, found = plan_for(read, country=country, balances=balances)
    assert (known.key if known else None) == preset
    assert set(found) == set(mapped.split())
    frames = pl.concat([read_rows(frame, plan) for frame in read.frames()])
    assert len(frames) == rows
    assert frames["issues"].list.len().sum() == 0
    if phones is not None:
        assert len(frames["phone"].drop_nulls()) == phones


def test_a_messy_file_row_by_row(tmp_path: Path) -> None:
    read = read_file(EXAMPLES / "broken" / "messy.csv", tmp_path)
    plan, _, _ = plan_for(read, country="DE", balances=ALL)
    found = {row["row"]: row for frame in read.frames() for row in read_rows(frame, plan).iter_rows(named=True)}
    assert {number: row["skip"] for number, row in found.items() if row["skip"]} == {
        12: "section_row",
        13: "repeated_header",
        20: "totals_row",
    }
    assert {number: row["amount:purse"] for number, row in found.items() if number < 8} == {
        4: 125050,
        5: -500,
        6: -500,
        7: -1200,
    }
    assert {row["number_key"] for number, row in found.items() if number < 8} == {"000123", "000124", "000125", "AB12"}
    codes = {
        number: [unpack_issue(packed).code for packed in row["issues"]]
        for number, row in found.items()
        if row["issues"]
    }
    assert codes == {
        6: ["birthday_ignored"], 8: ["too_many_decimals"], 10: ["digits_lost"], 14: ["invalid_phone"], 16: ["not_a_number", "several_phones"],
        17: ["formula_error"], 18: ["mixed_decimal_sign"], 19: ["identity_missing"],
    }  # fmt: skip
    sentence = describe(unpack_issue(found[18]["issues"][0]), found[18]["cells"], plan)
    assert "“12.50” in “Guthaben” does not fit the decimal sign ,"[:30] in sentence
    assert column_header(unpack_issue(found[10]["issues"][0]), plan) == "Telefon"


def test_every_problem_has_a_whole_sentence() -> None:
    plan = make_plan(
        {"phone": 0, "balance": 1},
        kind="cards",
        country="DE",
        today=TODAY,
        header_row=1,
        headers=("Tel", "P"),
        balances=ALL,
    )
    for code in PROBLEMS:
        for target in ("phone", "bonus", "", "birthday"):
            for detail in ("", "5;3", "5;3;1"):
                sentence = describe(Issue(code, target, detail), ("a", "b"), plan)
                assert sentence
                assert "{" not in sentence
                assert unpack_issue(Issue(code, target, detail).packed()) == Issue(code, target, detail)


def test_repairs_are_grouped_and_suggest_the_country() -> None:
    groups = [
        ProblemGroup("phone_needs_country", "phone", 37, ("030 901820", "0151 23456789", "0160 1234567")),
        ProblemGroup("duplicate_row", "", 120), ProblemGroup("not_a_number", "balance", 3, ("abc",)),
    ]  # fmt: skip
    repairs = offer_repairs(groups, countries=("RU", "DE"))
    assert [repair.group.count for repair in repairs] == [120, 37, 3]
    assert (repairs[1].country, repairs[1].mends, repairs[1].ways) == ("DE", 3, ("country", "value", "skip"))
    assert repairs[0].ways == ("skip",)
    assert may_mend(RepairChoice("phone_needs_country", country="DE"))
    assert not may_mend(RepairChoice("duplicate_row", value="x"))
    assert not may_mend(RepairChoice("unheard_of", is_skip=True))


@pytest.mark.parametrize(
    ("text", "safe"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-5", "-5"), ("+49 151 23", "+49 151 23"), ("-2+3+cmd", "'-2+3+cmd"),
     ("\t=1", "'\t=1"), (" =1", "' =1"), ("Anna", "Anna"), ("", ""), ("a\x00b", "a\ufffdb")],
)  # fmt: skip
def test_the_problem_sheet_runs_no_formulas(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


@given(st.text(max_size=30))
def test_no_cell_of_the_problem_sheet_begins_a_formula(text: str) -> None:
    written = safe_cell(text)
    assert not written.lstrip().startswith(("=", "@"))
    assert safe_cell(written) == written


def test_a_problem_sheet_can_be_made_of_a_problem_sheet() -> None:
    headers = ("Phone", "Points", PROBLEM_HEADER)
    assert sheet_headers(headers) == headers
    assert sheet_row(("0151", "5", "old"), headers, ("New one.",)) == ("0151", "5", "New one.")
    assert sheet_row(("0151",), ("Phone", "Points"), ("A.", "B.")) == ("0151", "", "A. B.")
