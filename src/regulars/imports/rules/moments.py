"""Reading when an order was: a day with a time of day, in the shop's zone or with an offset of its own."""

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from regulars.imports.reading import cells
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.imports.rules.dates import DateOrder, read_date

_CLOCK: Final = re.compile(
    r"(?:[T ,]+|^)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?: ?([ap])\.?m\.?)?"
    r" ?(?:(Z|UTC|GMT)? ?([+-]\d{2}:?\d{2}|[+-]\d{1,2})?)$",
    re.IGNORECASE,
)
_SECONDS: Final = re.compile(r"1\d{9}")
_MILLISECONDS: Final = re.compile(r"1\d{12}")
_SERIAL: Final = re.compile(r"([1-9]\d{4})\.(\d+)")
_YEAR_MIN: Final = 1990
_NOON: Final = dt.time(12)
"""Where only the day is known: far from midnight, whatever the zone."""


def read_moment(text: str, letter: str, *, order: DateOrder, zone: ZoneInfo, now: dt.datetime) -> Reading[dt.datetime]:
    """Read a cell as a moment that has come; a time without an offset is by the clock of the zone.

    Where a clock is put back, the earlier of the two moments is meant. Codes: those of `clean.trouble`, invalid_moment,
    time_in_gap (a time of day that a clock put forward leaves out), time_ahead.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    if _SECONDS.fullmatch(cleaned) or _MILLISECONDS.fullmatch(cleaned):
        return _past(dt.datetime.fromtimestamp(int(cleaned[:10]), dt.UTC), now)
    day = read_date(cleaned, letter, order=order, this_year=now.year, is_past=True).value
    if day is None or day.year < _YEAR_MIN:
        return Reading(code="invalid_moment")
    clock = _clock(cleaned, letter)
    if clock is None:
        return Reading(code="invalid_moment")
    time, offset = clock
    if offset is not None:
        return _past(dt.datetime.combine(day, time, offset), now)
    local = dt.datetime.combine(day, time, zone)
    moment = local.astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return Reading(code="time_in_gap")
    return _past(moment, now)


def read_clock(text: str, letter: str) -> tuple[dt.time | None, dt.tzinfo | None] | None:
    """The time of day that a cell says beside its day, None where it says none, and its offset; None where it cannot be one."""
    clock = _clock(text, letter)
    return (None, None) if clock is not None and clock[0] is _NOON else clock


def _past(moment: dt.datetime, now: dt.datetime) -> Reading[dt.datetime]:
    if moment.year < _YEAR_MIN:
        return Reading(code="invalid_moment")
    return Reading(code="time_ahead") if moment > now else Reading(value=moment.astimezone(dt.UTC))


def _clock(text: str, letter: str) -> tuple[dt.time, dt.tzinfo | None] | None:
    """The time of day and its offset, noon where there is none; None where it cannot be one."""
    if serial := _SERIAL.fullmatch(text):
        seconds = round(float(f"0.{serial[2]}") * 86_400)
        minutes, second = divmod(min(seconds, 86_399), 60)
        return dt.time(*divmod(minutes, 60), second), None
    found = _CLOCK.search(text)
    if found is None:
        return _NOON, None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if half := found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    if letter == cells.DATE and not (hour or minute or second):
        # A spreadsheet keeps a day as its midnight.
        return _NOON, None
    offset = _offset(found[6]) if found[6] else dt.timedelta(0) if found[5] else None
    return dt.time(hour, minute, second), None if offset is None else dt.timezone(offset)


def _offset(text: str) -> dt.timedelta:
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits[:2]), int(digits[2:] or 0)) if len(digits) > 2 else (int(digits), 0)
    size = dt.timedelta(hours=min(hours, 23), minutes=min(minutes, 59))
    return -size if text[0] == "-" else size
