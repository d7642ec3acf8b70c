"""What the till refuses."""

from dataclasses import dataclass
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
