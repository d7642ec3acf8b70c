"""When a promotion runs: days, and hours of the week, in the zone of the order's location."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, ClassVar

from regulars.promotions.rules.conditions import NOTHING
from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.meanings import InCount
from regulars.promotions.rules.outcome import Reason


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included; an open end is no end."""

    kind: ClassVar[str] = "days"
    needs: ClassVar[frozenset[Need]] = NOTHING
    first: date | None = None
    last: date | None = None

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met from the first to the last day."""
        day = facts.at.date()
        if self.first is not None and day < self.first:
            return Reason("not_begun", {"first": self.first})
        if self.last is not None and day > self.last:
            return Reason("over", {"last": self.last})
        return None


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of some weekdays (Monday is 0). One that ends before it begins goes on past midnight."""

    weekdays: frozenset[Annotated[int, InCount(0, 6)]]
    begins: time
    ends: time

    def holds(self, at: datetime) -> bool:
        """Whether the moment lies in it; the end itself does not."""
        clock = at.time()
        if self.begins < self.ends:
            return at.weekday() in self.weekdays and self.begins <= clock < self.ends
        if at.weekday() in self.weekdays and clock >= self.begins:
            return True
        return (at - timedelta(days=1)).weekday() in self.weekdays and clock < self.ends


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """In one of these stretches of the week."""

    kind: ClassVar[str] = "weekly_hours"
    needs: ClassVar[frozenset[Need]] = NOTHING
    hours: tuple[Hours, ...]

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met in any of them."""
        for stretch in self.hours:
            if stretch.holds(facts.at):
                return None
        return Reason("weekly_hours", {"at": facts.at})
