"""The naive model of an order of one line: what it costs, earns and gives back. Written from the words of LED-4 and ORD-3."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.machines.purse import FOR_EVER, Purse, Taken, Unit

POINT = 100
"""What a point pays, in cents."""
FOR_A_POINT = 500
"""What brings a point, in cents: 20 percent back."""
CUT, CUT_FROM = 200, 2000
"""What comes off an order of so much."""


def half_up(part: int, whole: int) -> int:
    """A quotient to the nearest whole, halves up."""
    return (2 * part + whole) // (2 * whole)


@dataclass
class Back:
    """What a refund comes to."""

    money: int
    units: int
    earned: int


@dataclass
class Sale:
    """An order: so many pieces at a price, so many points paid with."""

    id: str
    price: int
    bought: int
    paid_units: int
    state: str = "open"
    until: datetime | None = None
    is_completed: bool = False
    drawn: Taken = field(default_factory=lambda: Taken([], FOR_EVER))
    roll: int = 0
    earned: int = 0
    kept: int = 0
    is_cut: bool = True
    reduced: int = 0
    refunded: int = 0
    returned: int = 0
    taken: int = 0
    told: int = 0

    def cost(self, pieces: int) -> int:
        """What so many pieces cost; a discount that was lost once is lost."""
        of_list = self.price * pieces
        return of_list - CUT if self.is_cut and of_list >= CUT_FROM else of_list

    @property
    def total(self) -> int:
        """What all of it cost."""
        of_list = self.price * self.bought
        return of_list - CUT if of_list >= CUT_FROM else of_list

    @property
    def left(self) -> int:
        """What has not come back of it."""
        return self.total - self.refunded

    @property
    def by_points(self) -> int:
        """What points paid."""
        return self.paid_units * POINT

    def brings(self) -> int:
        """Points for what is paid with money."""
        return max(0, self.total - self.by_points) // FOR_A_POINT

    def give_pieces_back(self, pieces: int) -> Back:
        """Take pieces back: the difference to what the rest costs, not more than they cost themselves."""
        rest = self.kept - pieces
        if rest == 0:
            return self.give_all_back()
        reduced = half_up(self.reduced * rest, self.kept) if self.reduced else 0
        came_back = self.price * (self.bought - rest)
        value = min(self.left - (self.cost(rest) - reduced), self.left, came_back - (self.refunded - reduced))
        self.kept, self.reduced = rest, reduced
        money, units = self._by_means(max(0, value))
        back = Back(money, units, self._lost_earnings())
        self.is_cut = self.is_cut and self.price * rest >= CUT_FROM
        return back

    def give_money_back(self, amount: int) -> Back:
        """Give money back and take no pieces."""
        if amount == self.left:
            return self.give_all_back()
        money, units = self._by_means(amount)
        self.reduced += min(money + units * POINT, max(0, self.cost(self.kept) - self.reduced))
        return Back(money, units, self._lost_earnings())

    def give_all_back(self) -> Back:
        """All that is left."""
        units = self.paid_units - self.returned
        money = min(self.left - units * POINT, self._money_left())
        back = Back(money, units, self.earned - self.taken)
        self.kept, self.refunded, self.returned, self.taken = 0, self.total, self.paid_units, self.earned
        return back

    def _by_means(self, value: int) -> tuple[int, int]:
        """Money and points: points in proportion to what has come back in all, whole ones, the rest money as far as there is."""
        left = self.paid_units - self.returned
        units = min(self.paid_units * (self.refunded + value) // self.total - self.returned, left, value // POINT)
        money = min(value - units * POINT, self._money_left())
        units += min((value - units * POINT - money) // POINT, left - units)
        self.refunded += money + units * POINT
        self.returned += units
        return money, units

    def _money_left(self) -> int:
        return self.total - self.by_points - (self.refunded - self.returned * POINT)

    def _lost_earnings(self) -> int:
        """Points that the rest would not have brought: what was given back of it, and what points still pay of it, brings none."""
        by_points = half_up(self.by_points * self.left, self.total)
        deserved = max(0, self.cost(self.kept) - self.reduced - by_points) // FOR_A_POINT
        lost = max(0, self.earned - self.taken - min(deserved, self.earned))
        self.taken += lost
        return lost


def take_back(purse: Purse, sale: Sale, wanted: int, now: datetime, *, may_owe: bool) -> None:
    """Take earned points out of a purse: what expired unused is gone already, what is not there is owed or left at that."""
    over = max(0, min(wanted - purse.of_roll(sale.roll), purse.over[sale.roll] - sale.told))
    sale.told += over
    wanted -= over
    there = min(wanted, purse.available(now, first=sale.roll))
    taken = purse.spend(there, now, first=sale.roll)
    assert taken is not None
    if may_owe:
        purse.debt += wanted - there


def last_drawn(sale: Sale, count: int) -> list[Unit]:
    """What was drawn last comes back first."""
    return [sale.drawn.units.pop() for _ in range(count)]
