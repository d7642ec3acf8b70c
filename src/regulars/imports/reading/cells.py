"""One cell as text, with a letter that says what it was in the file."""

import datetime as dt
import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from regulars.imports.reading.limits import CELL_CHARACTERS_KEPT, CELL_CHARACTERS_MAX

BLANK: Final = " "
TEXT: Final = "t"
NUMBER: Final = "n"
LONG_NUMBER: Final = "N"
"""A number of more than 15 digits: spreadsheets keep no more, so its last digits are already wrong."""
DATE: Final = "d"
YES_NO: Final = "b"
FAULT: Final = "x"
"""An error value such as #N/A."""
NO_VALUE: Final = "f"
"""A formula that was saved without its result."""
CLEANED: Final = "c"
"""Text that held characters no field can store; U+FFFD stands in their place."""
TOO_LONG: Final = "L"


_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SIGNIFICANT_DIGITS: Final = 15
# Spreadsheets know no zones: their days are days.
_DAY_ZERO: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001
_DAY_ZERO_1904: Final = dt.datetime(1904, 1, 1)  # noqa: DTZ001
_SERIAL_MAX: Final = 2_958_466


def text_cell(text: str) -> tuple[str, str]:
    """Make any text storable; the letter says whether something had to be cleaned or cut."""
    if len(text) > CELL_CHARACTERS_MAX:
        return _FORBIDDEN.sub("\ufffd", text[:CELL_CHARACTERS_KEPT]), TOO_LONG
    if _FORBIDDEN.search(text):
        return _FORBIDDEN.sub("\ufffd", text), CLEANED
    return (text, TEXT) if text else ("", BLANK)


def number_cell(written: str) -> tuple[str, str]:
    """Write a number of a spreadsheet file as its program shows it, never in E form.

    Spreadsheets keep numbers in binary and promise 15 significant digits; what stands beyond is noise
    (19.990000000000002), so it is cut. A whole number beyond 15 digits keeps all that is written, with its own letter.
    """
    if len(written) <= _SIGNIFICANT_DIGITS and written.isascii() and written.isdigit() and written[0] != "0":
        return written, NUMBER
    return _number_cell(written)


@lru_cache(maxsize=50_000)
def _number_cell(written: str) -> tuple[str, str]:
    try:
        value = float(written)
    except ValueError:
        return text_cell(written)
    if not math.isfinite(value):
        return written, FAULT
    if value == int(value) and abs(value) >= 10**_SIGNIFICANT_DIGITS:
        return (str(int(value)) if abs(value) < 1e30 else written[:40]), LONG_NUMBER
    short = f"{value:.{_SIGNIFICANT_DIGITS}g}"
    if "e" in short:
        short = format(Decimal(short), "f")
        if len(short) > 40:
            return "0", NUMBER
    return ("0" if short == "-0" else short), NUMBER


def serial_cell(written: str, *, from_1904: bool) -> tuple[str, str]:
    """Read a spreadsheet's day number as an ISO date, time, or both; out of range it stays a number."""
    try:
        serial = float(written)
    except ValueError:
        return text_cell(written)
    if not 0 <= serial < _SERIAL_MAX:
        return number_cell(written)
    if serial < 1 and not from_1904:
        seconds = min(round(serial * 86_400), 86_399)
        return str(dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60)), DATE
    # Excel counts a 29 February 1900 that never was; before it, its days are one ahead of the calendar's.
    early = 1 if serial < 60 and not from_1904 else 0
    moment = (_DAY_ZERO_1904 if from_1904 else _DAY_ZERO) + dt.timedelta(days=int(serial) + early)
    seconds = round((serial - int(serial)) * 86_400)
    return moment_text(moment + dt.timedelta(seconds=seconds)), DATE


def moment_text(moment: dt.datetime) -> str:
    """Write a date without a time where the time is midnight."""
    if moment.hour or moment.minute or moment.second:
        return moment.strftime("%Y-%m-%d %H:%M:%S") if moment.year >= 1000 else moment.isoformat(" ")
    return moment.date().isoformat()
