"""A birthday that is near, as a condition of promotions (ORD-8, CUS-1)."""

from dataclasses import replace
from datetime import datetime

import pytest

from regulars.promotions.rules.benefits.amount import AmountOffOrder
from regulars.promotions.rules.conditions.people import NearBirthday
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Customer, Facts, Line
from regulars.promotions.rules.outcome import NotApplied
from regulars.promotions.rules.promotion import Promotion, compile_promotions

ORDER = Facts(lines=(Line("latte", 390),), at=datetime(2026, 5, 17, 12))  # noqa: DTZ001 (local time of the location)
TEN = Promotion("p", benefits=(AmountOffOrder(100),))


@pytest.mark.parametrize(
    ("day", "birthday", "before", "after", "said"),
    [
        ("2026-05-17", (5, 17), 0, 0, "applied"),
        ("2026-05-16", (5, 17), 0, 0, "birthday_far"),
        ("2026-05-10", (5, 17), 7, 0, "applied"),
        ("2026-05-09", (5, 17), 7, 0, "birthday_far"),
        ("2026-05-24", (5, 17), 7, 7, "applied"),
        ("2026-05-25", (5, 17), 7, 7, "birthday_far"),
        # Over New Year.
        ("2026-12-28", (1, 2), 7, 0, "applied"),
        ("2027-01-03", (12, 30), 0, 7, "applied"),
        # Born on 29 February: 28 February in common years, the day itself in leap years.
        ("2026-02-28", (2, 29), 0, 0, "applied"),
        ("2026-03-01", (2, 29), 0, 0, "birthday_far"),
        ("2028-02-29", (2, 29), 0, 0, "applied"),
        ("2028-02-28", (2, 29), 0, 0, "birthday_far"),
        ("2026-03-02", (2, 29), 0, 2, "applied"),
        ("2026-05-17", None, 7, 7, "birthday_unknown"),
    ],
)
def test_a_birthday_is_near(day: str, birthday: tuple[int, int] | None, before: int, after: int, said: str) -> None:
    condition = NearBirthday(days_before=before, days_after=after)
    facts = replace(ORDER, at=datetime.fromisoformat(f"{day}T23:59"), customer=Customer("anna", birthday=birthday))
    (verdict,) = evaluate(facts, compile_promotions([replace(TEN, conditions=(condition,))])).verdicts
    assert (verdict.reason.code if isinstance(verdict, NotApplied) else "applied") == said


def test_somebody_unknown_has_no_birthday() -> None:
    (verdict,) = evaluate(
        replace(ORDER, customer=None), compile_promotions([replace(TEN, conditions=(NearBirthday(),))])
    ).verdicts
    assert isinstance(verdict, NotApplied)
    assert verdict.reason.code == "customer_required"
