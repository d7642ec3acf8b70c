"""Codecs of single values: numbers, texts, days, names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Final, Protocol

from regulars.kernel.amount import AmountProblem, format_amount, parse_amount
from regulars.kernel.text import has_forbidden
from regulars.promotions.rules.definition.reading import Json, Names, Reading, Scope
from regulars.promotions.rules.meanings import Noun

RATE_DECIMALS: Final = 4
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_PLAIN: Final = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?", re.ASCII)
DECIMAL_SCHEMA: Final = {
    "anyOf": [{"type": "string", "pattern": f"^{_PLAIN.pattern}$"}, {"type": "number"}],
    "examples": ["12.50"],
}
HUNDREDTHS: Final = 2


class Codec(Protocol):
    """Reads a value of JSON as a value of the engine, and writes it back.

    `scope` holds the fields around it that are known; those that `waits_for` names are read before it.
    """

    @property
    def waits_for(self) -> Sequence[str]:
        """Fields of the same object that say how to read this one."""
        ...

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """The value, or WRONG after it noted why."""
        ...

    def write(self, value: Any, names: Names, scope: Scope) -> Json:
        """The value as JSON, in one way only."""
        ...

    def schema(self) -> dict[str, Any]:
        """What it takes, as a JSON schema."""
        ...


class Alone:
    """A codec that asks nothing of the fields around it."""

    __slots__ = ()
    waits_for: Sequence[str] = ()


def read_decimal(value: Json) -> Decimal | None:
    """A decimal that was sent as a text or a number; None for anything else."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = format(Decimal(value), "f")
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return Decimal(value)
    return None


def write_decimal(value: Decimal) -> str:
    """A decimal without an exponent and without zeros behind."""
    return format(value.normalize(), "f")


def read_smallest(value: Json, decimals: int, least: int, at: str, reading: Reading) -> object:
    """An amount in smallest units, at least `least`."""
    number = read_decimal(value)
    if number is None:
        return reading.wrong(at, "not_a_number")
    try:
        units = parse_amount(number, decimals)
    except AmountProblem as problem:
        return reading.wrong(at, "too_many_decimals" if problem.code == "too_many_decimals" else "out_of_range_amount")
    return units if units >= least else reading.wrong(at, "out_of_range_amount")


@dataclass(frozen=True, slots=True)
class Flag(Alone):
    """Yes or no."""

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """true or false, nothing else."""
        return value if isinstance(value, bool) else reading.wrong(at, "wrong_type_flag")

    def write(self, value: bool, names: Names, scope: Scope) -> Json:
        """As it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Whole(Alone):
    """A whole number within bounds."""

    least: int
    most: int

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """A number without a fraction; texts are none."""
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return reading.wrong(at, "wrong_type_whole")
        return value if self.least <= value <= self.most else reading.wrong(at, "out_of_range_number")

    def write(self, value: int, names: Names, scope: Scope) -> Json:
        """As it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """An integer with its bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Text(Alone):
    """A text without control characters."""

    length_max: int

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Spaces around it are cut off."""
        if not isinstance(value, str):
            return reading.wrong(at, "wrong_type_text")
        if len(value) > self.length_max:
            return reading.wrong(at, "too_long")
        return reading.wrong(at, "invalid_text") if has_forbidden(value) else value.strip()

    def write(self, value: str, names: Names, scope: Scope) -> Json:
        """As it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string", "maxLength": self.length_max}


@dataclass(frozen=True, slots=True)
class Choice(Alone):
    """One of some words."""

    known: tuple[str, ...]

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Exactly as written."""
        return value if isinstance(value, str) and value in self.known else reading.wrong(at, "unknown_value")

    def write(self, value: str, names: Names, scope: Scope) -> Json:
        """As it is."""
        return value

    def schema(self) -> dict[str, Any]:
        """The words."""
        return {"enum": list(self.known)}


@dataclass(frozen=True, slots=True)
class Day(Alone):
    """A calendar day."""

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """ISO 8601, between the years 1800 and 2400."""
        try:
            day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
        except ValueError:
            day = None
        return day if day is not None and 1800 <= day.year <= 2400 else reading.wrong(at, "invalid_date")

    def write(self, value: date, names: Names, scope: Scope) -> Json:
        """ISO 8601."""
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        """A date."""
        return {"type": "string", "format": "date", "examples": ["2026-11-22"]}


@dataclass(frozen=True, slots=True)
class Clock(Alone):
    """A time of the day, to the minute."""

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Hours and minutes."""
        if isinstance(value, str) and _CLOCK.fullmatch(value):
            return time.fromisoformat(value)
        return reading.wrong(at, "invalid_clock")

    def write(self, value: time, names: Names, scope: Scope) -> Json:
        """Hours and minutes."""
        return value.isoformat("minutes")

    def schema(self) -> dict[str, Any]:
        """Hours and minutes."""
        return {"type": "string", "pattern": f"^{_CLOCK.pattern}$", "examples": ["09:30"]}


@dataclass(frozen=True, slots=True)
class MoneyAmount(Alone):
    """Money of the chain's currency."""

    least: int

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """In the currency's smallest unit."""
        return read_smallest(value, reading.names.currency_decimals, self.least, at, reading)

    def write(self, value: int, names: Names, scope: Scope) -> Json:
        """With all the currency's decimals."""
        return format_amount(value, names.currency_decimals)

    def schema(self) -> dict[str, Any]:
        """A decimal."""
        return DECIMAL_SCHEMA


@dataclass(frozen=True, slots=True)
class Rate(Alone):
    """A decimal above `above`, up to `most`, with few decimals: a percentage or a factor."""

    above: int
    most: int
    error: str
    decimals: int = RATE_DECIMALS

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """Exactly as sent."""
        number = read_decimal(value)
        if number is None:
            return reading.wrong(at, "not_a_number")
        is_fine = number == round(number, self.decimals)
        if not is_fine or not self.above < number <= self.most:
            return reading.wrong(at, self.error)
        # Ten is 10 and not 1E+1, whoever writes it later.
        return Decimal(write_decimal(number))

    def write(self, value: Decimal, names: Names, scope: Scope) -> Json:
        """Without zeros behind."""
        return write_decimal(value)

    def schema(self) -> dict[str, Any]:
        """A decimal."""
        return DECIMAL_SCHEMA


@dataclass(frozen=True, slots=True)
class NameOf(Alone):
    """The id of something of the chain."""

    noun: Noun

    def read(self, value: Json, at: str, reading: Reading, scope: Scope) -> object:
        """What there is; a public id, or `ext:` and an external id."""
        if not isinstance(value, str):
            return reading.wrong(at, "wrong_type_text")
        found = reading.names.find(self.noun, value) if len(value) <= 140 else None
        return found if found is not None else reading.wrong(at, f"unknown_{self.noun}")

    def write(self, value: str, names: Names, scope: Scope) -> Json:
        """The public id."""
        return names.write(self.noun, value)

    def schema(self) -> dict[str, Any]:
        """An id."""
        return {"type": "string", "maxLength": 140, "description": "An id, or `ext:` and the external id."}
