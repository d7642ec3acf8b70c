"""Where another system counts in another unit than the balance its numbers are for: what the wizard proposes (IMP-4); pure."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from regulars.imports.rules.targets import BalanceType

Unit = Literal["money", "points", "stamps"]
"""What one of a system's balance is: a unit of currency, a point of its own, a stamp."""

Difference = Literal["money_to_points", "money_to_stamps", "stamps_to_points", "points_to_money"]

EXAMPLE_DIGITS_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Proposal:
    """How the units differ, and the rate to begin with; "" where only the shop can know what one is worth."""

    difference: Difference
    rate: str = ""


def propose_conversion(unit: Unit | None, balance: BalanceType, *, money_decimals: int) -> Proposal | None:
    """What to propose for a system's balance that goes to this balance type; None where one is one.

    Money becomes whole points by the smallest coin: a point is a cent. Nothing else has a rate that could be guessed.
    """
    if unit == "money" and balance.kind == "points" and balance.decimals == 0 and money_decimals:
        return Proposal("money_to_points", str(10**money_decimals))
    if unit == "money" and balance.kind == "stamps":
        return Proposal("money_to_stamps")
    if unit == "stamps" and balance.kind == "points":
        return Proposal("stamps_to_points")
    if unit == "points" and balance.kind == "points" and money_decimals and balance.decimals == money_decimals:
        return Proposal("points_to_money")
    return None


def converted(sample: str, rate: str) -> str:
    """What a cell becomes by a rate, for an example; "" where that cannot be said."""
    text = sample.strip().replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        value = Decimal(text) * Decimal(rate)
    except InvalidOperation:
        return ""
    shown = format(value.normalize(), "f") if value.is_finite() else ""
    return shown if len(shown) <= EXAMPLE_DIGITS_MAX else ""
