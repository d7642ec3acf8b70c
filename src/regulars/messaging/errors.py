"""What messages refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class NobodyReached(Refusal):
    """No channel reaches the customer, or none that they agreed to."""

    code: ClassVar[str] = "nobody_reached"
    message: ClassVar[str] = "No channel reaches this customer for such a message."


@dataclass(frozen=True, slots=True)
class ChannelUnavailable(Refusal):
    """A channel that was named does not reach the customer; `reason` says why."""

    code: ClassVar[str] = "channel_unavailable"
    message: ClassVar[str] = "This channel does not reach the customer: {channel} ({reason})."
    channel: str = ""
    reason: str = ""
