"""How often somebody comes, and when to expect them next (CUS-5); pure."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from regulars.kernel.shares import half_up

DAYS_LOOKED_AT: Final = 13
"""The last thirteen days with a visit: a year of monthly visits, and nobody is judged by what they did long ago."""
DAYS_MIN: Final = 3
"""Two visits are one chance; three make a habit."""


def usual_interval(days: Sequence[date]) -> int | None:
    """The usual number of days between visits: the median of the gaps between the days on which somebody came.

    None until there are three such days. Two visits on one day are one; half a day is rounded up.
    """
    came = sorted(set(days))[-DAYS_LOOKED_AT:]
    if len(came) < DAYS_MIN:
        return None
    gaps = sorted((later - earlier).days for earlier, later in itertools.pairwise(came))
    middle = len(gaps) // 2
    return gaps[middle] if len(gaps) % 2 else half_up(gaps[middle - 1] + gaps[middle], 2)


def average_interval(visits: int, first: date | None, last: date | None) -> int | None:
    """The same where only a number of visits between two days is known, as of those who came from another system."""
    if first is None or last is None or visits < DAYS_MIN or last <= first:
        return None
    return max(1, half_up((last - first).days, visits - 1))


def expected_next(last: date | None, interval_days: int | None) -> date | None:
    """The day on which somebody is expected again; None where their habit is not known."""
    if last is None or interval_days is None:
        return None
    return last + timedelta(days=interval_days)


def average_paid(paid: int, visits: int) -> int | None:
    """What a visit brings, rounded half up; None without visits."""
    return half_up(paid, visits) if visits else None
