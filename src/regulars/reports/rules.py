"""How fresh the figures of a page are, and what they compare with; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FRESH_FOR: Final = timedelta(seconds=60)
COUNT_WHILE_WAITING_MS: Final = 600
REST_FACTOR: Final = 20
PERIODS_WEEKS: Final = (4, 12, 26)
WEEKS_KEPT: Final = 2 * max(PERIODS_WEEKS)


def is_fresh(at: datetime, now: datetime, *, took_ms: int) -> bool:
    """Whether figures may be shown as they are: for a minute, and for longer where counting them was long work."""
    return now - at < max(FRESH_FOR, timedelta(milliseconds=took_ms * REST_FACTOR))


def may_count_at_once(took_ms: int) -> bool:
    """Whether a reader can wait for a count that took so long the last time."""
    return took_ms <= COUNT_WHILE_WAITING_MS


@dataclass(frozen=True, slots=True)
class Comparison:
    """A sum over the last weeks beside the sum over as many weeks before them."""

    value: int
    before: int

    @property
    def share(self) -> float | None:
        """The change as a share; None where there is nothing to compare with."""
        return (self.value - self.before) / self.before if self.before else None


def compare(weekly: Sequence[int], weeks: int) -> Comparison:
    """Sum the last `weeks` of a series that ends now, and as many before them."""
    return Comparison(value=sum(weekly[-weeks:]), before=sum(weekly[-2 * weeks : -weeks]))


@dataclass(frozen=True, slots=True)
class Near:
    """How many cards of a stamp card miss how many stamps; `full` have reached the goal."""

    goal: int
    full: int
    missing: tuple[tuple[int, int], ...]


def nearest(goal: int, counts: dict[int, int], *, steps: int = 4) -> Near:
    """Count the cards that miss one stamp, two, and so on up to `steps`; further away is not near."""
    shown = tuple((miss, counts.get(miss, 0)) for miss in range(1, min(steps, goal - 1) + 1))
    return Near(goal=goal, full=counts.get(0, 0), missing=shown)
