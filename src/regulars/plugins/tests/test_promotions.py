"""An outsider's class becomes a kind like any other, and the kit finds one that does not hold what it must."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from regulars.plugins.promotions import PluginRefused, add_plugin, load_plugins
from regulars.plugins.testkit.promotions import check_benefit, check_condition, check_earning
from regulars.promotions.rules.benefits import Room, Stage, on_lines
from regulars.promotions.rules.definition.registry import leave
from regulars.promotions.rules.describe import describe
from regulars.promotions.rules.earnings.kinds import PerOrder
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.explain import explain
from regulars.promotions.rules.facts import Facts, Left, Line, Need
from regulars.promotions.rules.meanings import BalanceName, Count, SomeMoney
from regulars.promotions.rules.outcome import Cut, Reason
from regulars.promotions.rules.promotion import compile_promotions
from regulars.promotions.tests.test_definition import BONUS, NAMES, problems, read
from regulars.promotions.tests.test_definition_round_trip import SPEECH
from regulars.promotions.tests.test_explain import VOICE
from tests.people import NOW


@dataclass(frozen=True, slots=True)
class FewLines:
    """The order has at most so many lines."""

    kind: ClassVar[str] = "few_lines"
    sentence: ClassVar[str] = "The order has at most {most} lines."
    reasons: ClassVar[dict[str, str]] = {"too_many_lines": "It has {found} lines, {most} are allowed."}
    needs: ClassVar[frozenset[Need]] = frozenset()
    most: Count

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        found = len(facts.lines)
        return None if found <= self.most else Reason("too_many_lines", {"found": found, "most": self.most})


@dataclass(frozen=True, slots=True)
class Greedy:
    """Takes more than is there."""

    kind: ClassVar[str] = "greedy"
    sentence: ClassVar[str] = "{amount} off, come what may."
    stage: ClassVar[Stage] = Stage.LINES
    amount: SomeMoney

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        return Cut(on_lines(facts, [(at, self.amount) for at in chosen]))


@dataclass(frozen=True, slots=True)
class Silent:
    """Gives a reason that has no sentence."""

    kind: ClassVar[str] = "silent"
    sentence: ClassVar[str] = "Nothing."
    balance_type: BalanceName
    rounding: ClassVar[str] = "down"

    def earn(self, facts: Facts, paid: object, chosen: tuple[int, ...], carried: int) -> Reason:
        return Reason("never_heard_of")


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    yield
    leave("condition", FewLines)
    leave("benefit", Greedy)
    leave("earning", Silent)


def test_a_plugin_is_read_asked_and_told_like_any_other_kind() -> None:
    assert problems(conditions=[{"kind": "few_lines", "most": 1}]) == {"/conditions/0/kind": "unknown_kind"}
    assert load_plugins(["condition=regulars.plugins.tests.test_promotions:FewLines"])
    check_condition([FewLines(1), FewLines(9)], NAMES)
    definition = read(
        conditions=[{"kind": "few_lines", "most": 1}], benefits=[{"kind": "percent_off_order", "percent": "10"}]
    )
    assert problems(conditions=[{"kind": "few_lines", "most": 0}]) == {"/conditions/0/most": "out_of_range"}
    assert describe(definition, SPEECH)[0].text == "The order has at most 1 lines."
    order = Facts(lines=(Line("a", 100), Line("b", 100)), at=NOW)
    (verdict,) = evaluate(order, compile_promotions([definition.rule("a")])).verdicts
    assert explain(verdict, VOICE) == ("It has 2 lines, 1 are allowed.",)


def test_the_kit_asks_for_a_sentence() -> None:
    with pytest.raises(AssertionError, match="has no sentence that tells it"):
        check_earning([PerOrder(BONUS, 5, "half_up")], NAMES)


def test_the_kit_finds_what_takes_too_much_and_what_says_nothing() -> None:
    with pytest.raises(AssertionError, match="it takes 1000 of 390"):
        check_benefit([Greedy(1000)], NAMES)
    with pytest.raises(AssertionError, match="has no sentence"):
        check_earning([Silent(BONUS)], NAMES)


@pytest.mark.parametrize(
    "named",
    [
        "regulars.plugins:X",
        "condition=regulars.plugins",
        "condition=no.such.package:X",
        "condition=regulars.plugins:X",
        "condition=regulars.plugins.promotions:PluginRefused",
    ],
)
def test_what_is_no_plugin_is_named(named: str) -> None:
    with pytest.raises(PluginRefused):
        load_plugins([named])


def test_a_kind_that_is_taken_stays_with_whom_it_belongs_to() -> None:
    @dataclass(frozen=True, slots=True)
    class Other:
        kind: ClassVar[str] = "days"

    with pytest.raises(PluginRefused, match="the kind days is taken"):
        add_plugin("condition", Other)
