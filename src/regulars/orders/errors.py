"""What orders refuse."""

from dataclasses import dataclass
from typing import Any, ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class TotalChanged(Refusal):
    """The till expected another total than the order has now (ORD-2); `changes` says which promotions changed it."""

    code: ClassVar[str] = "total_changed"
    message: ClassVar[str] = "The total is {total} now, {expected} was expected. Show the customer the new total."
    expected: str = ""
    total: str = ""
    changes: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderExists(Refusal):
    """An order with this external id was recorded with another content; it is never silently replaced."""

    code: ClassVar[str] = "external_id_taken"
    message: ClassVar[str] = "Another order with the external id “{external_id}” is recorded already."
    external_id: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class SpendLimited(Refusal):
    """More was to be paid with a balance than the card type lets it pay of this order (TYP-3)."""

    code: ClassVar[str] = "spend_limit"
    message: ClassVar[str] = "At most {max} of {balance_type} can pay for this order."
    balance_type: str = ""
    max: str = "0"
    money: str = "0"


@dataclass(frozen=True, slots=True)
class SpendNeedsCard(Refusal):
    """Nothing can be spent where no card is known that has the balance."""

    code: ClassVar[str] = "no_card"
    message: ClassVar[str] = "There is no card here whose “{balance_type}” could pay."
    balance_type: str = ""


@dataclass(frozen=True, slots=True)
class OrderNotOpen(Refusal):
    """The order has gone on already."""

    code: ClassVar[str] = "order_not_open"
    message: ClassVar[str] = "This order is {state}, so this cannot be done with it any more."
    state: str = ""


@dataclass(frozen=True, slots=True)
class NothingKept(Refusal):
    """The order keeps nothing for itself, or not any more."""

    code: ClassVar[str] = "nothing_kept"
    message: ClassVar[str] = "This order keeps nothing for itself any more."


@dataclass(frozen=True, slots=True)
class OrderNotPaid(Refusal):
    """What is not paid is not completed."""

    code: ClassVar[str] = "order_not_paid"
    message: ClassVar[str] = "This order is {state}. Only a paid order is completed."
    state: str = ""


@dataclass(frozen=True, slots=True)
class OrderNotRefundable(Refusal):
    """An open order has nothing to give back, and what was cancelled or refunded has nothing left."""

    code: ClassVar[str] = "order_not_refundable"
    message: ClassVar[str] = "This order is {state}, so nothing of it can be refunded."
    state: str = ""


@dataclass(frozen=True, slots=True)
class QuantityExceedsSold(Refusal):
    """More of a line was asked back than was bought and has not come back yet."""

    code: ClassVar[str] = "quantity_exceeds_sold"
    message: ClassVar[str] = "Of line {index} only {left} can still be refunded."
    index: int = 0
    left: str = "0"


@dataclass(frozen=True, slots=True)
class AmountExceedsPaid(Refusal):
    """More money was asked back than was paid and has not come back yet."""

    code: ClassVar[str] = "amount_exceeds_paid"
    message: ClassVar[str] = "Of this order only {left} can still be refunded."
    left: str = "0"


@dataclass(frozen=True, slots=True)
class RefundExists(Refusal):
    """Another refund has this external id; it is never made twice."""

    code: ClassVar[str] = "external_id_taken"
    message: ClassVar[str] = "Another refund with the external id “{external_id}” is recorded already."
    external_id: str = ""
