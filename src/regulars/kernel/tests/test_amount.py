"""Amounts are exact, or refused."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel.amount import AMOUNT_MAX, AmountProblem, format_amount, parse_amount


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.integers(0, 4))
def test_what_is_written_is_read_again(units: int, decimals: int) -> None:
    text = format_amount(units, decimals)
    assert parse_amount(text, decimals) == units
    assert parse_amount(Decimal(text), decimals) == units


@given(st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True), st.integers(0, 4))
def test_what_is_read_is_exactly_what_stood_there(text: str, decimals: int) -> None:
    exact = Fraction(text) * 10**decimals
    try:
        units = parse_amount(text, decimals)
    except AmountProblem as problem:
        code = problem.code
    else:
        assert units == exact
        return
    assert code == ("too_many_decimals" if exact.denominator != 1 else "out_of_range")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.0000000000000000000000000000000001", "too_many_decimals"),
        ("1234567890123.000000000000000001", "too_many_decimals"),
        ("0.001", "too_many_decimals"),
        ("1e99", "out_of_range"),
        ("10000000000000.01", "out_of_range"),
        ("", "not_a_number"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("1,5", "not_a_number"),
        ("٣", "not_a_number"),
        ("1" * 5000, "not_a_number"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(AmountProblem) as caught:
        parse_amount(text, 2)
    assert caught.value.code == code


@pytest.mark.parametrize("value", [True, Decimal("NaN"), Decimal("-Infinity"), Decimal("1e-99")])
def test_odd_numbers_are_refused(value: Decimal) -> None:
    with pytest.raises(AmountProblem):
        parse_amount(value, 2)
