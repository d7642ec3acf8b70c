"""What promotions refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PromotionEnded(Refusal):
    """An ended promotion stays as it was: orders name it."""

    code: ClassVar[str] = "promotion_ended"
    message: ClassVar[str] = "The promotion “{promotion}” has ended and stays as it was. Make a new one like it."
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class PromotionNotPublished(Refusal):
    """What was never published neither pauses nor goes on."""

    code: ClassVar[str] = "promotion_not_published"
    message: ClassVar[str] = "The promotion “{promotion}” is a draft. Publish it first."
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class NothingToPublish(Refusal):
    """The published version says the same already."""

    code: ClassVar[str] = "nothing_to_publish"
    message: ClassVar[str] = "Nothing has changed since version {published} was published."
    published: int = 0


@dataclass(frozen=True, slots=True)
class ProgramArchived(Refusal):
    """An archived program is read only (PRG-1)."""

    code: ClassVar[str] = "program_archived"
    message: ClassVar[str] = "The program “{program}” is archived, so its promotions stay as they are."
    program: str = ""


@dataclass(frozen=True, slots=True)
class OrderSegmentUsed(Refusal):
    """A segment that promotions ask for is not deleted."""

    code: ClassVar[str] = "order_segment_used"
    message: ClassVar[str] = "These promotions ask for it: {text}. Take it out of them first."
    hidden: ClassVar[frozenset[str]] = frozenset({"text"})
    text: str = ""
    promotions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoyaltyOff(Refusal):
    """The customer takes no part: nothing is earned and nothing is spent, the balance stays (CUS-4)."""

    code: ClassVar[str] = "loyalty_off"
    message: ClassVar[str] = (
        "This customer takes no part in the program, so nothing is earned and nothing can be spent."
    )


@dataclass(frozen=True, slots=True)
class NotTriggered(Refusal):
    """A trigger promotion does not give this card anything now: the condition or limit that failed."""

    code: ClassVar[str] = "not_triggered"
    message: ClassVar[str] = "The promotion “{promotion}” gives nothing here. {explanation}"
    promotion: str = ""
    reason: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class NoSuchTrigger(Refusal):
    """The promotion does not run, or nothing that is sent triggers it."""

    code: ClassVar[str] = "no_such_trigger"
    message: ClassVar[str] = "No running promotion of this id waits to be triggered so."
