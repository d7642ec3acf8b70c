"""Reading dates in the orders and languages that files hold."""

import datetime as dt
import re
from typing import Final, Literal

from regulars.imports.reading import cells
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.imports.rules.words import header_form

DateOrder = Literal["dmy", "mdy", "ymd"]

_YEAR_FIRST: Final = re.compile(r"(\d{4})[-./ ](\d{1,2})[-./ ](\d{1,2})")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PARTS: Final = re.compile(r"(\d{1,2})[-./ ](\d{1,2})[-./ ](\d{4}|\d{2})(?: ?(?:г|года|год|y)\.?)?")
_SHORT_YEAR_FIRST: Final = re.compile(r"(\d{2})[-./](\d{1,2})[-./](\d{1,2})")
_TIME_TAIL: Final = re.compile(
    r"(?:[T ,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?(?: ?(?:Z|UTC|GMT)?[+-]?\d{0,2}:?\d{0,2})?)$",
    re.IGNORECASE,
)
_SERIAL: Final = re.compile(r"[1-9]\d{3,4}(?:\.\d+)?")
_SERIAL_ZERO: Final = dt.date(1899, 12, 30)
_WORDED: Final = re.compile(
    r"(\d{1,4})[a-zº°.]{0,3} ?(?:de |of )?([^\W\d]+(?:[\u0900-\u097f]+)?)\.?,? ?(?:de |del )?(\d{2,4})"
)
_MONTH_FIRST: Final = re.compile(r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.IGNORECASE)
_YEAR_WORD: Final = re.compile(r" ?(?:г|года|год)\.?$", re.IGNORECASE)
_MONTHS: Final = (
    ("january", "jan", "январ", "янв", "januar", "janner", "jaenner", "enero", "ene", "janvier", "janv", "जनवरी", "जन"),
    ("february", "feb", "феврал", "фев", "februar", "febrero", "fevrier", "fevr", "फरवरी", "फ़रवरी", "फर"),
    ("march", "mar", "март", "мар", "marz", "maerz", "marzo", "mars", "मार्च"),
    ("april", "apr", "апрел", "апр", "abril", "abr", "avril", "avr", "अप्रैल"),
    ("may", "май", "мая", "mai", "mayo", "मई"),
    ("june", "jun", "июн", "juni", "junio", "juin", "जून"),
    ("july", "jul", "июл", "juli", "julio", "juillet", "juil", "जुलाई"),
    ("august", "aug", "август", "авг", "agosto", "ago", "aout", "अगस्त", "अग"),
    ("september", "sep", "sept", "сентябр", "сен", "сент", "septiembre", "setiembre", "septembre", "सितंबर", "सितम्बर"),
    ("october", "oct", "октябр", "окт", "oktober", "okt", "octubre", "octobre", "अक्टूबर", "अक्तूबर"),
    ("november", "nov", "ноябр", "ноя", "нояб", "noviembre", "novembre", "नवंबर", "नवम्बर"),
    ("december", "dec", "декабр", "дек", "dezember", "dez", "diciembre", "dic", "decembre", "दिसंबर", "दिसम्बर"),
)  # fmt: skip
_MONTH_OF: Final = {header_form(word): number for number, words in enumerate(_MONTHS, 1) for word in words}
_YEAR_MIN: Final = 1900
_YEAR_MAX: Final = 2200


def read_date(text: str, letter: str, *, order: DateOrder, this_year: int, is_past: bool = False) -> Reading[dt.date]:
    """Read a cell as a day. Two-digit years lie in the coming twenty years or before; with `is_past`, never ahead.

    Codes: those of `clean.trouble`, invalid_date.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if letter != cells.DATE and is_nothing(cleaned):
        return Reading()
    day = _read(_TIME_TAIL.sub("", cleaned), order, this_year + (0 if is_past else 20))
    if day is None or not _YEAR_MIN <= day.year <= _YEAR_MAX:
        return Reading(code="invalid_date")
    return Reading(value=day)


def read_birthday(text: str, letter: str, *, order: DateOrder, today: dt.date) -> Reading[dt.date]:
    """Read a cell as a day of birth; what is none, lies ahead or before 1900 is left out with a warning."""
    reading = read_date(text, letter, order=order, this_year=today.year, is_past=True)
    if reading.code is not None:
        return Reading(code="birthday_ignored")
    if reading.value is not None and reading.value > today:
        return Reading(code="birthday_ignored")
    return reading


def _read(text: str, order: DateOrder, year_max: int) -> dt.date | None:
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if order == "ymd" and (match := _SHORT_YEAR_FIRST.fullmatch(text)):
        return _day(_full_year(match[1], year_max), int(match[2]), int(match[3]))
    if match := _PARTS.fullmatch(text):
        first, second, year = int(match[1]), int(match[2]), _full_year(match[3], year_max)
        # A dot between numbers is the European habit, whatever the column's other cells are.
        if order == "mdy" and "." not in text:
            return _day(year, first, second)
        return _day(year, second, first)
    if _SERIAL.fullmatch(text):
        return _SERIAL_ZERO + dt.timedelta(days=int(float(text)))
    return _read_words(text, year_max)


def _read_words(text: str, year_max: int) -> dt.date | None:
    text = _YEAR_WORD.sub("", text.replace("-", " "))
    if match := _WORDED.fullmatch(text.lower()):
        month = _month(match[2])
        if month and len(match[1]) <= 2:
            return _day(_full_year(match[3], year_max), month, int(match[1]))
        if month and len(match[1]) == 4 and len(match[3]) <= 2:
            return _day(int(match[1]), month, int(match[3]))
    if match := _MONTH_FIRST.fullmatch(text):
        month = _month(match[1])
        return _day(int(match[3]), month, int(match[2])) if month else None
    return None


def _month(word: str) -> int | None:
    form = header_form(word)
    if form in _MONTH_OF:
        return _MONTH_OF[form]
    # Russian months are declined: январь, января; the stem decides.
    stem = form[:-1]
    return _MONTH_OF.get(stem) if len(stem) >= 4 else None


def _full_year(text: str, year_max: int) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    century = year_max // 100 * 100
    return century + year if century + year <= year_max else century - 100 + year


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
