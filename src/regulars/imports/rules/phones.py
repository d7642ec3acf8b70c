"""Reading phones one by one; `phone_columns` reads whole columns to the same result."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers

from regulars.imports.reading import cells
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.kernel.phone import parse_phone

_PREFIX: Final = re.compile(
    r"^(?:tel|phone|mobile?|mob|cell|fax|fon|handy|whatsapp|wa|тел|моб|телефон|сот|फोन|मोबाइल|telefon|telefono|movil)[\s.:#]*",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(
    r"\s*(?:;ext=|,+|ext(?:ension)?\.?|x|доб(?:авочный)?\.?|вн\.?|durchwahl|dw\.?|#)\s*\(?\d{1,6}\)?$", re.IGNORECASE
)
_EXPONENT: Final = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_FLOAT_TAIL: Final = re.compile(r"^(\+?\d{6,15})[.,]0+$")
_SEVERAL: Final = re.compile(r"\s*(?:[;|\n\r/]|,|\s(?:or|oder|или|и|and|und|ou|o|y|या)\s|&)\s*", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
_DIGITS_MIN: Final = 7
_DIGITS_MAX: Final = 17
_EXACT_DIGITS_MIN: Final = 9


def read_phone(text: str, letter: str, *, country: str) -> Reading[str]:
    """Read a cell as a phone in E.164.

    Codes: those of `clean.trouble`, digits_lost, invalid_phone, phone_needs_country; beside a value several_phones and
    phone_extension.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    return _read_phone(text, letter in (cells.DATE, cells.YES_NO), country)


@lru_cache(maxsize=20_000)
def _read_phone(text: str, is_other: bool, country: str) -> Reading[str]:
    cleaned = plain(text)
    if is_nothing(cleaned) or cleaned in ("+", "0", "+7", "8"):
        return Reading()
    if is_other:
        return Reading(code="invalid_phone")
    cleaned = _PREFIX.sub("", cleaned)
    if match := _EXPONENT.fullmatch(cleaned):
        expanded = expand_exponent(match)
        if expanded is None:
            return Reading(code="digits_lost")
        cleaned = expanded
    if match := _FLOAT_TAIL.match(cleaned):
        cleaned = match[1]
    if phone := _one_phone(cleaned, country):
        return Reading(value=phone)
    return _read_several(cleaned, country)


def expand_exponent(match: re.Match[str]) -> str | None:
    """Write 7.9123456789E+10 out; None where the spreadsheet program has shown fewer digits than the number had.

    Programs that show a long number so keep five or six digits; those that write a number exactly keep nine and more.
    """
    digits = match[1] + (match[2] or "")
    length = int(match[3]) + 1
    exact = digits.rstrip("0")
    if length > 15 or len(exact) > length:
        return None
    if len(digits) < length and len(exact) < _EXACT_DIGITS_MIN:
        return None
    return exact.ljust(length, "0")


def _one_phone(cleaned: str, country: str) -> str | None:
    if not _DIGITS_MIN - 1 <= len(_DIGIT.findall(cleaned)) <= _DIGITS_MAX or _LETTERS.search(cleaned):
        return None
    phone = parse_phone(cleaned, country)
    if phone is None or cleaned.startswith(("+", "00")):
        return phone
    # Without a country code, a number that merely has a possible length may be one of any country: a list from Munich
    # in a chain of Moscow would come out as Russian. So it must be in service here.
    return phone if phonenumbers.is_valid_number(phonenumbers.parse(phone, None)) else None


def _read_several(cleaned: str, country: str) -> Reading[str]:
    without = _EXTENSION.sub("", cleaned)
    if without != cleaned and (phone := _one_phone(without, country)):
        return Reading(value=phone, code="phone_extension")
    parts = [part for part in _SEVERAL.split(cleaned) if len(_DIGIT.findall(part)) >= _DIGITS_MIN]
    if len(parts) > 1:
        for part in parts[:5]:
            if phone := _one_phone(part.strip("() "), country):
                return Reading(value=phone, code="several_phones")
    # A name after the number: "+49 151 23456789 (Mutter)".
    bare = re.sub(r"[^\d+()\s./-]+", " ", cleaned).strip(" ()-./")
    if bare != cleaned and len(parts) <= 1 and (phone := _one_phone(bare, country)):
        return Reading(value=phone)
    return Reading(code=_why_not(cleaned))


def _why_not(cleaned: str) -> str:
    digits = len(_DIGIT.findall(cleaned))
    looks_national = 7 <= digits <= 13 and not cleaned.startswith(("+", "00")) and not _LETTERS.search(cleaned)
    return "phone_needs_country" if looks_national else "invalid_phone"


DOUBT_PHONES_MIN: Final = 3


@dataclass(frozen=True, slots=True)
class CountryDoubt:
    """Another country that a column's phones rather are from: how many of them are mobiles in it, and in the file's own."""

    country: str
    here: int
    there: int
    of: int


def doubt_country(texts: Sequence[str], country: str, candidates: tuple[str, ...]) -> CountryDoubt | None:
    """Say whether most of these texts, read as numbers of another country, are mobiles, while few are as they are read now.

    Russian 8 921 … is a landline of Munich, too; but nobody's customers are landlines of one town by the hundred.
    `texts` are cells without a country code of their own.
    """
    here = _mobiles(texts, country)
    if here * 2 >= len(texts):
        return None
    counted = [(_mobiles(texts, other), other) for other in candidates if other != country]
    there, other = max(counted, key=lambda found: found[0], default=(0, ""))
    is_better = there * 2 > len(texts) and there >= max(DOUBT_PHONES_MIN, here * 2)
    return CountryDoubt(other, here, there, len(texts)) if is_better else None


def _mobiles(texts: Iterable[str], country: str) -> int:
    return sum(1 for text in texts if _is_mobile(read_phone(text, cells.TEXT, country=country).value))


def _is_mobile(phone: str | None) -> bool:
    if phone is None:
        return False
    kind = phonenumbers.number_type(phonenumbers.parse(phone, None))
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def suggest_country(samples: Iterable[str], candidates: tuple[str, ...]) -> tuple[str, int] | None:
    """The country that turns most of these texts into phones in service, and how many; earlier candidates win ties."""
    texts = [plain(sample) for sample in samples]
    best: tuple[str, int] | None = None
    for country in candidates:
        count = sum(1 for text in texts if _is_valid_in(text, country))
        if count and (best is None or count > best[1]):
            best = (country, count)
    return best


def _is_valid_in(text: str, country: str) -> bool:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number_for_region(number, country)
