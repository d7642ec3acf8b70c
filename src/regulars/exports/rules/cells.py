"""Values as cells: exact, readable in a spreadsheet, and read back as they were."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, Final

import phonenumbers

from regulars.kernel.amount import format_amount
from regulars.kernel.phone import parse_phone

DIGITS_EXACT_MAX: Final = 15
"""Spreadsheet programs keep numbers as binary floats, which hold this many decimal digits."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in smallest units, to be shown with so many decimals."""

    units: int
    decimals: int

    @property
    def text(self) -> str:
        """The decimal: "12.50"."""
        return format_amount(self.units, self.decimals)

    @property
    def is_exact_number(self) -> bool:
        """Whether a spreadsheet's number holds it without loss."""
        return len(str(abs(self.units))) <= DIGITS_EXACT_MAX


_SEPARATORS: Final = frozenset(",;|")

Cell = str | int | Amount | None


def phone_cell(phone: str | None, country: str) -> str:
    """A phone (E.164) without its plus, such that an import in `country` reads the same phone again (IMP-10).

    Where the bare digits would be read as a national number of that country, 00 stands before them.
    """
    if not phone:
        return ""
    digits = phone.removeprefix("+")
    home, ways = _home_numbers(country)
    if digits.startswith(home) and any(way.fullmatch(digits, len(home)) for way in ways):
        # A number in service at home: reading prefers it whatever else the digits could be. The long way takes a
        # hundred times as long.
        return digits
    if parse_phone(digits, country) == phone:
        return digits
    return f"00{digits}" if parse_phone(f"00{digits}", country) == phone else phone


@lru_cache(maxsize=8)
def _home_numbers(country: str) -> tuple[str, tuple[re.Pattern[str], ...]]:
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(country)
    kinds = (metadata.mobile, metadata.fixed_line) if metadata else ()
    patterns = (kind.national_number_pattern for kind in kinds if kind)
    return str(phonenumbers.country_code_for_region(country)), tuple(re.compile(one) for one in patterns if one)


def time_cell(at: datetime | None, zone: tzinfo) -> str:
    """A time to the second in the chain's zone, with its distance from UTC."""
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""


def day_cell(at: datetime | None, zone: tzinfo) -> str:
    """The day of a time in the chain's zone."""
    return at.astimezone(zone).date().isoformat() if at else ""


def tags_cell(tags: Iterable[str]) -> str:
    """Tags with commas between; one that holds a separator itself stands in quotes."""
    return ", ".join(f'"{tag}"' if _SEPARATORS & set(tag) and '"' not in tag else tag for tag in tags)


def custom_cell(value: Any) -> str:
    """A value of a custom field as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(custom_cell(one) for one in value)
    return str(value)
