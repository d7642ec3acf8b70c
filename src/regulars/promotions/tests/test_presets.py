"""Presets ask two or three questions and write ordinary promotions (ORD-14)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from regulars.kernel.refusal import FieldProblem
from regulars.promotions.rules.definition import present_definition, read_definition
from regulars.promotions.rules.definition.checks import check_definition
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Customer, Facts, Line
from regulars.promotions.rules.outcome import Applied
from regulars.promotions.rules.presets import PRESETS, Preset, Written, fill_preset, find_preset
from regulars.promotions.rules.promotion import Promotion, compile_promotions
from regulars.promotions.tests.test_definition import NAMES, OWN, STAMPS

USUAL = {"points": "ext:bonus", "stamps": "ext:stamps", "code": "AUTUMN"}


def answers(preset: Preset) -> dict[str, Any]:
    return {one.name: USUAL[one.kind] for one in preset.questions if one.kind in USUAL}


def filled(key: str, **said: Any) -> tuple[Written, ...]:
    preset = find_preset(key)
    assert preset
    found = fill_preset(preset, {**answers(preset), **said}, NAMES)
    assert all(isinstance(one, Written) for one in found), found
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.key)
def test_the_usual_answers_make_promotions_that_can_be_published(preset: Preset) -> None:
    assert 1 <= len(preset.questions) <= 4
    for one in filled(preset.key):
        assert check_definition(one.definition, OWN) == []
        assert read_definition(present_definition(one.definition, NAMES), NAMES) == one.definition


def test_what_is_wrong_with_an_answer_points_at_its_question() -> None:
    preset = find_preset("cashback")
    assert preset
    found = fill_preset(preset, {"percent": "200", "products": {"skus": "latte"}, "colour": "red"}, NAMES)
    assert [(one.pointer, one.code) for one in found if isinstance(one, FieldProblem)] == [
        ("/colour", "unknown_field"),
        ("/balance_type", "required"),
    ]
    found = fill_preset(preset, {"percent": "200", "balance_type": "ext:none", "products": {"skus": "latte"}}, NAMES)
    assert {(one.pointer, one.code) for one in found if isinstance(one, FieldProblem)} == {
        ("/percent", "out_of_range"),
        ("/balance_type", "unknown_balance_type"),
        ("/products/skus", "wrong_type"),
    }


def order(**fields: Any) -> Facts:
    usual: dict[str, Any] = {
        "lines": (Line("latte", 390, category="coffee"),),
        "at": datetime(2026, 11, 24, 16, 0),  # noqa: DTZ001 (a Tuesday, local time)
        "customer": Customer("anna"),
    }
    return Facts(**{**usual, **fields})


def rules(written: tuple[Written, ...]) -> tuple[Promotion, ...]:
    return tuple(one.definition.rule(str(at)) for at, one in enumerate(written))


def test_the_tenth_coffee_is_free_and_brings_no_stamp() -> None:
    compiled = compile_promotions(rules(filled("stamps", after=9, products={"categories": ["coffee"]})))
    stamps = free = 0
    for number in range(1, 31):
        priced = evaluate(order(balances={STAMPS: stamps}), compiled)
        verdicts = {one.promotion: one for one in priced.verdicts}
        earns, gives = verdicts["0"], verdicts["1"]
        if isinstance(earns, Applied):
            stamps += sum(one.amount for one in earns.earned)
        if isinstance(gives, Applied):
            free += 1
            stamps -= 9
            assert number % 10 == 0
            assert priced.total == 0
    assert (free, stamps) == (3, 0)


def test_two_coffees_of_which_one_is_free_bring_one_stamp() -> None:
    compiled = compile_promotions(rules(filled("stamps", after=9)))
    priced = evaluate(order(lines=(Line("latte", 390, 2000),), balances={STAMPS: 9}), compiled)
    assert priced.total == 390
    (earned,) = [one.earned for one in priced.verdicts if isinstance(one, Applied) and one.earned]
    assert earned[0].amount == 1


def test_happy_hour_is_when_it_is_said() -> None:
    compiled = compile_promotions(rules(filled("happy_hour", percent="20")))
    assert evaluate(order(), compiled).total == 312
    late = replace(order(), at=datetime(2026, 11, 24, 17, 0))  # noqa: DTZ001
    assert evaluate(late, compiled).total == 390


def test_double_points_double_what_others_bring() -> None:
    compiled = compile_promotions(
        (*rules(filled("double", weekdays=[1])), replace(rules(filled("cashback"))[0], id="back"))
    )
    verdicts = {one.promotion: one for one in evaluate(order(), compiled).verdicts}
    double, back = verdicts["0"], verdicts["back"]
    assert isinstance(double, Applied)
    assert isinstance(back, Applied)
    assert sum(one.amount for one in (*double.earned, *back.earned)) == 39
