"""What memberships refuse, each with what somebody needs to know to do it right."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from regulars.kernel.refusal import Refusal
from regulars.platform.pages import figures


@dataclass(frozen=True, slots=True)
class RefusalWithDays(Refusal):
    """Programs get its days as ISO dates; its sentence writes them as the reader does."""

    def values(self) -> dict[str, Any]:
        """Every fact that the sentence may name, days in the reader's words."""
        return {name: _shown(value) for name, value in Refusal.values(self).items()}


def _shown(value: Any) -> Any:
    try:
        return figures.day(date.fromisoformat(value)) if isinstance(value, str) else value
    except ValueError:
        return value


@dataclass(frozen=True, slots=True)
class MembershipUsedUp(Refusal):
    """All its visits are used."""

    code: ClassVar[str] = "membership_used_up"
    message: ClassVar[str] = "All visits of this membership are used."
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class TooFewVisits(Refusal):
    """More visits were asked for than are left."""

    code: ClassVar[str] = "too_few_visits"
    message: ClassVar[str] = "Only {remaining} visits are left, {wanted} were asked for."
    remaining: int = 0
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class MembershipExpired(RefusalWithDays):
    """Its period is over."""

    code: ClassVar[str] = "membership_expired"
    message: ClassVar[str] = "This membership ended with {ended_on}."
    ended_on: str = ""


@dataclass(frozen=True, slots=True)
class MembershipFrozen(RefusalWithDays):
    """It rests."""

    code: ClassVar[str] = "membership_frozen"
    message: ClassVar[str] = "This membership is frozen until {frozen_until}. Unfreeze it first."
    frozen_from: str = ""
    frozen_until: str = ""


@dataclass(frozen=True, slots=True)
class MembershipCancelled(Refusal):
    """It was cancelled."""

    code: ClassVar[str] = "membership_cancelled"
    message: ClassVar[str] = "This membership was cancelled."


@dataclass(frozen=True, slots=True)
class MembershipNotBegun(Refusal):
    """It begins with the first use: before, there is nothing that time could take."""

    code: ClassVar[str] = "membership_not_begun"
    message: ClassVar[str] = "This membership begins with its first use: there is nothing to freeze yet."


@dataclass(frozen=True, slots=True)
class MembershipWithoutEnd(Refusal):
    """It has no end that could move."""

    code: ClassVar[str] = "membership_without_end"
    message: ClassVar[str] = "This membership has no last day: there is nothing to freeze or to extend by days."


@dataclass(frozen=True, slots=True)
class VisitsUnlimited(Refusal):
    """Its visits are not counted."""

    code: ClassVar[str] = "visits_unlimited"
    message: ClassVar[str] = "The visits of this membership are not counted: there is nothing to add to."


@dataclass(frozen=True, slots=True)
class WrongLocation(Refusal):
    """It is not valid there."""

    code: ClassVar[str] = "wrong_location"
    message: ClassVar[str] = "This membership is not valid at this location. It is valid at: {valid_at}."
    valid_at: str = ""


@dataclass(frozen=True, slots=True)
class NotCovered(Refusal):
    """It is not for that service."""

    code: ClassVar[str] = "not_covered"
    message: ClassVar[str] = "This membership does not cover {what}."
    what: str = ""


@dataclass(frozen=True, slots=True)
class UsedRecently(Refusal):
    """It was used a short while ago, and its type asks before the next use; `again` confirms."""

    code: ClassVar[str] = "used_recently"
    message: ClassVar[str] = "This membership was used less than {hours} hours ago. Confirm that it is used again."
    at: str = ""
    hours: int = 0


@dataclass(frozen=True, slots=True)
class FreezesUsedUp(Refusal):
    """It cannot be frozen once more."""

    code: ClassVar[str] = "freezes_used_up"
    message: ClassVar[str] = "This membership may be frozen {limit} times, and that was done."
    limit: int = 0


