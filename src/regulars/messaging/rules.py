"""Who may be written to, and what may be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from regulars.kernel.refusal import FieldProblem
from regulars.plugins.channels import Channel, Limits, Unreachable

Kind = Literal["service", "offer"]
"""About the customer's own matters (an order, a visit, a question), or news and offers."""
State = Literal["queued", "sending", "sent", "delivered", "failed"]

PERSONAL_DATA_PURPOSE: Final = "personal_data"
TEXT_LENGTH_MAX: Final = 10_000
SUBJECT_LENGTH_MAX: Final = 150
WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 600, 3600))
TRIES_MAX: Final = len(WAITS) + 1
FURTHER: Final[Mapping[State, tuple[State, ...]]] = {
    "sent": ("queued", "sending", "failed"),
    "delivered": ("queued", "sending", "sent", "failed"),
    "failed": ("queued", "sending", "sent"),
}
"""From which states a delivery goes on to another: what has arrived stays arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """What somebody wants to say, how, and to whom: the customer, the card, or the card's holder by way of the card."""

    customer: str | None = None
    card: str | None = None
    text: str
    subject: str = ""
    kind: Kind = "service"
    channels: tuple[str, ...] | None = None
    """None is the first that reaches them."""


def check_consent(channel: Channel, kind: Kind, given: Mapping[str, bool]) -> Unreachable | None:
    """Why what a customer agreed to and withdrew forbids a message on a channel; None where it does not.

    `given` holds the latest word on each purpose. Whoever withdrew that their data are kept is written to by nobody.
    """
    if given.get(PERSONAL_DATA_PURPOSE) is False:
        return Unreachable("no_data")
    if kind == "service":
        return None
    said = given.get(channel.consent)
    if said is False:
        return Unreachable("withdrew")
    return Unreachable("not_agreed") if channel.asks_consent and said is None else None


def check_text(text: str, subject: str, limits: Sequence[Limits]) -> tuple[FieldProblem, ...]:
    """What is wrong with a text for channels with these limits."""
    if not text.strip():
        return (FieldProblem(pointer="/text", code="required", detail="Write something."),)
    most = min((one.text_max for one in limits), default=TEXT_LENGTH_MAX)
    found = []
    if len(text) > most:
        found.append(
            FieldProblem(
                pointer="/text",
                code="too_long",
                detail="The text is too long for a channel that was chosen.",
            )
        )
    subject_most = max((one.subject_max for one in limits), default=SUBJECT_LENGTH_MAX)
    if subject_most and len(subject) > subject_most:
        found.append(FieldProblem(pointer="/subject", code="too_long", detail="The subject is too long."))
    return tuple(found)


def next_wait(tries: int, asked: timedelta | None) -> timedelta | None:
    """How long until a letter that was not taken is tried again; None once enough was tried."""
    if tries >= TRIES_MAX:
        return None
    return max(WAITS[tries - 1], min(asked or timedelta(0), WAITS[-1]))
