"""Rates that grow with what was bought before (ORD-4)."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from regulars.promotions.rules.definition.checks import check_definition
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Customer, Facts, History, HistoryScope, Line
from regulars.promotions.rules.outcome import Applied, NotApplied
from regulars.promotions.rules.promotion import compile_promotions
from regulars.promotions.tests.test_definition import OWN, problems, read

STEPS = [{"reached": "100", "percent": "3"}, {"reached": "500", "percent": "5.5"}]
ORDER = Facts(
    lines=(Line("latte", 10_000),),
    at=datetime(2026, 11, 24, 12, 0),  # noqa: DTZ001 (local time of the location)
)


def earned(before: History | None, **fields: Any) -> int | str:
    earning = {"kind": "accumulative_back", "balance_type": "ext:bonus", "over": "paid", "steps": STEPS, **fields}
    definition = read(earnings=[earning])
    assert check_definition(definition, OWN) == []
    compiled = compile_promotions([definition.rule("a")])
    (scope,) = compiled.histories
    customer = None if before is None else Customer("anna", histories={scope: before})
    (verdict,) = evaluate(replace(ORDER, customer=customer), compiled).verdicts
    if isinstance(verdict, NotApplied):
        return verdict.reason.code
    assert isinstance(verdict, Applied)
    return sum(one.amount for one in verdict.earned)


@pytest.mark.parametrize(
    ("paid", "expected"),
    [(0, "rate_by_money_below"), (9_999, "rate_by_money_below"), (10_000, 300), (49_999, 300), (50_000, 550)],
)
def test_an_order_is_rated_by_what_was_paid_before_it(paid: int, expected: int | str) -> None:
    assert earned(History(paid=paid, sold=10**9, visits=10**6)) == expected


def test_sold_and_visits_count_as_well() -> None:
    assert earned(History(sold=50_000), over="sold") == 550
    visits = [{"reached": 0, "percent": "1"}, {"reached": 10, "percent": "2"}]
    assert earned(History(visits=9), over="visits", steps=visits) == 100
    assert earned(History(visits=10), over="visits", steps=visits) == 200
    assert earned(None) == "customer_required"


def test_only_earlier_orders_of_its_scope_count() -> None:
    definition = read(
        earnings=[
            {
                "kind": "accumulative_back",
                "balance_type": "ext:bonus",
                "over": "paid",
                "steps": STEPS,
                "since": "2026-01-01",
                "locations": ["ext:here"],
            }
        ]
    )
    (scope,) = compile_promotions([definition.rule("a")]).histories
    assert isinstance(scope, HistoryScope)
    assert (str(scope.since), len(scope.locations)) == ("2026-01-01", 1)
    customer = Customer("anna", paid_before=10**9, histories={HistoryScope(): History(paid=10**9)})
    (verdict,) = evaluate(replace(ORDER, customer=customer), compile_promotions([definition.rule("a")])).verdicts
    assert isinstance(verdict, NotApplied)


def test_steps_are_read_in_the_unit_of_what_they_count() -> None:
    found = read(
        earnings=[
            {
                "kind": "accumulative_back",
                "balance_type": "ext:bonus",
                "over": "visits",
                "steps": [{"reached": 10, "percent": "5"}],
            }
        ]
    )
    (earning,) = found.earnings
    assert earning.steps[0].reached == 10  # type: ignore[attr-defined]
    assert earning.steps[0].percent == Decimal(5)  # type: ignore[attr-defined]
    bad = {
        "kind": "accumulative_back",
        "balance_type": "ext:bonus",
        "over": "visits",
        "steps": [{"reached": "1.5", "percent": "5"}],
    }
    assert problems(earnings=[bad]) == {"/earnings/0/steps/0/reached": "wrong_type"}
    twice = read(earnings=[{**bad, "steps": [{"reached": 1, "percent": "5"}, {"reached": 1, "percent": "6"}]}])
    assert [one.code for one in check_definition(twice, OWN)] == ["duplicate"]
