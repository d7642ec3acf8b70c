"""Exact amounts: whole numbers in a balance type's smallest unit, decimal text at the edges."""

import re
from decimal import Context, Decimal
from functools import lru_cache
from typing import Final

AMOUNT_MAX: Final = 10**15
"""Largest amount of one entry in smallest units: a thousandth of what the column holds, so that sums fit as well."""

_DECIMAL: Final = re.compile(r"[+-]?(\d{1,40})(\.\d{0,40})?([eE][+-]?\d{1,2})?", re.ASCII)


# The usual context keeps 28 digits and would round what is longer, so that 1.00…01 passed for 1.
_EXACT: Final = Context(prec=200)
_KEPT_LENGTH: Final = 16


class AmountProblem(ValueError):
    """Text that is no amount; `code` says why: not_a_number, too_many_decimals or out_of_range."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_amount(value: str | int | Decimal, decimals: int) -> int:
    """Read a decimal as whole smallest units, exactly: `parse_amount("12.5", 2)` is 1250.

    Raises AmountProblem for text that is no plain decimal, for more decimals than the unit has, and beyond AMOUNT_MAX.
    """
    if type(value) is str and len(value) <= _KEPT_LENGTH:
        return _parse_text(value, decimals)
    return _parse(value, decimals)


@lru_cache(maxsize=8192)
def _parse_text(value: str, decimals: int) -> int:
    """Prices and quantities are few and come again with every order."""
    return _parse(value, decimals)


def _parse(value: str | int | Decimal, decimals: int) -> int:
    number = _to_decimal(value)
    if not number.is_finite():
        raise AmountProblem("not_a_number")
    if abs(number.adjusted()) > 40:
        raise AmountProblem("out_of_range" if number else "not_a_number")
    scaled = number.scaleb(decimals, context=_EXACT)
    if scaled != scaled.to_integral_value():
        raise AmountProblem("too_many_decimals")
    units = int(scaled)
    if abs(units) > AMOUNT_MAX:
        raise AmountProblem("out_of_range")
    return units


def _to_decimal(value: str | int | Decimal) -> Decimal:
    if isinstance(value, bool):
        raise AmountProblem("not_a_number")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        if abs(value) > 10**18:
            raise AmountProblem("out_of_range")
        return Decimal(value)
    if not _DECIMAL.fullmatch(value.strip()):
        raise AmountProblem("not_a_number")
    return Decimal(value.strip())


@lru_cache(maxsize=16_384)
def format_amount(units: int, decimals: int) -> str:
    """Write whole smallest units as a decimal: `format_amount(1250, 2)` is "12.50"."""
    if decimals == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), 10**decimals)
    return f"{sign}{whole}.{rest:0{decimals}d}"
