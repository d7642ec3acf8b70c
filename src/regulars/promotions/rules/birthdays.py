"""Which birthdays are near a day (RWD-8, ORD-8); pure."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_AROUND_MAX = 180


@dataclass(frozen=True, slots=True)
class BirthdayWindow:
    """The birthdays that are looked at on one day: month and day, with the year in which it is kept."""

    days: tuple[tuple[int, int], ...]
    years: tuple[int, ...]


def birthdays_around(today: date, *, days_before: int, days_after: int) -> BirthdayWindow:
    """Whose birthday is near: from `days_after` ago to `days_before` ahead.

    Born on 29 February they keep 28 February in a common year. The year is that of the birthday kept, so a window
    over New Year gives once.
    """
    first = today - timedelta(days=days_after)
    kept = [first + timedelta(days=step) for step in range(days_after + days_before + 1)]
    found: list[tuple[int, int, int]] = []
    for day in kept:
        found.append((day.month, day.day, day.year))
        if (day.month, day.day) == (2, 28) and not isleap(day.year):
            found.append((2, 29, day.year))
    return BirthdayWindow(
        days=tuple((month, day) for month, day, _ in found), years=tuple(year for _, _, year in found)
    )
