"""What the till refuses."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PressUndone(Refusal):
    """What was pressed was taken back before."""

    code: ClassVar[str] = "press_undone"
    message: ClassVar[str] = "This was taken back already."


@dataclass(frozen=True, slots=True)
class PressTooOld(Refusal):
    """The till takes back what was done a moment ago; later it is done from the card itself, by those who may."""

    code: ClassVar[str] = "press_too_old"
    message: ClassVar[str] = "The till takes back only what was done in the last {minutes} minutes."
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class PressUsed(Refusal):
    """A card that was issued has been used since, so it stays."""

    code: ClassVar[str] = "press_used"
    message: ClassVar[str] = "This card has been used since, so it stays. Delete it from its own page if it must go."


@dataclass(frozen=True, slots=True)
class NotInKiosk(Refusal):
    """While customers scan for themselves, the page does nothing else."""

    code: ClassVar[str] = "not_in_kiosk"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "Customers scan for themselves here. End that first to do anything else."


@dataclass(frozen=True, slots=True)
class PictureUnread(Refusal):
    """No picture of ours, or one that is too large."""

    code: ClassVar[str] = "picture_unread"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This picture cannot be read. Send a JPEG, PNG or WebP of at most {megabytes} MB."
    megabytes: int = 0


@dataclass(frozen=True, slots=True)
class DeviceUnknown(Refusal):
    """Nobody registered this device, or somebody else did."""

    code: ClassVar[str] = "device_unknown"
    status: ClassVar[int] = 404
    message: ClassVar[str] = "This device is not known here, or belongs to a colleague. Sign in at it as yourself."


@dataclass(frozen=True, slots=True)
class DeviceRevoked(Refusal):
    """Whoever looks after the devices ended this one."""

    code: ClassVar[str] = "device_revoked"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "This device was revoked. Sign out and in again to note anything without a connection."


@dataclass(frozen=True, slots=True)
class ConflictSettled(Refusal):
    """Somebody decided about it before."""

    code: ClassVar[str] = "conflict_settled"
    message: ClassVar[str] = "This was decided already."


@dataclass(frozen=True, slots=True)
class ReceiptClaimed(Refusal):
    """A code on a receipt or an insert is counted once."""

    code: ClassVar[str] = "receipt_claimed"
    message: ClassVar[str] = "This code was used already."
    claimed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReceiptExpired(Refusal):
    """Its time is over."""

    code: ClassVar[str] = "receipt_expired"
    message: ClassVar[str] = "The time of this code is over."
    expired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReceiptExists(Refusal):
    """An external id names one receipt for ever."""

    code: ClassVar[str] = "external_id_taken"
    message: ClassVar[str] = "A receipt code with the external id “{external_id}” exists already."
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class CardTooOften(Refusal):
    """A card is given something only so often in a day."""

    code: ClassVar[str] = "card_too_often"
    message: ClassVar[str] = (
        "This card has had all it can get in a day: {most} times in 24 hours. A manager can change the limit, or add stamps on the"
        " page of the card."
    )
    most: int = 0


@dataclass(frozen=True, slots=True)
class StaffTooOften(Refusal):
    """One of the staff gives something only so often in an hour."""

    code: ClassVar[str] = "staff_too_often"
    message: ClassVar[str] = (
        "You have stamped and recorded {most} times within an hour, which is the limit. Ask a manager, or go on a little later."
    )
    most: int = 0
