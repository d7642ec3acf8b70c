"""Parts of a whole always add up (ORD-15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.shares import Ratio, half_up, share_out, share_within

AMOUNTS = st.integers(0, 10**12)
WEIGHTS = st.lists(AMOUNTS, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (0, 7, 0), (29985, 100, 300), (1, 3, 0)],
)
def test_halves_go_up(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (1000, [5000, 5000, 5000], (334, 333, 333)),
        (299, [4300, 1400, 2300], (161, 52, 86)),
        (300, [4300, 1400, 2300], (161, 53, 86)),
        (7, [0, 0], (0, 0)),
        (7, [3], (7,)),
        (1010, [2000, 5604], (266, 744)),
    ],
)
def test_the_largest_remainder_takes_the_odd_cent_and_the_earlier_one_among_equals(
    amount: int, weights: list[int], parts: tuple[int, ...]
) -> None:
    assert share_out(amount, weights) == parts


@given(AMOUNTS, WEIGHTS)
def test_shares_add_up_and_are_a_cent_from_exact_at_most(amount: int, weights: list[int]) -> None:
    parts = share_out(amount, weights)
    whole = sum(weights)
    assert sum(parts) == (amount if whole else 0)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - amount * weight) < max(whole, 1)


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=12))
def test_what_does_not_fit_goes_to_the_others(amount: int, pairs: list[tuple[int, int]]) -> None:
    weights, most = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    parts = share_within(amount, weights, most)
    assert sum(parts) == min(amount, sum(most))
    assert all(0 <= part <= limit for part, limit in zip(parts, most, strict=True))


def test_a_ratio_is_rounded_last() -> None:
    third = Ratio(1, 3)
    assert third.plus(third).plus(third) == Ratio(3, 3)
    assert third.times(Ratio(3)) == Ratio(3, 3)
