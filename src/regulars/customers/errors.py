"""What customers refuse."""

from dataclasses import dataclass
from typing import ClassVar, Final

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PhoneTaken(Refusal):
    """A phone belongs to at most one customer of a chain (CUS-3)."""

    code: ClassVar[str] = "phone_taken"
    message: ClassVar[str] = "The phone {phone} belongs to another customer already."
    phone: str = ""
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class ReferralRefused(Refusal):
    """Somebody cannot have been invited by whom was named (RWD-7); subclasses say why."""

    code: ClassVar[str] = "referral_refused"
    message: ClassVar[str] = "This invitation does not count."


@dataclass(frozen=True, slots=True)
class UnknownInviter(ReferralRefused):
    """No customer has this code or id."""

    code: ClassVar[str] = "unknown_inviter"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "There is no customer with the code or id “{named}” who could have invited somebody."
    named: str = ""


@dataclass(frozen=True, slots=True)
class OwnInvitation(ReferralRefused):
    """Nobody invites themselves, by another phone or e-mail neither."""

    code: ClassVar[str] = "own_invitation"
    message: ClassVar[str] = "Nobody can invite themselves: the inviter and the invited are the same person."


@dataclass(frozen=True, slots=True)
class InvitationInCircle(ReferralRefused):
    """The inviter was invited, in some steps, by whom they are said to have invited."""

    code: ClassVar[str] = "invitation_in_circle"
    message: ClassVar[str] = (
        "The inviter was invited by this customer, directly or over others; invitations never go in a circle."
    )


@dataclass(frozen=True, slots=True)
class InvitedTooLate(ReferralRefused):
    """Who has bought something already is no newcomer."""

    code: ClassVar[str] = "invited_too_late"
    message: ClassVar[str] = "The customer has bought something already, so nobody can have invited them any more."


@dataclass(frozen=True, slots=True)
class InvitedAlready(ReferralRefused):
    """Somebody is invited once."""

    code: ClassVar[str] = "invited_already"
    message: ClassVar[str] = "Somebody else has invited this customer already."


REFERRAL_REFUSALS: Final = (UnknownInviter, OwnInvitation, InvitationInCircle, InvitedTooLate, InvitedAlready)


@dataclass(frozen=True, slots=True)
class AddALetter(Refusal):
    """The search would read too much."""

    code: ClassVar[str] = "search_too_wide"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Too much matches this search. Add a letter."


@dataclass(frozen=True, slots=True)
class ViewNameTaken(Refusal):
    """A list has one view of a name."""

    code: ClassVar[str] = "view_name_taken"
    message: ClassVar[str] = "There is a view called “{name}” already. Choose another name."
    name: str = ""
