"""Benefits that count units: buy X get Y, the cheapest ones, complete groups, a bundle for one price."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from regulars.kernel.shares import share_out
from regulars.promotions.rules.benefits import (
    NO_PRODUCTS,
    Room,
    Stage,
    cut_or_reason,
    on_lines,
    part_of,
    takeable,
)
from regulars.promotions.rules.benefits.units import Pick, by_price, pick, spoken_for, units_in, value_of
from regulars.promotions.rules.facts import Facts, Left
from regulars.promotions.rules.meanings import Count, Money, Percent, SomeMoney
from regulars.promotions.rules.outcome import Cut, Reason
from regulars.promotions.rules.products import Products, choose

WHOLE = Decimal(100)


def _off(
    facts: Facts, left: Left, picks: tuple[Pick, ...], percent: Decimal | None, amount: int
) -> list[tuple[int, int]]:
    parts = []
    for one in picks:
        value = value_of(facts, left, one)
        off = part_of(value, percent) if percent is not None else min(value, amount * one.units)
        parts.append((one.at, min(off, takeable(facts, left, one.at))))
    return parts


@dataclass(frozen=True, slots=True)
class CheapestOff:
    """Percent, or an amount, off the cheapest units of the chosen lines; `amount_max` caps it."""

    kind: ClassVar[str] = "cheapest_off"
    stage: ClassVar[Stage] = Stage.LINES
    units: Count = 1
    percent: Percent | None = WHOLE
    amount: Money = 0
    amount_max: SomeMoney | None = None

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """The earlier line among equals."""
        if not chosen:
            return NO_PRODUCTS
        wanted = self.units if room.units is None else min(self.units, room.units)
        picks = pick(left.units, by_price(facts, left, chosen), wanted)
        parts = _off(facts, left, picks, self.percent, self.amount)
        off = sum([amount for _, amount in parts])
        if self.amount_max is not None and off > self.amount_max:
            shares = share_out(self.amount_max, [amount for _, amount in parts])
            parts = [(at, share) for (at, _), share in zip(parts, shares, strict=True)]
        steps = (Reason("cheapest_off", {"units": sum([one.units for one in picks]), "amount": off}),)
        return cut_or_reason(Cut(on_lines(facts, parts), units=spoken_for(facts, picks), steps=steps))


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Of every `buy` units and `get` more, those `get` are reduced, the cheapest first.

    What is bought and what is reduced may be different products; None is what the promotion is about. `within_line`
    counts each line for itself. A group that is not complete gives nothing, unless `gives_parts`: then it gives as many
    as are there.
    """

    kind: ClassVar[str] = "buy_get"
    stage: ClassVar[Stage] = Stage.LINES
    buy: Count
    get: Count = 1
    buy_products: Products | None = None
    get_products: Products | None = None
    percent: Percent | None = WHOLE
    amount: Money = 0
    within_line: bool = False
    gives_parts: bool = False
    dearest_first: bool = False

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """Units that are bought for it and units that are reduced are spoken for."""
        bought = chosen if self.buy_products is None else choose(self.buy_products, facts, left)
        given = chosen if self.get_products is None else choose(self.get_products, facts, left)
        if not bought or not given:
            return NO_PRODUCTS
        groups = [((at,), (at,)) for at in bought if at in given] if self.within_line else [(bought, given)]
        reduced: list[Pick] = []
        spoken: list[Pick] = []
        count = 0
        for buys, gets in groups:
            times, free, paid = self._pick(facts, left, buys, gets, None if room.count is None else room.count - count)
            count += times
            reduced += free
            spoken += [*free, *paid]
        parts = _off(facts, left, tuple(reduced), self.percent, self.amount)
        off = sum([amount for _, amount in parts])
        if not off:
            minimum = self.buy + (self.get if bought == given else 0)
            return Reason("minimum_units", {"minimum": minimum, "found": units_in(left.units, bought)})
        step = Reason("buy_get", {"buy": self.buy, "get": self.get, "times": count, "amount": off})
        return Cut(on_lines(facts, parts), units=spoken_for(facts, spoken), count=count, steps=(step,))

    def _pick(
        self, facts: Facts, left: Left, buys: tuple[int, ...], gets: tuple[int, ...], count_max: int | None
    ) -> tuple[int, tuple[Pick, ...], tuple[Pick, ...]]:
        """How often it applies, the units that are reduced, and those that are paid for them."""
        is_same = buys == gets
        to_buy = units_in(left.units, buys)
        to_get = to_buy if is_same else units_in(left.units, gets)
        in_all = to_buy if is_same else units_in(left.units, dict.fromkeys((*buys, *gets)))
        times = min(to_buy // self.buy, to_get // self.get, in_all // (self.buy + self.get))
        if count_max is not None:
            times = min(times, count_max)
        wanted = times * self.get
        if self.gives_parts and (count_max is None or times < count_max):
            rest = in_all - times * (self.buy + self.get)
            if to_buy - times * self.buy >= self.buy and rest > self.buy and to_get > wanted:
                wanted += min(self.get, to_get - wanted, rest - self.buy)
                times += 1
        free = pick(left.units, by_price(facts, left, gets, dearest_first=self.dearest_first), wanted)
        remaining = list(left.units)
        for one in free:
            remaining[one.at] -= one.units
        # What only counts as bought pays first.
        paying = buys if is_same else sorted(buys, key=gets.__contains__)
        return times, free, pick(remaining, paying, times * self.buy)


@dataclass(frozen=True, slots=True)
class UnitGroups:
    """An amount off each unit that stands in a complete group of so many; units beyond the last group cost what they cost."""

    kind: ClassVar[str] = "unit_groups"
    stage: ClassVar[Stage] = Stage.LINES
    group: Count
    amount: SomeMoney

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """The dearest units first."""
        if not chosen:
            return NO_PRODUCTS
        found = units_in(left.units, chosen)
        times = found // self.group if room.count is None else min(found // self.group, room.count)
        picks = pick(left.units, by_price(facts, left, chosen, dearest_first=True), times * self.group)
        parts = _off(facts, left, picks, None, self.amount)
        steps = (Reason("unit_groups", {"group": self.group, "times": times, "amount": self.amount}),)
        return cut_or_reason(
            Cut(on_lines(facts, parts), units=spoken_for(facts, picks), count=times, steps=steps),
            otherwise=Reason("minimum_units", {"minimum": self.group, "found": found}),
        )


@dataclass(frozen=True, slots=True)
class BundlePart:
    """So many units of some products; None is what the promotion is about."""

    units: Count
    products: Products | None = None


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """A bundle of parts for one price, as often as it is complete and as it is cheaper that way."""

    kind: ClassVar[str] = "bundle_price"
    stage: ClassVar[Stage] = Stage.LINES
    parts: tuple[BundlePart, ...]
    price: Money

    def cut(self, facts: Facts, left: Left, chosen: tuple[int, ...], room: Room) -> Cut | Reason:
        """The dearest units first, which is best for the customer; never a surcharge."""
        lines = [chosen if part.products is None else choose(part.products, facts, left) for part in self.parts]
        times_max = min(
            (units_in(left.units, at) // part.units for at, part in zip(lines, self.parts, strict=True)), default=0
        )
        if room.count is not None:
            times_max = min(times_max, room.count)
        if times_max == 0:
            return NO_PRODUCTS
        times = self._best_count(facts, left, lines, times_max)
        picks = self._picks(facts, left, lines, times)
        values = [value_of(facts, left, one) for one in picks]
        off = max(0, sum(values) - times * self.price)
        parts = zip((one.at for one in picks), share_out(off, values), strict=True)
        steps = (Reason("bundle_price", {"times": times, "price": self.price, "instead": sum(values)}),)
        return cut_or_reason(
            Cut(on_lines(facts, parts), units=spoken_for(facts, picks), count=times, steps=steps),
            otherwise=Reason("cheaper_already"),
        )

    def _best_count(self, facts: Facts, left: Left, lines: list[tuple[int, ...]], times_max: int) -> int:
        """How many bundles save the most. Each further one saves no more than the one before, so halving finds it."""

        def saves(times: int) -> int:
            picks = self._picks(facts, left, lines, times)
            return sum(value_of(facts, left, one) for one in picks) - times * self.price

        low, high = 0, times_max
        while low < high:
            middle = (low + high) // 2
            if saves(middle + 1) > saves(middle):
                low = middle + 1
            else:
                high = middle
        return low

    def _picks(self, facts: Facts, left: Left, lines: list[tuple[int, ...]], times: int) -> tuple[Pick, ...]:
        remaining = list(left.units)
        picks: list[Pick] = []
        for at, part in zip(lines, self.parts, strict=True):
            found = pick(remaining, by_price(facts, left, at, dearest_first=True), times * part.units)
            for one in found:
                remaining[one.at] -= one.units
            picks += found
        return tuple(picks)
