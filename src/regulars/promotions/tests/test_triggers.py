"""What events other than orders bring (ORD-10, RWD-8): the pure rules."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.promotions.rules.birthdays import birthdays_around
from regulars.promotions.rules.definition.values import Trigger
from regulars.promotions.rules.triggers import WrongAmount, amount_of


@pytest.mark.parametrize(
    ("amounts", "asked", "found"),
    [
        ({"amount": 500}, None, 500),
        ({"amount": 500}, 500, 500),
        ({"amount": 500}, 400, WrongAmount("fixed")),
        ({"minimum": 100, "maximum": 900}, None, WrongAmount("required")),
        ({"minimum": 100, "maximum": 900}, 100, 100),
        ({"minimum": 100, "maximum": 900}, 900, 900),
        ({"minimum": 100, "maximum": 900}, 99, WrongAmount("below_minimum")),
        ({"minimum": 100, "maximum": 900}, 901, WrongAmount("above_maximum")),
        ({"maximum": 900}, 1, 1),
        ({"maximum": 900}, 0, WrongAmount("below_minimum")),
    ],
)
def test_an_amount_is_fixed_or_lies_within_bounds(
    amounts: dict[str, int], asked: int | None, found: int | WrongAmount
) -> None:
    assert amount_of(Trigger("api", "bonus", **amounts), asked) == found  # type: ignore[arg-type]


def birthday(before: int = 0, after: int = 0) -> Trigger:
    return Trigger("birthday", "bonus", amount=1, days_before=before, days_after=after)


@pytest.mark.parametrize(
    ("today", "trigger", "days", "years"),
    [
        (date(2026, 5, 9), birthday(), ((5, 9),), (2026,)),
        (date(2026, 2, 28), birthday(), ((2, 28), (2, 29)), (2026, 2026)),
        (date(2028, 2, 28), birthday(), ((2, 28),), (2028,)),
        (date(2028, 2, 29), birthday(), ((2, 29),), (2028,)),
        (date(2026, 12, 31), birthday(before=1), ((12, 31), (1, 1)), (2026, 2027)),
        (date(2027, 1, 1), birthday(after=1), ((12, 31), (1, 1)), (2026, 2027)),
    ],
)
def test_whose_birthday_is_near(
    today: date, trigger: Trigger, days: tuple[tuple[int, int], ...], years: tuple[int, ...]
) -> None:
    window = birthdays_around(today, days_before=trigger.days_before, days_after=trigger.days_after)
    assert (window.days, window.years) == (days, years)


@given(
    st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 180), st.integers(0, 180), st.integers(2021, 2060)
)
def test_everybody_has_one_birthday_a_year_whatever_the_window(born: date, before: int, after: int, year: int) -> None:
    met = {
        kept
        for step in range(366)
        for (day, kept) in _pairs(date(year, 1, 1) + timedelta(days=step), birthday(before, after))
        if day == (born.month, born.day)
    }
    assert year in met
    assert met <= {year - 1, year, year + 1}


def _pairs(today: date, trigger: Trigger) -> list[tuple[tuple[int, int], int]]:
    window = birthdays_around(today, days_before=trigger.days_before, days_after=trigger.days_after)
    return list(zip(window.days, window.years, strict=True))
