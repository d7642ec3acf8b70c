"""The naive model: a purse of single units, each with the time it lives. Slow, obvious, and written apart from the rules.

What its owner owes is no unit: units that come in fill it first, and what can be spent is less by it.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

FOR_EVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


@dataclass(frozen=True)
class Unit:
    """One point: which coin roll it came in, from when and until when it can be spent."""

    roll: int
    begins: datetime
    ends: datetime

    def lives(self, now: datetime) -> bool:
        """Whether it can be spent."""
        return self.begins <= now < self.ends


@dataclass
class Taken:
    """Units that left together, in the order they left."""

    units: list[Unit]
    at: datetime
    debt: int = 0

    def set_times(self, roll: int, begins: datetime, ends: datetime) -> None:
        """Let those of a roll live from a moment to another."""
        self.units = [replace(unit, begins=begins, ends=ends) if unit.roll == roll else unit for unit in self.units]


@dataclass
class Purse:
    """What one account holds."""

    units: list[Unit] = field(default_factory=list)
    rolls: int = 0
    debt: int = 0
    over: Counter[int] = field(default_factory=Counter)
    """How many units of each roll were thrown away because their time was over."""

    @property
    def total(self) -> int:
        """Everything, alive or not, less what is owed."""
        return len(self.units) - self.debt

    def pending(self, now: datetime) -> int:
        """What cannot be spent before a later time."""
        return sum(now < unit.begins for unit in self.units)

    def of_roll(self, roll: int) -> int:
        """How many units of a roll are here."""
        return sum(unit.roll == roll for unit in self.units)

    def available(self, now: datetime, *, first: int = 0) -> int:
        """What can be spent; what taking back the roll `first` finds in it too."""
        return max(0, sum(unit.lives(now) or unit.roll == first for unit in self.units) - self.debt)

    def earn(self, count: int, *, begins: datetime, ends: datetime | None) -> int:
        """Put a roll in; its number. What is owed is filled first."""
        self.rolls += 1
        filled = min(self.debt, count)
        self.debt -= filled
        self.units += [Unit(self.rolls, begins, ends or FOR_EVER)] * (count - filled)
        return self.rolls

    def spend(self, count: int, now: datetime, *, first: int = 0) -> Taken | None:
        """Take units, those of the roll `first` before all others, then soonest end first; None if there are too few."""
        if self.available(now, first=first) < count:
            return None
        alive = [unit for unit in self.units if unit.lives(now) or unit.roll == first]
        alive.sort(key=lambda unit: (unit.roll != first, unit.ends, unit.roll))
        taken = alive[:count]
        for unit in taken:
            self.units.remove(unit)
        return Taken(taken, now)

    def set_aside(self, count: int, now: datetime) -> Taken | None:
        """Take units out of the purse into an envelope: who has it may spend them or put them back, alive or not."""
        return self.spend(count, now)

    def put_back(self, units: list[Unit]) -> None:
        """Put units of an envelope back as they are."""
        self.units += units

    def expire(self, now: datetime) -> list[Unit]:
        """Throw away what is over."""
        over = [unit for unit in self.units if unit.ends <= now]
        self.units = [unit for unit in self.units if unit.ends > now]
        self.over.update(unit.roll for unit in over)
        return over

    def close(self, now: datetime) -> Taken:
        """Take everything, what is owed too; where one outweighs the other there is nothing to take."""
        if self.total == 0:
            return Taken([], now)
        taken = Taken(list(self.units), now, self.debt)
        self.units, self.debt = [], 0
        return taken

    def give_back(self, taken: Taken, now: datetime, *, days: int = 30) -> None:
        """Put units back; those whose time ended since they left come in a roll that lives so many days. They fill no debt."""
        renewed = 0
        for unit in taken.units:
            if unit.ends <= now and not unit.ends <= taken.at:
                renewed += 1
            else:
                self.units.append(unit)
        if renewed:
            self.rolls += 1
            self.units += [Unit(self.rolls, now, now + timedelta(days=days))] * renewed
        self.debt += taken.debt

    def shape(self) -> Counter[tuple[datetime, datetime]]:
        """How many units live from when until when: what the lots of the account have to hold."""
        return Counter((unit.begins, unit.ends) for unit in self.units)

    def set_times(self, roll: int, begins: datetime, ends: datetime) -> None:
        """Let a roll live from a moment to another."""
        self.units = [replace(unit, begins=begins, ends=ends) if unit.roll == roll else unit for unit in self.units]
