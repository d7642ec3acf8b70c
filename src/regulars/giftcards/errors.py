"""What gift cards refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class GiftCardUsedUp(Refusal):
    """There is nothing left on it, or it was good for one payment."""

    code: ClassVar[str] = "gift_card_used_up"
    message: ClassVar[str] = "This gift card is used up."


@dataclass(frozen=True, slots=True)
class GiftCardExpired(Refusal):
    """Its time is over."""

    code: ClassVar[str] = "gift_card_expired"
    message: ClassVar[str] = "This gift card has expired."
    expired_at: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardBlocked(Refusal):
    """Somebody blocked it."""

    code: ClassVar[str] = "gift_card_blocked"
    message: ClassVar[str] = "This gift card is blocked. Unblock it first."


@dataclass(frozen=True, slots=True)
class GiftCardCancelled(Refusal):
    """It was cancelled, and that is for good."""

    code: ClassVar[str] = "gift_card_cancelled"
    message: ClassVar[str] = "This gift card is cancelled."


@dataclass(frozen=True, slots=True)
class GiftCardNotBlocked(Refusal):
    """Only what is blocked can be unblocked."""

    code: ClassVar[str] = "gift_card_not_blocked"
    message: ClassVar[str] = "This gift card is not blocked."


@dataclass(frozen=True, slots=True)
class GiftCardShort(Refusal):
    """Less is left on it than it was to pay."""

    code: ClassVar[str] = "gift_card_short"
    message: ClassVar[str] = "This gift card has {available} left, less than {wanted}."
    available: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardLimited(Refusal):
    """It pays only some goods or services, and there is less of them on the bill."""

    code: ClassVar[str] = "gift_card_limited"
    message: ClassVar[str] = "This gift card may pay at most {max} of this."
    max: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardNotHere(Refusal):
    """It is good in other locations."""

    code: ClassVar[str] = "gift_card_not_here"
    message: ClassVar[str] = "This gift card is not good in this location."


@dataclass(frozen=True, slots=True)
class GiftCardSingleUse(Refusal):
    """What is good for one payment cannot be topped up."""

    code: ClassVar[str] = "gift_card_single_use"
    message: ClassVar[str] = "This gift card is for a single payment: it cannot be topped up. Sell another one."


@dataclass(frozen=True, slots=True)
class GiftCardTooLarge(Refusal):
    """More would be on it than its type allows, or than can be counted."""

    code: ClassVar[str] = "gift_card_too_large"
    message: ClassVar[str] = "This gift card holds at most {largest}."
    largest: str = ""


@dataclass(frozen=True, slots=True)
class ValueNotSold(Refusal):
    """The type is not sold with this value."""

    code: ClassVar[str] = "value_not_sold"
    message: ClassVar[str] = "Gift cards of this type are not sold for {value}. It can be: {allowed}."
    value: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardTypeArchived(Refusal):
    """Nobody buys what is put away, or what would have ended already."""

    code: ClassVar[str] = "gift_card_type_archived"
    message: ClassVar[str] = (
        "Gift cards of this type are not sold any more. Choose another type, or take it back first."
    )


@dataclass(frozen=True, slots=True)
class GiftCardTypeOver(Refusal):
    """The last day of its gift cards is over."""

    code: ClassVar[str] = "gift_card_type_over"
    message: ClassVar[str] = "Gift cards of this type were good until {until}. Give it a later day first."
    until: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardNeedsCustomer(Refusal):
    """What has no code must belong to somebody."""

    code: ClassVar[str] = "gift_card_needs_customer"
    message: ClassVar[str] = "Gift cards of this type have no code: say which customer it is for."


@dataclass(frozen=True, slots=True)
class GiftCardHasNoCode(Refusal):
    """A code was given for a type that is sold without."""

    code: ClassVar[str] = "gift_card_has_no_code"
    message: ClassVar[str] = "Gift cards of this type are sold without a code. Leave the code empty."


@dataclass(frozen=True, slots=True)
class NothingToGiveBack(Refusal):
    """More would be given back than was paid and not given back yet."""

    code: ClassVar[str] = "nothing_to_give_back"
    message: ClassVar[str] = "At most {left} of this payment can be given back."
    left: str = ""
