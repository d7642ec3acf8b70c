"""An order that happened before, elsewhere: it counts and can be looked at, but earned and spent nothing here (IMP-9); pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from regulars.kernel.shares import half_up, share_out

ONE: Final = 1_000
"""A quantity of one, in thousandths."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A line as it was sold; `discount` is what was taken off it."""

    name: str = ""
    sku: str = ""
    category: str = ""
    quantity: int = ONE
    price: int = 0
    discount: int = 0
    is_excluded: bool = False

    @property
    def list_value(self) -> int:
        """Quantity times price, rounded half up."""
        return half_up(self.price * self.quantity, ONE)

    @property
    def total(self) -> int:
        """What it cost."""
        return self.list_value - self.discount


@dataclass(frozen=True, slots=True)
class HistoryOrder:
    """An order of the past, ready to be kept. `key` is what makes it the same order when it comes again."""

    id: UUID
    key: str
    external_id: str | None
    at: datetime
    state: str
    lines: tuple[HistoryLine, ...]
    total: int
    shipping: int = 0
    tips: int = 0
    refunded: int = 0
    customer_id: UUID | None = None
    card_id: UUID | None = None
    phone: str | None = None
    location_id: UUID | None = None
    channel: str = ""
    staff_id: UUID | None = None

    @property
    def sold(self) -> int:
        """List value of the lines."""
        return sum(line.list_value for line in self.lines)


def settle_lines(
    lines: Sequence[HistoryLine], *, total: int | None, discount: int, extras: int, rest_name: str
) -> tuple[tuple[HistoryLine, ...], int]:
    """The lines of an order made to add up to what was paid for it, and that total.

    Without a total, the lines, less the discount, and the extras (shipping, tips) are the total. What a total is less
    than its lines was taken off them, in proportion to the cent; what it is more stands in a line of its own, on which no
    promotion counts: taxes and charges. An order of a total only has one line without a name.
    """
    goods = None if total is None else max(0, total - extras)
    if not lines:
        assert goods is not None
        return (HistoryLine(price=goods + discount, discount=discount),) if goods + discount else (), goods + extras
    worth = sum(line.total for line in lines)
    if goods is None:
        goods = max(0, worth - discount)
    if goods < worth:
        lines = _lessened(lines, worth - goods)
    elif goods > worth:
        lines = (*lines, HistoryLine(name=rest_name, price=goods - worth, is_excluded=True))
    return tuple(lines), goods + extras


def _lessened(lines: Sequence[HistoryLine], amount: int) -> tuple[HistoryLine, ...]:
    shares = share_out(amount, [line.total for line in lines])
    return tuple(
        HistoryLine(
            line.name, line.sku, line.category, line.quantity, line.price, line.discount + share, line.is_excluded
        )
        for line, share in zip(lines, shares, strict=True)
    )
