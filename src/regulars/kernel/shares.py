"""Exact parts of whole amounts: rounding half up, and shares that always add up (ORD-15)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Ratio(Struct, frozen=True):
    """An exact quotient of two whole numbers, not in lowest terms: what has to be rounded last, and cheap to make."""

    over: int
    under: int = 1

    def plus(self, other: Ratio) -> Ratio:
        """The exact sum."""
        if self.under == other.under:
            return Ratio(self.over + other.over, self.under)
        return Ratio(self.over * other.under + other.over * self.under, self.under * other.under)

    def times(self, other: Ratio) -> Ratio:
        """The exact product."""
        return Ratio(self.over * other.over, self.under * other.under)


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two whole numbers, rounded half up (away from zero); `denominator` is above zero."""
    assert denominator > 0
    if numerator < 0:
        return -half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def share_out(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share a whole amount in proportion to weights, by largest remainder, ties to the earlier one.

    The parts add up to `amount`. Where every weight is zero nothing can be shared and every part is zero.
    """
    assert amount >= 0
    whole = sum(weights)
    if whole == 0:
        return (0,) * len(weights)
    if len(weights) == 1:
        return (amount,)
    parts = [amount * weight // whole for weight in weights]
    missing = amount - sum(parts)
    if missing:
        by_remainder = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
        for at in by_remainder[:missing]:
            parts[at] += 1
    return tuple(parts)


def share_within(amount: int, weights: Sequence[int], most: Sequence[int]) -> tuple[int, ...]:
    """Share an amount in proportion to weights where part `i` may not pass `most[i]`; what does not fit goes to the others.

    The parts add up to `amount`, or to the sum of `most` where that is less.
    """
    parts = [0] * len(weights)
    missing = min(amount, sum(most))
    while missing:
        open_at = [at for at in range(len(weights)) if parts[at] < most[at]]
        shares = share_out(missing, [weights[at] or 1 for at in open_at])
        for at, share in zip(open_at, shares, strict=True):
            parts[at] = min(most[at], parts[at] + share)
        missing = min(amount, sum(most)) - sum(parts)
    return tuple(parts)
