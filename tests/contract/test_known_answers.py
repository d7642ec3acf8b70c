"""What other products' orders, points and refunds come to, played over HTTP (issue 3, known answers).

`REGULARS_CASES=FILE` runs another file of the same form; the last line says how many passed, failed and were skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.known_answers.reading import NotRead
from tests.contract.known_answers.steps import Till
from tests.contract.known_answers.telling import TELLERS, expected

pytestmark = pytest.mark.django_db

OURS = Path(__file__).parent / "known_answers" / "cases.json"
CASES = Path(os.environ.get("REGULARS_CASES", OURS))
DECIDED_OTHERWISE = {
    "vendure-code-case-sensitive": "codes are compared without case: people type them on phones",
    "medusa-budget-spend-all-or-nothing": "the last order before a budget ends gets what is left of it",
    "sylius-split-300-tie": "shares go by largest remainder (ORD-15)",
}
"""Cases that are a product's own convention, and why ours is another."""
LEFT_OUT = {
    "odoo-cap-specific-never-over-order": "a till takes its own reductions off a line, not off the order after promotions",
}
"""Universal cases that ask for something which is not there."""


def cases() -> list[dict[str, Any]]:
    """All cases."""
    found: list[dict[str, Any]] = json.loads(CASES.read_text())
    return found


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["id"]))
def test_a_till_is_told_what_it_is_told_elsewhere(case: dict[str, Any]) -> None:
    compared: set[str] = set()

    def compare(till: Till, answers: dict[str, Any]) -> None:
        if "or_refused" in answers and till.told.refusal:
            compared.add("or_refused")
            return
        for name, wanted in answers.items():
            if name in TELLERS:
                compared.add(name)
                assert TELLERS[name](till, wanted) == expected(name, wanted), name

    if case["id"] in DECIDED_OTHERWISE:
        assert not case["universal"]
        pytest.skip(DECIDED_OTHERWISE[case["id"]])
    left_out = play(case, compare)
    if left_out is None and compared:
        return
    reason = left_out or "it expects nothing that a till is told"
    if case["universal"] and CASES == OURS:
        assert case["id"] in LEFT_OUT, reason
    pytest.skip(f"left out: {LEFT_OUT.get(case['id'], reason)}")


def play(case: dict[str, Any], compare: Callable[[Till, dict[str, Any]], None]) -> str | None:
    """Play a case; what it asks for that is left out, or None."""
    try:
        Till(case).play(compare)
    except NotRead as left_out:
        return str(left_out)
    return None
