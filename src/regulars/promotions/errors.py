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
