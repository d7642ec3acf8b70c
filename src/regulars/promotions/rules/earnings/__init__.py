"""Earnings of promotions: one small class each, which says how many units of a balance type an order brings.

`earn(facts, paid, chosen)` answers exact units, not yet rounded, or the reason why there are none: multipliers come
before rounding. Units are smallest units of the balance type, money is in the currency's smallest unit.
"""

from typing import ClassVar, Protocol, final

from msgspec import Struct

from regulars.kernel.shares import Ratio, half_up, share_out
from regulars.promotions.rules.facts import PREPAID, Facts, Left
from regulars.promotions.rules.outcome import Reason
from regulars.promotions.rules.taxes import without_tax


class Paid(Struct, frozen=True):
    """The money that earning looks at, line by line, on each of the bases; tips and shipping never count."""

    facts: Facts
    after_discounts: tuple[int, ...]

    def on(self, basis: str, chosen: tuple[int, ...]) -> int:
        """The money of the chosen lines, on a basis: after_discounts, before_discounts or excluding_tax."""
        lines, after = self.facts.lines, self.after_discounts
        match basis:
            case "before_discounts":
                return sum([lines[at].total for at in chosen])
            case "excluding_tax":
                return sum(without_tax(lines[at], after[at], self.facts) for at in chosen)
            case _:
                assert basis == "after_discounts"
                return sum([after[at] for at in chosen])


def paid_of(facts: Facts, left: Left, *, not_counted: int = 0) -> Paid:
    """What is paid for each line; `not_counted` was paid with points and does not earn, where the program says so."""
    after = left.lines
    if not_counted:
        # Points pay for nothing that is prepaid.
        payable = [0 if line.kind == PREPAID else amount for line, amount in zip(facts.lines, after, strict=True)]
        shares = share_out(min(not_counted, sum(payable)), payable)
        after = tuple(amount - share for amount, share in zip(after, shares, strict=True))
    return Paid(facts, after)


@final
class Gain(Struct, frozen=True):
    """Exact units and how they were reckoned; `carried` is the money that waits for the next full block."""

    units: Ratio
    steps: tuple[Reason, ...]
    carried: int = 0


class Earning(Protocol):
    """What an earning is to the engine; outsiders' earnings have the same shape."""

    kind: ClassVar[str]

    @property
    def balance_type(self) -> str:
        """What is earned."""
        ...

    @property
    def rounding(self) -> str:
        """down, half_up or up."""
        ...

    def earn(self, facts: Facts, paid: Paid, chosen: tuple[int, ...], carried: int) -> Gain | Reason:
        """Exact units, or why there are none."""
        ...


def rounded(units: Ratio, rounding: str) -> int:
    """Whole units by the rounding of the balance type: down, half_up or up."""
    if rounding == "half_up":
        return half_up(units.over, units.under)
    whole, rest = divmod(units.over, units.under)
    return whole + (1 if rounding == "up" and rest else 0)
