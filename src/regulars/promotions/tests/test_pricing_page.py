"""The worked examples of docs/why/pricing.md come out as the page says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.promotion import compile_promotions
from tests.contract.known_answers.reading import read_order, read_promotion
from tests.contract.test_known_prices import told

PAGE = Path(__file__).resolve().parents[4] / "docs" / "why" / "pricing.md"
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)]


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_comes_out(example: dict[str, Any]) -> None:
    facts = read_order(example["order"], example.get("config", {}), {})
    promotions = compile_promotions(read_promotion(one, at) for at, one in enumerate(example["promotions"], 1))
    found = told(facts, evaluate(facts, promotions))
    assert {name: found[name] for name in example["expect"]} == example["expect"]
