"""What staff, sign-in, invitations and keys refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class SignInFailed(Refusal):
    """E-mail and password do not belong together; the same answer whichever of them is wrong."""

    code: ClassVar[str] = "sign_in_failed"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This e-mail and password do not belong together. Check both and try again."


@dataclass(frozen=True, slots=True)
class WrongPassword(Refusal):
    """The present password of a signed-in login is another one."""

    code: ClassVar[str] = "wrong_password"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This is not your present password."


@dataclass(frozen=True, slots=True)
class WrongPin(Refusal):
    """Name and PIN do not belong together; the same answer where there is no such name here, no PIN, or a locked one."""

    code: ClassVar[str] = "wrong_pin"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This name and PIN do not belong together. Check both and try again."


@dataclass(frozen=True, slots=True)
class LinkExpired(Refusal):
    """A link to set a new password works once, and not for long."""

    code: ClassVar[str] = "link_expired"
    status: ClassVar[int] = 410
    message: ClassVar[str] = "This link was already used or is too old. Ask for a new one."


@dataclass(frozen=True, slots=True)
class InvitationInvalid(Refusal):
    """The invitation was accepted, withdrawn, or is too old; or there never was one."""

    code: ClassVar[str] = "invitation_invalid"
    status: ClassVar[int] = 410
    message: ClassVar[str] = "This invitation was already used, withdrawn, or is too old. Ask for a new one."


@dataclass(frozen=True, slots=True)
class SignInFirst(Refusal):
    """The invited e-mail has a login, so its owner has to sign in before they accept."""

    code: ClassVar[str] = "sign_in_first"
    message: ClassVar[str] = "There is already a login for {email}. Sign in with it, then open this link again."
    email: str = ""


@dataclass(frozen=True, slots=True)
class InvitedAnother(Refusal):
    """Somebody else is signed in on this device."""

    code: ClassVar[str] = "invited_another"
    message: ClassVar[str] = "This invitation is for {email}. Sign out, then open the link again."
    email: str = ""


@dataclass(frozen=True, slots=True)
class AlreadyStaff(Refusal):
    """The person works here already."""

    code: ClassVar[str] = "already_staff"
    message: ClassVar[str] = "{email} already belongs to your staff. Change their role in the list."
    email: str = ""


@dataclass(frozen=True, slots=True)
class LastOwner(Refusal):
    """Without an owner nobody could ever change rights again."""

    code: ClassVar[str] = "last_owner"
    message: ClassVar[str] = "This is the only owner. Make somebody else an owner first."


@dataclass(frozen=True, slots=True)
class NotYourself(Refusal):
    """Nobody locks themselves out by accident."""

    code: ClassVar[str] = "not_yourself"
    message: ClassVar[str] = "You cannot do this to yourself. Ask another owner."


@dataclass(frozen=True, slots=True)
class BeyondYourRights(Refusal):
    """Nobody gives, or takes from somebody, what they do not have themselves."""

    code: ClassVar[str] = "beyond_your_rights"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "This person has, or would get, rights or locations that you do not have yourself."


@dataclass(frozen=True, slots=True)
class EmailTaken(Refusal):
    """Another login has this e-mail."""

    code: ClassVar[str] = "email_taken"
    message: ClassVar[str] = "There is already a login for {email}."
    email: str = ""


@dataclass(frozen=True, slots=True)
class SetUpClosed(Refusal):
    """The token is wrong, or this installation has an owner already."""

    code: ClassVar[str] = "set_up_closed"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "This set-up code is not valid. The right one is in the console of the server."


@dataclass(frozen=True, slots=True)
class MayNotOpenChains(Refusal):
    """Opening a business beside the others is for those who run this installation."""

    code: ClassVar[str] = "may_not_open_chains"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "Your login may not open a new business here."
