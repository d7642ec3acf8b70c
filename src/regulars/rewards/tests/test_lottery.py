"""Lotteries (RWD-2): probabilities are exactly 100 %, and what is drawn follows them."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.rewards.rules.lottery import WHOLE, check_sum, percent_text, pick, read_percent


@pytest.mark.parametrize(
    ("value", "millionths"),
    [
        ("12.5", 125_000),
        ("0.0001", 1),
        (100, WHOLE),
        ("33.3333", 333_333),
        ("0", None),
        ("-1", None),
        ("100.0001", None),
        ("0.00001", None),
        ("NaN", None),
        ("1e9999", None),
        ("a half", None),
    ],
)
def test_percentages_are_read_exactly(value: str | int, millionths: int | None) -> None:
    assert read_percent(value) == millionths


@pytest.mark.parametrize(
    ("percents", "missing", "over"),
    [
        (["50", "49.99"], "0.01", ""),
        (["50", "50.01"], "", "0.01"),
        (["33.3333", "33.3333", "33.3333"], "0.0001", ""),
        ([], "100", ""),
    ],
)
def test_a_sum_that_is_not_whole_says_what_is_missing_or_over(percents: list[str], missing: str, over: str) -> None:
    wrong = check_sum([read_percent(one) or 0 for one in percents])
    assert wrong is not None
    assert (wrong.missing, wrong.over) == (missing, over)


def test_a_whole_sum_is_right() -> None:
    assert check_sum([read_percent(one) or 0 for one in ("90", "9.9999", "0.0001")]) is None


@pytest.mark.parametrize(("number", "place"), [(0, 0), (499_999, 0), (500_000, 1), (999_998, 1), (999_999, 2)])
def test_each_variant_owns_as_many_numbers_as_its_probability_says(number: int, place: int) -> None:
    assert pick([500_000, 499_999, 1], number) == place


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_over_all_numbers_each_variant_comes_exactly_as_often_as_it_should(weights: list[int]) -> None:
    chances = [weight * WHOLE // sum(weights) for weight in weights]
    chances[0] += WHOLE - sum(chances)
    ends = [sum(chances[: place + 1]) for place in range(len(chances))]
    for place, end in enumerate(ends):
        if chances[place]:
            assert pick(chances, end - 1) == place
            assert pick(chances, end - chances[place]) == place


def chi_squared(drawn: Counter[int], chances: Sequence[int]) -> float:
    total = sum(drawn.values())
    expected = [chance * total / WHOLE for chance in chances]
    return sum((drawn[place] - wanted) ** 2 / wanted for place, wanted in enumerate(expected))


# The 99.9 % points of the chi-squared distribution, by degrees of freedom.
CRITICAL = {1: 10.828, 2: 13.816, 3: 16.266, 4: 18.467, 9: 27.877}


@pytest.mark.parametrize(
    "chances",
    [
        [500_000, 500_000],
        [700_000, 200_000, 90_000, 10_000],
        [333_334, 333_333, 333_333],
        [100_000] * 10,
    ],
)
def test_draws_follow_their_probabilities(chances: list[int]) -> None:
    """A chi-squared test of goodness of fit; the seed is fixed, so it fails only when the draw changes."""
    numbers = random.Random(20261128)
    drawn = Counter(pick(chances, numbers.randrange(WHOLE)) for _ in range(100_000))
    assert chi_squared(drawn, chances) < CRITICAL[len(chances) - 1]


def test_the_test_sees_a_draw_that_is_not_fair() -> None:
    """What is drawn by other probabilities than it is tested against is found out."""
    numbers = random.Random(20261128)
    drawn = Counter(pick([510_000, 490_000], numbers.randrange(WHOLE)) for _ in range(100_000))
    assert chi_squared(drawn, [500_000, 500_000]) > CRITICAL[1]


def test_percentages_are_written_without_zeros_that_say_nothing() -> None:
    assert [percent_text(one) for one in (125_000, 1, WHOLE)] == ["12.5", "0.0001", "100"]
