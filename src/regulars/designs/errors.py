"""What designs refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class NothingToPublish(Refusal):
    """There is no draft, or the draft is what was published last."""

    code: ClassVar[str] = "nothing_to_publish"
    message: ClassVar[str] = "Nothing was changed since the design was published last."


@dataclass(frozen=True, slots=True)
class DesignUnreadable(Refusal):
    """A card that nobody can read, or that stands in no wallet, is not published; `reasons` are codes of notices."""

    code: ClassVar[str] = "design_unreadable"
    message: ClassVar[str] = "This card could not be read: its colours are too alike, or it is shown nowhere."
    reasons: tuple[str, ...] = ()
