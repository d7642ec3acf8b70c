"""What rewards refuse."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class StampedRecently(Refusal):
    """The same card was stamped a moment ago: a second scan of one visit, perhaps."""

    code: ClassVar[str] = "stamped_recently"
    message: ClassVar[str] = (
        "This card was stamped less than {seconds} seconds ago. If this is another visit, give the stamps again with “again”."
    )
    at: datetime | None = None
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class CardFull(Refusal):
    """The last round of the card is full, or these stamps are more than it takes."""

    code: ClassVar[str] = "card_full"
    message: ClassVar[str] = (
        "This card takes {room} more stamps: it is in its last round, {rounds} of {rounds}, at {stamps} of {goal}."
    )
    room: int = 0
    stamps: int = 0
    goal: int = 0
    rounds: int = 0


@dataclass(frozen=True, slots=True)
class NoStamps(Refusal):
    """The card counts no stamps."""

    code: ClassVar[str] = "no_stamps"
    message: ClassVar[str] = "This card counts no stamps."


@dataclass(frozen=True, slots=True)
class CardsAboveGoal(Refusal):
    """Cards stand at or above a goal already: it has to be said what becomes of them."""

    code: ClassVar[str] = "cards_above_goal"
    message: ClassVar[str] = (
        "{cards} cards have reached a goal already; rewarding them brings {rewards} rewards. Say whether to reward or to leave them."
    )
    cards: int = 0
    rewards: int = 0


@dataclass(frozen=True, slots=True)
class HoldersInRound(Refusal):
    """Goals change under cards that are in a round: it has to be said how their holders move over."""

    code: ClassVar[str] = "holders_in_round"
    message: ClassVar[str] = (
        "{cards} cards are in the middle of a round. Say whether their holders move over at once, or finish the round first."
    )
    cards: int = 0
    choices: tuple[str, ...] = ("move", "finish_round")


@dataclass(frozen=True, slots=True)
class SettlingUnderWay(Refusal):
    """Cards of this type are being dealt with already."""

    code: ClassVar[str] = "settling_under_way"
    message: ClassVar[str] = "Cards of this type are being dealt with right now. Wait until that is done."


@dataclass(frozen=True, slots=True)
class RewardInUse(Refusal):
    """A goal of a card type brings this reward."""

    code: ClassVar[str] = "reward_in_use"
    message: ClassVar[str] = "A goal of the card type {card_type} brings this reward. Give that goal another one first."
    card_type: str = ""


@dataclass(frozen=True, slots=True)
class RewardArchived(Refusal):
    """The reward is put away and given no more."""

    code: ClassVar[str] = "reward_archived"
    message: ClassVar[str] = "This reward is put away and is given no more."


@dataclass(frozen=True, slots=True)
class NotInCatalogue(Refusal):
    """The reward has no price: it comes by other ways."""

    code: ClassVar[str] = "not_in_catalogue"
    message: ClassVar[str] = "This reward has no price, so it cannot be bought with points."


@dataclass(frozen=True, slots=True)
class OutOfStock(Refusal):
    """The last piece is gone."""

    code: ClassVar[str] = "out_of_stock"
    message: ClassVar[str] = "There is none of this reward left."


@dataclass(frozen=True, slots=True)
class CustomerLimit(Refusal):
    """The customer has had as many of this reward as one may have."""

    code: ClassVar[str] = "customer_limit"
    message: ClassVar[str] = "This customer has had this reward {had} times; the limit is {limit}."
    limit: int = 0
    had: int = 0


@dataclass(frozen=True, slots=True)
class AlreadyHandedOver(Refusal):
    """The award was handed over before."""

    code: ClassVar[str] = "already_handed_over"
    message: ClassVar[str] = "This has been handed over already."
    handed_over_at: datetime | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class NotHandedOver(Refusal):
    """What was not handed over is not taken back."""

    code: ClassVar[str] = "not_handed_over"
    message: ClassVar[str] = "This has not been handed over."


@dataclass(frozen=True, slots=True)
class NotAnAward(Refusal):
    """Only awards are handed over; a voucher is redeemed."""

    code: ClassVar[str] = "not_an_award"
    message: ClassVar[str] = "Only an award is handed over; a voucher is redeemed by its code."


@dataclass(frozen=True, slots=True)
class RewardCancelled(Refusal):
    """The reward was cancelled."""

    code: ClassVar[str] = "reward_cancelled"
    message: ClassVar[str] = "This reward has been cancelled."


@dataclass(frozen=True, slots=True)
class RewardUsed(Refusal):
    """What has been used is not cancelled."""

    code: ClassVar[str] = "reward_used"
    message: ClassVar[str] = "This reward has been used, so it cannot be cancelled. Undo its use first."


@dataclass(frozen=True, slots=True)
class RewardDrawn(Refusal):
    """A draw that was bought is not returned: it would be drawn until it wins."""

    code: ClassVar[str] = "reward_drawn"
    message: ClassVar[str] = (
        "This was drawn, so it cannot be returned. Give the points back by hand if it was a mistake."
    )
