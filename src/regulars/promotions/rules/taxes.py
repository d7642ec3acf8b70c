"""Tax in or on an amount of one line, rounded half up per line (ORD-15)."""

from decimal import Decimal

from regulars.kernel.shares import half_up
from regulars.promotions.rules.facts import Facts, Line

_PERCENT_SCALE = 10_000
"""Tax rates are read to a ten-thousandth of a percent."""


def tax_of(line: Line, amount: int, *, included: bool) -> int:
    """The tax in (`included`) or on `amount`, which is all or a part of what the line costs."""
    if not line.tax_percent:
        return 0
    rate = _scaled(line.tax_percent)
    whole = 100 * _PERCENT_SCALE
    return half_up(amount * rate, whole + rate) if included else half_up(amount * rate, whole)


def without_tax(line: Line, amount: int, facts: Facts) -> int:
    """The amount less the tax that is in it."""
    return amount - tax_of(line, amount, included=True) if facts.prices_include_tax else amount


def with_tax(line: Line, amount: int, facts: Facts) -> int:
    """The amount with the tax that will be added to it."""
    return amount if facts.prices_include_tax else amount + tax_of(line, amount, included=False)


def _scaled(percent: Decimal) -> int:
    return int(percent * _PERCENT_SCALE)
