"""A definition in JSON: read with exact problems, written in one way (ORD-3, ORD-5, ORD-8)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from regulars.kernel.refusal import FieldProblem
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.rules.benefits.amount import Steps
from regulars.promotions.rules.benefits.percent import PercentOffLines
from regulars.promotions.rules.conditions.moments import Days, WeeklyHours
from regulars.promotions.rules.definition import present_definition, read_definition
from regulars.promotions.rules.definition.checks import OwnBalance, check_definition
from regulars.promotions.rules.definition.reading import BalanceUnits
from regulars.promotions.rules.definition.values import Cost, Definition
from regulars.promotions.rules.earnings.kinds import PercentBack, PerOrder
from regulars.promotions.rules.products import Products

BONUS, STAMPS, GOLD, HERE, CLUB = (f"01890000-0000-7000-8000-00000000000{at}" for at in range(5))
NAMES = ChainNames(
    currency_decimals=2,
    balances={BONUS: BalanceUnits(2, "half_up", Decimal(1)), STAMPS: BalanceUnits(0, "down", Decimal(100))},
    by_text={
        **{("balance_type", name): name for name in (BONUS, STAMPS)},
        ("balance_type", "ext:bonus"): BONUS,
        ("balance_type", "ext:stamps"): STAMPS,
        ("tier", "ext:gold"): GOLD,
        ("tier", GOLD): GOLD,
        ("location", "ext:here"): HERE,
        ("location", HERE): HERE,
        ("card_type", "ext:club"): CLUB,
        ("card_type", CLUB): CLUB,
        ("order_segment", HERE): HERE,
        ("code_pool", HERE): HERE,
    },
    called={},
)
OWN = {BONUS: OwnBalance("points"), STAMPS: OwnBalance("stamps")}


def read(**content: Any) -> Definition:
    found = read_definition(content, NAMES)
    assert isinstance(found, Definition), found
    return found


def problems(**content: Any) -> dict[str, str]:
    found = read_definition(content, NAMES)
    assert isinstance(found, tuple), found
    assert all(isinstance(one, FieldProblem) and one.detail for one in found)
    return {one.pointer: one.code for one in found}


def contradictions(**content: Any) -> dict[str, str]:
    return {one.pointer: one.code for one in check_definition(read(**content), OWN)}


def test_the_promotion_of_the_issue_is_read() -> None:
    found = read(
        products={"without_tags": ["gift-card"]},
        conditions=[
            {"kind": "weekly_hours", "hours": [{"weekdays": [1], "begins": "00:00", "ends": "12:00"}]},
            {"kind": "in_tier", "tiers": ["ext:gold"]},
        ],
        benefits=[{"kind": "percent_off_lines", "percent": "10"}],
        earnings=[{"kind": "percent_back", "balance_type": "ext:bonus", "percent": "5"}],
        limits={"per_day": 20},
    )
    assert found.products == Products(without_tags=frozenset({"gift-card"}))
    assert found.benefits == (PercentOffLines(Decimal(10)),)
    assert found.earnings == (PercentBack(BONUS, Decimal(5), Decimal(1), rounding="half_up"),)
    assert found.limits.per_day == 20
    assert check_definition(found, OWN) == []


def test_amounts_are_in_the_units_of_what_they_count() -> None:
    found = read(
        earnings=[
            {"kind": "per_order", "balance_type": "ext:bonus", "units": "1.50"},
            {"kind": "per_order", "balance_type": "ext:stamps", "units": 1},
        ],
        cost={"balance_type": "ext:bonus", "amount": "3"},
        limits={"discount": "100.00", "earned_per_day": "20"},
        benefits=[
            {"kind": "steps", "steps": [{"from": "50", "off": "5"}, {"from": "20.00", "off": Decimal("2.5")}]},
            {"kind": "steps", "is_percent": True, "steps": [{"from": "50", "off": "12.5"}]},
        ],
    )
    assert found.earnings == (PerOrder(BONUS, 150, "half_up"), PerOrder(STAMPS, 1, "down"))
    assert found.cost == Cost(BONUS, 300)
    assert (found.limits.discount, found.limits.earned_per_day) == (10_000, 2000)
    assert found.benefits == (Steps(((2000, 250), (5000, 500))), Steps(((5000, 1250),), is_percent=True))


def test_what_is_written_says_only_what_is_not_usual() -> None:
    content = {
        "benefits": [{"kind": "percent_off_order", "percent": "10"}],
        "earnings": [{"kind": "percent_back", "balance_type": "ext:bonus", "percent": "5.0", "rounding": "half_up"}],
    }
    written = present_definition(read(**content), NAMES)
    assert written["benefits"] == [{"kind": "percent_off_order", "percent": "10"}]
    assert written["earnings"][0] == {
        "kind": "percent_back",
        "balance_type": written["earnings"][0]["balance_type"],
        "percent": "5",
    }
    assert set(written) == {"benefits", "earnings"}
    assert read_definition(written, replace(NAMES, is_trusting=True)) == read(**content)


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({"benefits": "all"}, "/benefits", "wrong_type"),
        ({"benefits": [{"percent": "10"}]}, "/benefits/0/kind", "required"),
        ({"benefits": [{"kind": "free_beer"}]}, "/benefits/0/kind", "unknown_kind"),
        ({"benefits": [{"kind": "percent_off_order"}]}, "/benefits/0/percent", "required"),
        ({"benefits": [{"kind": "percent_off_order", "percent": "110"}]}, "/benefits/0/percent", "out_of_range"),
        ({"benefits": [{"kind": "percent_off_order", "percent": "ten"}]}, "/benefits/0/percent", "not_a_number"),
        ({"benefits": [{"kind": "percent_off_order", "percent": True}]}, "/benefits/0/percent", "not_a_number"),
        (
            {"benefits": [{"kind": "amount_off_order", "amount": "1.001"}]},
            "/benefits/0/amount",
            "too_many_decimals",
        ),
        ({"benefits": [{"kind": "amount_off_order", "amount": "-1"}]}, "/benefits/0/amount", "out_of_range"),
        ({"benefits": [{"kind": "amount_off_order", "amount": "1" * 20}]}, "/benefits/0/amount", "out_of_range"),
        ({"benefits": [{"kind": "shipping_off"}]}, "/benefits/0", "one_of_three"),
        ({"benefits": [{"kind": "buy_get", "buy": 0}]}, "/benefits/0/buy", "out_of_range"),
        ({"benefits": [{"kind": "buy_get", "buy": "2"}]}, "/benefits/0/buy", "wrong_type"),
        (
            {"benefits": [{"kind": "buy_get", "buy": 2, "get_products": {"colour": "red"}}]},
            "/benefits/0/get_products/colour",
            "unknown_field",
        ),
        ({"benefits": [{"kind": "steps", "steps": [{"from": "1"}]}]}, "/benefits/0/steps/0/off", "required"),
        ({"earnings": [{"kind": "per_order", "units": 1}]}, "/earnings/0/balance_type", "required"),
        (
            {"earnings": [{"kind": "per_order", "balance_type": "ext:miles", "units": 1}]},
            "/earnings/0/balance_type",
            "unknown_balance_type",
        ),
        (
            {"earnings": [{"kind": "per_order", "balance_type": "ext:stamps", "units": "0.5"}]},
            "/earnings/0/units",
            "too_many_decimals",
        ),
        ({"conditions": [{"kind": "days", "first": "2026-02-30"}]}, "/conditions/0/first", "invalid_date"),
        (
            {"conditions": [{"kind": "weekly_hours", "hours": [{"weekdays": [7], "begins": "9", "ends": "12:00"}]}]},
            "/conditions/0/hours/0/weekdays/0",
            "out_of_range",
        ),
        (
            {"conditions": [{"kind": "at_places", "locations": ["loc_x"]}]},
            "/conditions/0/locations/0",
            "unknown_location",
        ),
        ({"conditions": [{"kind": "tagged", "tags": ["a", "a"]}]}, "/conditions/0/tags/1", "duplicate"),
        ({"conditions": [{"kind": "tagged", "tags": ["\x01"]}]}, "/conditions/0/tags/0", "invalid_text"),
        ({"limits": {"earned_per_day": "5"}}, "/limits/earned_per_day", "no_earnings"),
        ({"limits": {"total": 1.5}}, "/limits/total", "wrong_type"),
        ({"multipliers": [{"balance_type": "ext:bonus", "factor": "1"}]}, "/multipliers/0/factor", "out_of_range"),
        ({"stands_alone": "yes"}, "/stands_alone", "wrong_type"),
        ({"codes": ["x" * 65]}, "/codes/0", "too_long"),
        ({"colour": "red"}, "/colour", "unknown_field"),
        ({"products": {"kind": "food"}}, "/products/kind", "unknown_value"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(content: dict[str, Any], pointer: str, code: str) -> None:
    assert problems(**content)[pointer] == code


def test_groups_stand_in_each_other_only_so_deep() -> None:
    inner: dict[str, Any] = {"kind": "known_as"}
    for _ in range(10):
        inner = {"kind": "any_of", "conditions": [inner]}
    (found,) = problems(conditions=[inner]).items()
    assert found == ("/conditions/0" + "/conditions/0" * 6, "too_deep")


OFF = [{"kind": "percent_off_order", "percent": "10"}]


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({}, "/benefits", "gives_nothing"),
        (
            {"conditions": [{"kind": "days", "first": "2026-12-02", "last": "2026-12-01"}]},
            "/conditions/0/last",
            "contradiction",
        ),
        (
            {"conditions": [{"kind": "days", "last": "2026-12-01"}, {"kind": "days", "first": "2026-12-02"}]},
            "/conditions/1",
            "contradiction",
        ),
        ({"conditions": [{"kind": "tagged", "tags": []}]}, "/conditions/0/tags", "empty_choice"),
        ({"conditions": [{"kind": "at_places"}]}, "/conditions/0", "empty_choice"),
        ({"conditions": [{"kind": "any_of", "conditions": []}]}, "/conditions/0/conditions", "empty_group"),
        (
            {
                "conditions": [
                    {"kind": "weekly_hours", "hours": [{"weekdays": [0], "begins": "08:00", "ends": "12:00"}]},
                    {"kind": "weekly_hours", "hours": [{"weekdays": [0], "begins": "12:00", "ends": "14:00"}]},
                ]
            },
            "/conditions/1",
            "contradiction",
        ),
        (
            {
                "conditions": [
                    {"kind": "weekly_hours", "hours": [{"weekdays": [0], "begins": "08:00", "ends": "08:00"}]}
                ]
            },
            "/conditions/0/hours/0/ends",
            "no_time",
        ),
        (
            {"conditions": [{"kind": "nth_order", "number": 1}, {"kind": "nth_order", "number": 2}]},
            "/conditions/1",
            "contradiction",
        ),
        (
            {
                "conditions": [
                    {"kind": "tagged", "tags": ["vip"]},
                    {"kind": "none_of", "conditions": [{"kind": "tagged", "tags": ["vip"]}]},
                ]
            },
            "/conditions/1",
            "contradiction",
        ),
        ({"products": {"skus": ["a"], "without_skus": ["a"]}}, "/products/without_skus", "contradiction"),
        ({"products": {"price_min": "5", "price_max": "4"}}, "/products/price_max", "contradiction"),
        ({"codes": ["autumn", "AU-TUMN"]}, "/codes/1", "duplicate"),
        ({"codes": [" - "]}, "/codes/0", "empty_code"),
        (
            {
                "cost": {"balance_type": "ext:stamps", "amount": 5},
                "trigger": {"event": "birthday", "balance_type": "ext:bonus", "amount": 5},
            },
            "/trigger",
            "trigger_alone",
        ),
    ],
)
def test_what_contradicts_itself_is_not_published(content: dict[str, Any], pointer: str, code: str) -> None:
    said = content if not content else {"benefits": OFF, **content}
    assert contradictions(**said)[pointer] == code


def test_hours_that_overlap_past_midnight_hold_together() -> None:
    night = {"kind": "weekly_hours", "hours": [{"weekdays": [6], "begins": "22:00", "ends": "02:00"}]}
    early = {"kind": "weekly_hours", "hours": [{"weekdays": [0], "begins": "00:00", "ends": "06:00"}]}
    assert contradictions(benefits=OFF, conditions=[night, early]) == {}


def test_units_go_to_balances_of_the_own_program_and_of_a_fitting_kind() -> None:
    content = {"earnings": [{"kind": "per_order", "balance_type": "ext:bonus", "units": 1}]}
    definition = read(**content)
    assert [one.code for one in check_definition(definition, {})] == ["other_program"]
    assert [one.code for one in check_definition(definition, {BONUS: OwnBalance("deposit")})] == ["not_earned"]
    paid = read(benefits=OFF, cost={"balance_type": "ext:bonus", "amount": 1})
    assert [one.code for one in check_definition(paid, {BONUS: OwnBalance("status")})] == ["not_spent"]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ({"event": "registered", "amount": 50}, {}),
        ({"event": "registered"}, {"/trigger/amount": "trigger_amount"}),
        ({"event": "api", "minimum": 1, "maximum": 50}, {}),
        ({"event": "api", "minimum": 60, "maximum": 50}, {"/trigger/maximum": "trigger_amount"}),
        ({"event": "win_back", "amount": 5}, {"/trigger/after_days": "trigger_days"}),
        ({"event": "win_back", "amount": 5, "after_days": 90}, {}),
        ({"event": "review", "amount": 5, "days_before": 3}, {"/trigger/days_before": "not_for_this_event"}),
    ],
)
def test_a_trigger_says_how_much(trigger: dict[str, Any], expected: dict[str, str]) -> None:
    assert contradictions(trigger={"balance_type": "ext:bonus", **trigger}) == expected


def test_days_and_hours_are_read_as_the_engine_has_them() -> None:
    found = read(conditions=[{"kind": "days", "first": "2026-12-01"}, {"kind": "weekly_hours", "hours": []}])
    assert isinstance(found.conditions[0], Days)
    assert found.conditions[1] == WeeklyHours(())
