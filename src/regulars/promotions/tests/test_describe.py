"""A definition is told in plain sentences, in the language of who reads it (ORD-13)."""

from typing import Any

from regulars.promotions.rules.describe import compare, describe
from regulars.promotions.tests.test_definition import NAMES, read
from regulars.promotions.tests.test_definition_round_trip import SPEECH


def told(**content: Any) -> list[str]:
    return [one.text for one in describe(read(**content), SPEECH)]


def test_the_promotion_of_the_issue_is_told() -> None:
    assert told(
        products={"without_tags": ["gift-card"]},
        conditions=[
            {"kind": "weekly_hours", "hours": [{"weekdays": [1], "begins": "00:00", "ends": "12:00"}]},
            {"kind": "in_tier", "tiers": ["ext:gold"]},
        ],
        benefits=[{"kind": "percent_off_lines", "percent": "10"}],
        limits={"discount": "20"},
    ) == [
        "At these hours: 1 from 00:00 to 12:00.",
        f"For customers in {next(iter(NAMES.by_text[k] for k in NAMES.by_text if k[0] == 'tier'))}.",
        "It is about: without tag gift-card.",
        "10% off each line.",
        "In all: at most €20.00 off.",
    ]


def test_kinds_have_their_own_sentences() -> None:
    assert told(benefits=[{"kind": "buy_get", "buy": 2}]) == ["Buy 2, get 1 free."]
    assert told(benefits=[{"kind": "shipping_off", "percent": "100"}]) == ["Shipping is free."]
    assert told(conditions=[{"kind": "nth_order", "number": 1}]) == ["For the first order of a customer."]
    assert told(benefits=[{"kind": "steps", "is_percent": True, "steps": [{"from": "50", "off": "7.5"}]}]) == [
        "From €50.00 on, 7.5% off."
    ]
    assert told(codes=["AUTUMN"], stands_alone=True) == ["With the code AUTUMN.", "Nothing else applies beside it."]
    assert told(
        conditions=[
            {
                "kind": "any_of",
                "conditions": [{"kind": "tagged", "tags": ["vip"]}, {"kind": "days", "last": "2026-12-24"}],
            }
        ]
    ) == ["At least one of this holds: For customers with the tag vip. · Until 2026-12-24."]


def test_what_changed_is_told_in_words() -> None:
    old = read(benefits=[{"kind": "percent_off_order", "percent": "10"}], codes=["A"])
    new = read(benefits=[{"kind": "percent_off_order", "percent": "5"}], codes=["A"], stands_alone=True)
    found = compare(old, new, SPEECH)
    assert [one.text for one in found.gone] == ["10% off."]
    assert [one.text for one in found.come] == ["5% off.", "Nothing else applies beside it."]
