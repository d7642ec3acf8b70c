"""What other products' orders cost under the pure rules of promotions (issue 3, known answers): prices, without balances.

`REGULARS_CASES=FILE` runs another file of the same form; the last line of the output says how many passed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from regulars.kernel.amount import format_amount
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.outcome import NotApplied, Priced
from regulars.promotions.rules.promotion import compile_promotions
from regulars.promotions.rules.taxes import with_tax
from tests.contract.known_answers.reading import NotRead, read_order, read_promotion

CASES = Path(os.environ.get("REGULARS_CASES", Path(__file__).parent / "known_answers" / "cases.json"))
DECIDED_OTHERWISE = {
    "vendure-code-case-sensitive": "codes are compared without case: people type them on phones",
    "medusa-budget-spend-all-or-nothing": "the last order before a budget ends gets what is left of it",
    "sylius-split-300-tie": "shares go by largest remainder (ORD-15)",
}
"""Cases that are a product's own convention, and why ours is another."""


def cases() -> list[dict[str, Any]]:
    """Cases that are about prices alone: no balances, and nothing is booked."""
    found: list[dict[str, Any]] = json.loads(CASES.read_text())
    return [
        case
        for case in found
        if not case["given"]["balance_types"] and all(step["do"] == "price" for step in case.get("steps", ()))
    ]


def told(facts: Facts, priced: Priced) -> dict[str, object]:
    """What came out, under the names of the cases."""
    before = sum(with_tax(line, line.total, facts) for line in facts.lines)
    money = {
        "discount_total": priced.discount_total,
        "total": priced.total,
        "to_pay": priced.total,
        "final_total": priced.total,
        "tax": priced.tax,
        "shipping": priced.shipping,
        "shipping_discount": priced.shipping_discount,
        "total_before": before + facts.shipping,
        "total_net": sum(priced.line_totals),
    }
    lists = {"line_discounts": priced.line_discounts, "line_totals": priced.line_totals}
    return {
        **{name: format_amount(amount, 2) for name, amount in money.items()},
        **{name: [format_amount(amount, 2) for amount in amounts] for name, amounts in lists.items()},
        "line_discounts_any_order": sorted(format_amount(amount, 2) for amount in priced.line_discounts),
        "refused": any(isinstance(verdict, NotApplied) for verdict in priced.verdicts),
    }


def expected(answers: dict[str, Any]) -> dict[str, object]:
    """The same names of a case; what it says beyond is about steps between, which a price does not show."""
    wanted = dict(answers)
    if "line_discounts_any_order" in wanted:
        wanted["line_discounts_any_order"] = sorted(wanted["line_discounts_any_order"])
    if "refused" in wanted:
        wanted["refused"] = True
    return wanted


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["id"]))
def test_an_order_costs_what_it_costs_elsewhere(case: dict[str, Any]) -> None:
    if case["id"] in DECIDED_OTHERWISE:
        assert not case["universal"]
        pytest.skip(DECIDED_OTHERWISE[case["id"]])
    given = case["given"]
    try:
        promotions = compile_promotions(
            read_promotion(promotion, position) for position, promotion in enumerate(given["promotions"], 1)
        )
        steps = case.get("steps") or [{"do": "price", "expect": case["expect"]}]
        compared = set()
        for step in [*steps, {**steps[-1], "expect": case["expect"]}]:
            changed = {name: value for name, value in step.items() if name not in ("do", "expect")}
            facts = read_order({**given["order"], **changed}, given.get("config") or {}, {})
            found, wanted = told(facts, evaluate(facts, promotions)), expected(step.get("expect", {}))
            names = found.keys() & wanted.keys()
            compared |= names
            assert {name: found[name] for name in names} == {name: wanted[name] for name in names}
    except NotRead as left_out:
        pytest.skip(f"left out: {left_out}")
    if not compared:
        pytest.skip("it expects nothing that a price shows")
