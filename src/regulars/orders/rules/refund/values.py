"""The values that a refund is reckoned from, and what comes out. Money is in the currency's smallest unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from regulars.programs.rules.refunds import DEFAULT_REFUNDS, RefundRules
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.promotion import Promotion


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line as it was priced: what it cost, tax that was added included, and how many thousandths came back before."""

    paid: int
    refunded_quantity: int = 0


@dataclass(frozen=True, slots=True)
class RecordedEffect:
    """What the order did to a balance: `amount` earned or spent, of which `undone` was taken back or returned before.

    `money` is what a spend paid; the price of a promotion pays nothing. `is_promised` earnings come from no rule that
    could be asked again: they stay until the last refund.
    """

    position: int
    kind: Literal["earn", "spend"]
    card: str
    balance_type: str
    amount: int
    promotion: str | None = None
    money: int = 0
    undone: int = 0
    carried: int = 0
    is_promised: bool = False
    settings: RefundRules = DEFAULT_REFUNDS
    line: int | None = None
    """The line whose whole units visits of a membership pay, `amount` of them: they come back with it."""


@dataclass(frozen=True, slots=True)
class RecordedPromotion:
    """A promotion that gave something, in the version that did, and what of its limits the order still takes."""

    rule: Promotion
    uses: int = 1
    discount: int = 0
    units: int = 0
    settings: RefundRules = DEFAULT_REFUNDS


@dataclass(frozen=True, slots=True)
class LineBack:
    """How many thousandths of a line come back and what money that is; no quantity where it is a refund by amount."""

    index: int
    quantity: int
    money: int


@dataclass(frozen=True, slots=True)
class EarlierRefund:
    """A refund that was made before: all that it gave back, in money and to balances, and its lines."""

    value: int
    lines: tuple[LineBack, ...] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """An order as it was recorded. `facts` is what the promotions saw, with all its lines.

    `total` is what was paid by whatever means; `paid_with_points` of it does not earn. `rests` is what waits today for
    the next full block, by promotion and card.
    """

    facts: Facts
    lines: tuple[RecordedLine, ...]
    total: int
    shipping: int = 0
    tips: int = 0
    paid_with_points: int = 0
    effects: tuple[RecordedEffect, ...] = ()
    promotions: tuple[RecordedPromotion, ...] = ()
    refunds: tuple[EarlierRefund, ...] = ()
    rests: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def refunded(self) -> int:
        """All that came back before."""
        return sum(refund.value for refund in self.refunds)


@dataclass(frozen=True, slots=True)
class LinesRequest:
    """Take back so many thousandths of these lines; None is all that is left of one."""

    lines: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True)
class AmountRequest:
    """Give back an amount and take nothing back."""

    amount: int


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """Undo all that is left of the order."""


Request = LinesRequest | AmountRequest | CancelRequest


@dataclass(frozen=True, slots=True)
class Returned:
    """Units of a spend that go back to their balance, and the money that they had paid."""

    position: int
    amount: int
    money: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Units of an earning that the rest of the order does not deserve any more."""

    position: int
    amount: int


@dataclass(frozen=True, slots=True)
class LimitsBack:
    """What a promotion's limits get back; `earned` is what its customer may earn again on the order's day."""

    promotion: str
    uses: int = 0
    discount: int = 0
    units: int = 0
    earned: int = 0


@dataclass(frozen=True, slots=True)
class RestBack:
    """The money that waits for the next full block of a promotion on a card, as it is after the refund."""

    promotion: str
    card: str
    money: int


@dataclass(frozen=True, slots=True)
class RefundPlan:
    """What a refund does. `value` is `money_back` and the money of what is returned; `other` of it is not of lines."""

    value: int
    money_back: int
    other: int
    lines: tuple[LineBack, ...]
    returned: tuple[Returned, ...]
    taken_back: tuple[TakenBack, ...]
    limits: tuple[LimitsBack, ...]
    rests: tuple[RestBack, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """All of the order came back before."""


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """The order has no such line; `position` is where the request named it."""

    position: int
    index: int


@dataclass(frozen=True, slots=True)
class TwiceInOne:
    """One request names a line twice."""

    position: int
    index: int


@dataclass(frozen=True, slots=True)
class MoreThanBought:
    """More of a line was asked back than is left of it."""

    index: int
    left: int


@dataclass(frozen=True, slots=True)
class MoreThanPaid:
    """More money was asked back than is left of the order."""

    left: int


Unfit = NothingLeft | UnknownLine | TwiceInOne | MoreThanBought | MoreThanPaid
