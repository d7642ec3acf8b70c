"""Refusals of joining and of people's own page."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class WrongCode(Refusal):
    """The code is not the one that was sent."""

    code: ClassVar[str] = "wrong_code"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This is not the code that we sent. Look at the newest message."


@dataclass(frozen=True, slots=True)
class RequestOver(Refusal):
    """A request lives for a short time only."""

    code: ClassVar[str] = "request_over"
    status: ClassVar[int] = 410
    message: ClassVar[str] = "This took too long, so the code is worth nothing any more. Begin again."


@dataclass(frozen=True, slots=True)
class NoCardHere(Refusal):
    """The business gives no card of this type out now."""

    code: ClassVar[str] = "no_card_here"
    message: ClassVar[str] = "This card is not given out at the moment. Ask at the till."
