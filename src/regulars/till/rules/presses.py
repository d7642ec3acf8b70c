"""What is pressed at the till, how long it can be taken back, and how people are named there; pure."""

from datetime import datetime, timedelta
from typing import Final, Literal, get_args

Kind = Literal["stamps", "purchase", "spend", "voucher", "award", "reward", "membership", "issue"]
Source = Literal["staff", "kiosk", "autopilot"]
Mode = Literal["manual", "kiosk", "autopilot"]

KINDS: Final[tuple[str, ...]] = get_args(Kind)
SOURCES: Final[tuple[str, ...]] = get_args(Source)
SOURCE_OF: Final[dict[Mode, Source]] = {"manual": "staff", "kiosk": "kiosk", "autopilot": "autopilot"}
COUNTS: Final = (2, 3, 5)
"""Several stamps that have a button of their own."""
UNDO_MINUTES: Final = 15
STAMPS_AT_ONCE_MAX: Final = 20
"""As many as a cashier gives by one press; more is a slip of the finger, or done from the card."""


def can_undo(pressed_at: datetime, undone_at: datetime | None, now: datetime) -> bool:
    """Whether a press can still be taken back at the till."""
    return undone_at is None and now - pressed_at < timedelta(minutes=UNDO_MINUTES)


def short_name(name: str) -> str:
    """A name as the till shows it to whoever looks over a shoulder: the first name, and a letter of the last."""
    words = name.split()
    if len(words) < 2:
        return words[0] if words else ""
    return f"{words[0]} {words[-1][0].upper()}."


def number_end(number: str) -> str:
    """The end of a card's number, enough to tell two cards apart."""
    plain = "".join(number.split())
    return plain if len(plain) <= 4 else f"…{plain[-4:]}"
