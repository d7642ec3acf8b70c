"""Every reason has its sentence, and a verdict can be read aloud (ORD-7)."""

import ast
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

from regulars.kernel.amount import format_amount
from regulars.promotions import rules
from regulars.promotions.rules.benefits.percent import PercentOffOrder
from regulars.promotions.rules.conditions.amounts import MinimumAmount
from regulars.promotions.rules.conditions.groups import AnyOf
from regulars.promotions.rules.conditions.moments import Hours, WeeklyHours
from regulars.promotions.rules.conditions.people import InTier
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.explain import _REASONS, Voice, explain
from regulars.promotions.rules.facts import Customer, Facts, Line
from regulars.promotions.rules.promotion import Promotion, compile_promotions

RULES = Path(rules.__file__).parent
VOICE = Voice(
    translate=str,
    money=lambda cents: f"€{format_amount(cents, 2)}",
    day=lambda day: day.isoformat(),
    moment=lambda at: f"{at:%A %H:%M}",
    name={"gold": "Gold", "a": "Autumn"}.get,  # type: ignore[arg-type]
    units=lambda name, amount: f"{format_amount(amount, 2 if name == 'bonus' else 0)} {name}",
)
ORDER = Facts(
    lines=(Line("latte", 390, 2000), Line("cake", 450)),
    at=datetime(2026, 11, 24, 12, 0),  # noqa: DTZ001 (local time of the location)
    customer=Customer("anna"),
)


def told(promotion: Promotion, order: Facts = ORDER) -> tuple[str, ...]:
    return explain(evaluate(order, compile_promotions([promotion])).verdicts[0], VOICE)


def test_what_was_reckoned_is_told() -> None:
    promotion = Promotion(
        "a",
        benefits=(PercentOffOrder(Decimal(10), amount_max=100),),
        earnings=(PercentBack("bonus", Decimal(5)), PerMoney("stamps", 1, 500)),
    )
    assert told(promotion) == (
        "10% of €12.30 is €1.23.",
        "At most €1.00.",
        "5% of €11.30 comes back.",
        "1 stamps for each €5.00 of €11.30.",
    )


def test_the_condition_that_failed_is_told() -> None:
    promotion = Promotion("a", benefits=(PercentOffOrder(Decimal(10)),))
    minimum = MinimumAmount(2000)
    assert told(replace(promotion, conditions=(minimum,))) == ("It takes €20.00, here are €12.30: €7.70 is missing.",)
    mornings = WeeklyHours((Hours(frozenset({1}), time(8), time(12)),))
    assert told(replace(promotion, conditions=(AnyOf((mornings, InTier(frozenset({"gold"})))),))) == (
        "None of these holds: Not at this hour: it was Tuesday 12:00. The customer is not in Gold.",
    )


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    codes: set[str] = set()
    # Orders have reasons of their own, and their sentences stand with the others.
    for path in (*RULES.rglob("*.py"), *(RULES.parent.parent / "orders" / "rules").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id="Reason"), args=[ast.Constant(value=str(code)), *_]):
                    codes.add(code)
                case ast.Tuple(elts=[ast.Constant(value=str(code)), _, _]) if code.startswith("limit_"):
                    codes.add(code)
    assert codes == set(_REASONS)
