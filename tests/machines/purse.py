"""The naive model: a purse of single units, each with the time it lives. Slow, obvious, and written apart from the rules."""

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


@dataclass
class Purse:
    """What one account holds."""

    units: list[Unit] = field(default_factory=list)
    rolls: int = 0

    @property
    def total(self) -> int:
        """Everything, alive or not."""
        return len(self.units)

    def available(self, now: datetime, *, first: int = 0) -> int:
        """What can be spent; what taking back the roll `first` finds in it too."""
        return sum(unit.lives(now) or unit.roll == first for unit in self.units)

    def earn(self, count: int, *, begins: datetime, ends: datetime | None) -> int:
        """Put a roll in; its number."""
        self.rolls += 1
        self.units += [Unit(self.rolls, begins, ends or FOR_EVER)] * count
        return self.rolls

    def spend(self, count: int, now: datetime, *, first: int = 0) -> Taken | None:
        """Take units, those of the roll `first` before all others, then soonest end first; None if there are too few."""
        alive = [unit for unit in self.units if unit.lives(now) or unit.roll == first]
        if len(alive) < count:
            return None
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
        return over

    def close(self, now: datetime) -> Taken:
        """Take everything."""
        taken = Taken(list(self.units), now)
        self.units = []
        return taken

    def give_back(self, taken: Taken, now: datetime) -> None:
        """Put units back; those whose time ended since they left come in a roll that lives 30 days."""
        renewed = 0
        for unit in taken.units:
            if unit.ends <= now and not unit.ends <= taken.at:
                renewed += 1
            else:
                self.units.append(unit)
        if renewed:
            self.earn(renewed, begins=now, ends=now + timedelta(days=30))

    def shape(self) -> Counter[tuple[datetime, datetime]]:
        """How many units live from when until when: what the lots of the account have to hold."""
        return Counter((unit.begins, unit.ends) for unit in self.units)

    def set_end(self, roll: int, ends: datetime) -> None:
        """Let a roll end at a moment."""
        self.units = [replace(unit, ends=ends) if unit.roll == roll else unit for unit in self.units]
