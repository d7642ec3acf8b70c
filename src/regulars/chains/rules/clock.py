"""Where the clock of a test chain is moved to; pure: the moment it stands at is an argument."""

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from regulars.kernel.refusal import FieldProblem

AHEAD_MAX: Final = timedelta(days=50 * 366)
NUMBER_MAX: Final = 100_000
_PERIOD: Final = re.compile(
    r"P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?P<times>T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Period:
    """How far to go: months and days by the calendar, seconds by the stopwatch."""

    months: int = 0
    days: int = 0
    seconds: int = 0


def read_period(text: str) -> Period | None:
    """Read an ISO 8601 duration of whole numbers (`P3D`, `P1M`, `PT12H`); None for anything else, and for no time at all."""
    found = _PERIOD.fullmatch(text)
    if found is None or found["times"] == "T":
        return None
    years, months, weeks, days, _times, hours, minutes, seconds = (
        int(part) if part and part.isdigit() else 0 for part in found.groups()
    )
    period = Period(months=years * 12 + months, days=weeks * 7 + days, seconds=hours * 3600 + minutes * 60 + seconds)
    return None if period == Period() else period


def moment_after(now: datetime, period: Period, *, zone: tzinfo) -> datetime | None:
    """The moment a period later: the same time of day in `zone`, and the last of a month that has no such day.

    None where no calendar goes so far.
    """
    try:
        local = now.astimezone(zone)
        year, month = divmod(local.year * 12 + local.month - 1 + period.months, 12)
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        wall = local.replace(year=year, month=month + 1, day=day, tzinfo=None) + timedelta(days=period.days)
        return wall.replace(tzinfo=zone, fold=local.fold).astimezone(now.tzinfo) + timedelta(seconds=period.seconds)
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        return None


def check_reach(target: datetime | None, pointer: str, *, real: datetime) -> list[FieldProblem]:
    """Say that a moment is further ahead of the real time than a clock is moved."""
    if target is not None and target - real <= AHEAD_MAX:
        return []
    return [FieldProblem(pointer, "too_far", "A clock is moved at most 50 years ahead.")]


def days_between(start: datetime | None, end: datetime, *, zone: tzinfo) -> list[datetime]:
    """The moments at which time is caught up with: every midnight in `zone` after `start`, and then `end` itself."""
    moments: list[datetime] = []
    if start is not None:
        day = start.astimezone(zone).date() + timedelta(days=1)
        while (midnight := datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(end.tzinfo)) < end:
            moments.append(midnight)
            day += timedelta(days=1)
    return [*moments, end]
