"""What a decision about promotions says: what each gives, with its arithmetic, or why it gives nothing."""

from collections.abc import Mapping
from typing import final

from msgspec import Struct, field

# Final where rules ask `type(one) is`: that a Struct is none of another takes isinstance as long as a small condition.


@final
class Reason(Struct, frozen=True):
    """One step of an explanation: a stable code and the values that its sentence names (`explain.SENTENCES`)."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@final
class Cut(Struct, frozen=True):
    """What a benefit takes off: money per line and off shipping, and the units it speaks for.

    `units` are those of the lines that no other promotion on units may count again; `count` is how often a repeated
    benefit applied.
    """

    lines: tuple[int, ...]
    shipping: int = 0
    units: tuple[int, ...] = ()
    count: int = 1
    steps: tuple[Reason, ...] = ()

    @property
    def total(self) -> int:
        """All that is taken off."""
        return sum(self.lines) + self.shipping


class Earned(Struct, frozen=True):
    """Units of a balance type that an order brings, in smallest units."""

    balance_type: str
    amount: int
    steps: tuple[Reason, ...] = ()
    carried: int = 0
    """Money that waits for the next full block."""


@final
class Applied(Struct, frozen=True):
    """A promotion that gives something; `cost` is what it takes from a balance in return."""

    promotion: str
    cut: Cut
    earned: tuple[Earned, ...] = ()
    cost: tuple[tuple[str, int], ...] = ()


@final
class NotApplied(Struct, frozen=True):
    """A promotion that gives nothing, with the condition that failed."""

    promotion: str
    reason: Reason


class Priced(Struct, frozen=True):
    """An order after all promotions: what is left of each line, tax included or added, and a verdict for each promotion."""

    line_totals: tuple[int, ...]
    line_discounts: tuple[int, ...]
    line_taxes: tuple[int, ...]
    shipping: int
    shipping_discount: int
    tips: int
    tax_added: int
    verdicts: tuple[Applied | NotApplied, ...]

    @property
    def discount_total(self) -> int:
        """All that promotions took off, of lines and shipping."""
        return sum(self.line_discounts) + self.shipping_discount

    @property
    def tax(self) -> int:
        """The tax in, or on, what is left of the lines."""
        return sum(self.line_taxes)

    @property
    def total(self) -> int:
        """What is to be paid, by whatever means."""
        return sum(self.line_totals) + self.tax_added + self.shipping + self.tips
