"""What every condition, benefit and earning must hold: an outsider's test calls one function with a few examples.

Each raises AssertionError with a sentence that says what is wrong.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from regulars.plugins.promotions import add_plugin
from regulars.promotions.rules.benefits import NO_LIMIT, Benefit, Room
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.definition import present_definition, read_definition
from regulars.promotions.rules.definition.reading import Names
from regulars.promotions.rules.definition.registry import Family
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.earnings import Earning, Gain, paid_of
from regulars.promotions.rules.explain import has_sentence
from regulars.promotions.rules.facts import Customer, Facts, Left, Line
from regulars.promotions.rules.outcome import Cut, Reason

_AT: Final = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 (local time of the order's location)
ORDERS: Final[tuple[Facts, ...]] = (
    Facts(lines=(), at=_AT),
    Facts(lines=(Line("latte", 390),), at=_AT),
    Facts(
        lines=(
            Line("latte", 390, 3000, category="coffee", tags=frozenset({"hot"})),
            Line("rice", 199, 1250, category="food"),
            Line("card", 2500, is_excluded=True),
            Line("cut", 3000, kind="service", discount=500, price_min=2000),
        ),
        at=_AT,
        shipping=490,
        channel="web",
        codes=frozenset({"autumn"}),
        customer=Customer("anna", tags=frozenset({"vip"}), orders_before=4),
    ),
)
"""Orders that every plugin is asked about: an empty one, a small one, one with all that an order may hold."""


def check_condition(examples: Sequence[Condition], names: Names) -> None:
    """A condition answers every order with None or a reason that has a sentence, and comes back from JSON as it went."""
    _check_shape("condition", examples)
    for one in examples:
        _check_round_trip(Definition(conditions=(one,)), names)
        for facts in ORDERS:
            answer = one.check(facts, facts.untouched, facts.included)
            assert answer is None or _is_told(answer), f"{one}: {answer} has no sentence"


def check_benefit(examples: Sequence[Benefit], names: Names) -> None:
    """A benefit takes no more than is left of each line and of shipping, nothing off excluded lines, never a surcharge."""
    _check_shape("benefit", examples)
    for one in examples:
        _check_round_trip(Definition(benefits=(one,)), names)
        for facts in ORDERS:
            left = facts.untouched
            halves = Left(tuple(part // 2 for part in left.lines), left.shipping // 2, left.units)
            for rest in (left, halves):
                for room in (NO_LIMIT, Room(units=1, count=1)):
                    _check_cut(one, one.cut(facts, rest, facts.included, room), facts, rest)


def check_earning(examples: Sequence[Earning], names: Names) -> None:
    """An earning brings units, never fewer than none, or says why not."""
    _check_shape("earning", examples)
    for one in examples:
        _check_round_trip(Definition(earnings=(one,)), names)
        for facts in ORDERS:
            answer = one.earn(facts, paid_of(facts, facts.untouched), facts.included, 0)
            if isinstance(answer, Gain):
                assert answer.units.over >= 0, f"{one}: it takes units away"
                assert answer.units.under > 0, f"{one}: its units are no quotient"
                assert all(_is_told(step) for step in answer.steps), f"{one}: a step has no sentence"
            else:
                assert _is_told(answer), f"{one}: {answer} has no sentence"


def _check_shape(family: Family, examples: Sequence[Any]) -> None:
    assert examples, "give at least one example"
    for cls in {type(one) for one in examples}:
        add_plugin(family, cls)
        assert isinstance(getattr(cls, "sentence", None), str), f"{cls.__name__}: it has no sentence that tells it"


def _check_round_trip(definition: Definition, names: Names) -> None:
    written = json.loads(json.dumps(present_definition(definition, names)), parse_float=Decimal)
    read = read_definition(written, names)
    assert read == definition, f"{written} is read as {read}"


def _check_cut(one: Benefit, answer: Cut | Reason, facts: Facts, left: Left) -> None:
    if isinstance(answer, Reason):
        assert _is_told(answer), f"{one}: {answer} has no sentence"
        return
    assert len(answer.lines) == len(facts.lines), f"{one}: it must say an amount for every line"
    for line, off, rest in zip(facts.lines, answer.lines, left.lines, strict=True):
        assert 0 <= off <= rest, f"{one}: it takes {off} of {rest}"
        assert not (line.is_excluded and off), f"{one}: it takes off an excluded line"
    assert 0 <= answer.shipping <= left.shipping, f"{one}: it takes {answer.shipping} of the shipping"
    assert all(_is_told(step) for step in answer.steps), f"{one}: a step has no sentence"


def _is_told(reason: Reason) -> bool:
    return isinstance(reason, Reason) and has_sentence(reason.code)
