"""Proposals of a conversion of units, and doubts about a country: pure rules (IMP-4, IMP-10)."""

from collections.abc import Sequence
from typing import Any

import pytest

from regulars.imports.rules.phones import CountryDoubt, doubt_country
from regulars.imports.rules.presets import PRESETS
from regulars.imports.rules.targets import BalanceType
from regulars.imports.rules.units import Proposal, converted, propose_conversion

COUNTRIES = ("DE", "RU", "IN", "US", "GB")
RUSSIAN = ("8-921-745-48-30", "8 910 444-17-47", "89161234567", "8 (903) 111-22-33", "8-812-555-01-02")
GERMAN = ("0151 23456789", "0160/1234567", "089 1234567", "0171-2345678")


def balance(kind: Any, decimals: int = 0) -> BalanceType:
    return BalanceType("b", "B", kind, decimals)


@pytest.mark.parametrize(
    ("unit", "ours", "money_decimals", "wanted"),
    [
        ("money", balance("points"), 2, Proposal("money_to_points", "100")),
        ("money", balance("points"), 3, Proposal("money_to_points", "1000")),
        ("money", balance("points"), 0, None),
        ("money", balance("points", 2), 2, None),
        ("money", balance("deposit", 2), 2, None),
        ("money", balance("stamps"), 2, Proposal("money_to_stamps")),
        ("stamps", balance("points"), 2, Proposal("stamps_to_points")),
        ("stamps", balance("stamps"), 2, None),
        ("points", balance("points", 2), 2, Proposal("points_to_money")),
        ("points", balance("points"), 2, None),
        (None, balance("points"), 2, None),
    ],
)
def test_what_is_proposed(unit: Any, ours: BalanceType, money_decimals: int, wanted: Proposal | None) -> None:
    assert propose_conversion(unit, ours, money_decimals=money_decimals) == wanted


def test_the_systems_of_the_seeds_say_what_they_count_in() -> None:
    units = {preset.key: preset.unit for preset in PRESETS}
    assert {key: units[key] for key in units if key.startswith(("altegio", "lightspeed", "7stamp"))} == {
        "altegio-cards": "money",
        "altegio": "money",
        "altegio-ru": "money",
        "altegio-de": "money",
        "lightspeed-x": "money",
        "lightspeed-r": "points",
        "7stamp": "stamps",
    }


@pytest.mark.parametrize(
    ("sample", "rate", "wanted"),
    [
        ("12,34", "100", "1234"),
        ("1 250.5", "100", "125050"),
        ("0", "100", "0"),
        ("-3", "0.01", "-0.03"),
        ("12 €", "100", ""),
        ("", "100", ""),
        ("NaN", "100", ""),
        ("9" * 30, "100", ""),
        ("5", "", ""),
    ],
)
def test_examples_of_a_rate(sample: str, rate: str, wanted: str) -> None:
    assert converted(sample, rate) == wanted


@pytest.mark.parametrize(
    ("texts", "country", "wanted"),
    [
        (RUSSIAN, "DE", CountryDoubt("RU", 0, 4, 5)),
        (RUSSIAN, "RU", None),
        (GERMAN, "DE", None),
        (GERMAN, "RU", CountryDoubt("DE", 0, 3, 4)),
        (RUSSIAN[:2], "DE", None),
        ((*RUSSIAN[:4], *GERMAN[:2], "0172 2345678", "0173 2345678"), "DE", None),
        (("089 1234567", "030 1234567", "040 1234567", "089 7654321"), "DE", None),
        ((), "DE", None),
        (("x", "12", "()"), "DE", None),
    ],
)
def test_phones_that_are_rather_from_elsewhere(texts: Sequence[str], country: str, wanted: CountryDoubt | None) -> None:
    assert doubt_country(texts, country, COUNTRIES) == wanted
