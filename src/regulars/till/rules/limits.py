"""How often is too often; pure (TIL-6)."""

from dataclasses import dataclass
from typing import Final

GIVING: Final = ("stamps", "purchase")
"""What is counted: what gives. What takes something away is limited by what is there."""
MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a card gets something within 24 hours, and how often one of the staff gives something within an hour."""

    card_a_day: int = 10
    staff_an_hour: int = 200

    @property
    def card_is_unusual(self) -> int:
        """From so many in a day a card is shown to the owner."""
        return max(3, (self.card_a_day + 1) // 2)

    @property
    def staff_is_unusual(self) -> int:
        """From so many in an hour one of the staff is shown to the owner."""
        return max(10, (self.staff_an_hour + 1) // 2)
