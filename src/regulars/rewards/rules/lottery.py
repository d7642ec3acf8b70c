"""Lotteries: variants whose probabilities are exactly 100 % together, and the draw (RWD-2); pure.

Probabilities are percentages of at most four decimals, kept as whole millionths: what is drawn is one number of a million, all of
them equally likely, and each variant owns as many numbers as its probability says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

WHOLE: Final = 1_000_000
"""All chances together, in millionths: 100 %."""
DECIMALS_MAX: Final = 4
VARIANTS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class WrongSum:
    """The probabilities are not 100 % together: by how much they miss or pass it, in millionths."""

    total: int

    @property
    def missing(self) -> str:
        """How many percent are missing; "" where they are too many."""
        return percent_text(WHOLE - self.total) if self.total < WHOLE else ""

    @property
    def over(self) -> str:
        """How many percent are too many; "" where some are missing."""
        return percent_text(self.total - WHOLE) if self.total > WHOLE else ""


def read_percent(value: str | int | Decimal) -> int | None:
    """A percentage as millionths; None where it is none: not a number, not above 0 to 100, or finer than it is drawn."""
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or not 0 < number <= 100:
        return None
    scaled = number.scaleb(DECIMALS_MAX)
    return int(scaled) if scaled == scaled.to_integral_value() else None


def percent_text(millionths: int) -> str:
    """Millionths as a percentage without zeros that say nothing: 12.5."""
    whole, rest = divmod(millionths, 10**DECIMALS_MAX)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)


def check_sum(chances: Sequence[int]) -> WrongSum | None:
    """What is wrong with the sum of the chances; None where it is exactly 100 %."""
    total = sum(chances)
    return None if total == WHOLE else WrongSum(total)


def pick(chances: Sequence[int], number: int) -> int:
    """Which variant owns a number from 0 to a million less one, by its place."""
    assert check_sum(chances) is None
    assert 0 <= number < WHOLE
    passed = 0
    for place, chance in enumerate(chances):
        passed += chance
        if number < passed:
            return place
    raise AssertionError("the chances are a million together")
