"""What other products' orders, points and refunds come to, played over HTTP (issue 3, known answers).

`REGULARS_CASES=FILE` runs another file of the same form; the last line says how many passed, failed and were skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.known_answers.over_http import Till
from tests.contract.known_answers.reading import NotRead
from tests.contract.known_answers.telling import TELLERS, expected

pytestmark = pytest.mark.django_db

CASES = Path(os.environ.get("REGULARS_CASES", Path(__file__).parent / "known_answers" / "cases.json"))
DECIDED_OTHERWISE = {
    "vendure-code-case-sensitive": "codes are compared without case: people type them on phones",
    "medusa-budget-spend-all-or-nothing": "the last order before a budget ends gets what is left of it",
    "sylius-split-300-tie": "shares go by largest remainder (ORD-15)",
}
"""Cases that are a product's own convention, and why ours is another."""


def cases() -> list[dict[str, Any]]:
    """All cases."""
    found: list[dict[str, Any]] = json.loads(CASES.read_text())
    return found


@pytest.fixture(scope="module")
def tally() -> Iterator[dict[str, int]]:
    """How many of each; told when the last one is done."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    yield counts
    print(f"\nKnown answers: {', '.join(f'{count} {name}' for name, count in counts.items())}")


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["id"]))
def test_a_till_is_told_what_it_is_told_elsewhere(case: dict[str, Any], tally: dict[str, int]) -> None:
    compared: set[str] = set()

    def compare(till: Till, answers: dict[str, Any]) -> None:
        if "or_refused" in answers and till.told.refusal:
            compared.add("or_refused")
            return
        for name, wanted in answers.items():
            if name in TELLERS:
                compared.add(name)
                assert TELLERS[name](till, wanted) == expected(name, wanted), name

    tally["failed"] += 1
    try:
        if case["id"] in DECIDED_OTHERWISE:
            assert not case["universal"]
            raise NotRead(DECIDED_OTHERWISE[case["id"]])
        Till(case).play(compare)
        if not compared:
            raise NotRead("it expects nothing that a till is told")
    except NotRead as left_out:
        tally["failed"] -= 1
        tally["skipped"] += 1
        pytest.skip(f"left out: {left_out}")
    tally["failed"] -= 1
    tally["passed"] += 1