@dataclass(frozen=True, slots=True)
class FreezeDaysUsedUp(Refusal):
    """It cannot rest for so many days more."""

    code: ClassVar[str] = "freeze_days_used_up"
    message: ClassVar[str] = "This membership may rest for {left} days more, {wanted} were asked for."
    left: int = 0
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class FreezeTooShort(Refusal):
    """A freeze of this type is longer."""

    code: ClassVar[str] = "freeze_too_short"
    message: ClassVar[str] = "A freeze of this membership lasts {least} days or more."
    least: int = 0


@dataclass(frozen=True, slots=True)
class FreezeTooLong(Refusal):
    """A freeze is not longer than what it freezes."""

    code: ClassVar[str] = "freeze_too_long"
    message: ClassVar[str] = "A freeze is not longer than the membership itself: {most} days at most."
    most: int = 0


@dataclass(frozen=True, slots=True)
class FreezeOverlaps(RefusalWithDays):
    """It is frozen already, or will be."""

    code: ClassVar[str] = "freeze_overlaps"
    message: ClassVar[str] = (
        "This membership is frozen from {frozen_from} to {frozen_until} already. End that freeze first."
    )
    frozen_from: str = ""
    frozen_until: str = ""


@dataclass(frozen=True, slots=True)
class FreezeOutside(RefusalWithDays):
    """A freeze begins today or later, and while the membership runs."""

    code: ClassVar[str] = "freeze_outside"
    message: ClassVar[str] = "A freeze begins between {first} and {last}, while the membership runs."
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class FreezeCoversUse(RefusalWithDays):
    """A day on which it was used cannot be given back."""

    code: ClassVar[str] = "freeze_covers_use"
    message: ClassVar[str] = "This membership was used on {used_on}: a freeze begins with the day after."
    used_on: str = ""


@dataclass(frozen=True, slots=True)
class NotFrozen(Refusal):
    """There is no freeze to end."""

    code: ClassVar[str] = "not_frozen"
    message: ClassVar[str] = "This membership is not frozen."


@dataclass(frozen=True, slots=True)
class StillExpired(RefusalWithDays):
    """The days that were added do not reach today."""

    code: ClassVar[str] = "still_expired"
    message: ClassVar[str] = "With these days the membership would have ended with {ends_on}. Give more days."
    ends_on: str = ""


@dataclass(frozen=True, slots=True)
class UseAlreadyUndone(Refusal):
    """The use was undone before."""

    code: ClassVar[str] = "use_already_undone"
    message: ClassVar[str] = "This use was undone already."


@dataclass(frozen=True, slots=True)
class UseOfOrder(Refusal):
    """An order used it: cancelling or refunding the order gives it back."""

    code: ClassVar[str] = "use_of_order"
    message: ClassVar[str] = "An order used this membership: cancel or refund the order to give it back."
    order: str = ""


@dataclass(frozen=True, slots=True)
class MembershipTypeArchived(Refusal):
    """The type is put away: nothing new is sold of it."""

    code: ClassVar[str] = "membership_type_archived"
    message: ClassVar[str] = "“{name}” is put away and is not sold any more."
    name: str = ""


@dataclass(frozen=True, slots=True)
class HolderNeeded(Refusal):
    """Nobody could ever use it: it has neither a customer nor a card nor a code."""

    code: ClassVar[str] = "holder_needed"
    message: ClassVar[str] = "Name a customer or a card, or sell the membership with a code."


@dataclass(frozen=True, slots=True)
class CardOfSomebodyElse(Refusal):
    """The card that was named is not the customer's."""

    code: ClassVar[str] = "card_of_somebody_else"
    message: ClassVar[str] = "This card belongs to somebody else."


@dataclass(frozen=True, slots=True)
class CardNotInUse(Refusal):
    """The card is blocked, over or gone."""

    code: ClassVar[str] = "card_not_in_use"
    message: ClassVar[str] = "This card is not in use: no membership can be sold at it."


@dataclass(frozen=True, slots=True)
class RefundTooHigh(Refusal):
    """More than was paid."""

    code: ClassVar[str] = "refund_too_high"
    message: ClassVar[str] = "Only {paid} was paid for this membership."
    paid: str = ""
