"""A definition as a value: what a marketer wrote, in the units of the engine, with what the engine does not ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from regulars.kernel.codes import code_key
from regulars.promotions.rules.benefits import Benefit
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.segments import OrderSegment, with_segments
from regulars.promotions.rules.earnings import Earning
from regulars.promotions.rules.earnings.kinds import PercentBack
from regulars.promotions.rules.meanings import BalanceName, CodePoolName, InCount, SomeUnits, Units, Words
from regulars.promotions.rules.products import EVERYTHING, Products
from regulars.promotions.rules.promotion import UNLIMITED, Limits, Multiplier, Promotion

Event = Literal["registered", "birthday", "win_back", "invited_order", "review", "form", "api"]
DAYS_MAX = 3650
NO_SEGMENTS: Mapping[str, OrderSegment] = {}


@dataclass(frozen=True, slots=True)
class Cost:
    """What is taken from a balance in return."""

    balance_type: BalanceName
    amount: SomeUnits


@dataclass(frozen=True, slots=True)
class Trigger:
    """What gives or takes units without an order (ORD-10).

    `amount` is fixed; without one, whoever triggers it names an amount within `minimum` and `maximum`. `days_before`
    and `days_after` stand around a birthday, `after_days` without an order make a customer lost.
    """

    event: Event
    balance_type: BalanceName
    action: Literal["earn", "redeem"] = "earn"
    amount: SomeUnits | None = None
    minimum: Units | None = None
    maximum: SomeUnits | None = None
    days_before: Annotated[int, InCount(0, 180)] = 0
    days_after: Annotated[int, InCount(0, 180)] = 0
    after_days: Annotated[int, InCount(1, DAYS_MAX)] | None = None
    is_every: bool = False
    """Whether every order of somebody who was invited brings it to the inviter, or their first one only."""


@dataclass(frozen=True, slots=True)
class Definition:
    """All that a version of a promotion says."""

    products: Products = EVERYTHING
    conditions: tuple[Condition, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    earnings: tuple[Earning, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    codes: tuple[Annotated[str, Words(64)], ...] = ()
    """As they were written; the engine compares their keys."""
    code_pools: tuple[CodePoolName, ...] = ()
    """Pools of which any usable code unlocks it."""
    by_voucher: bool = False
    """Whether it waits for a voucher that names it."""
    priority: Annotated[int, InCount(-1000, 1000)] = 0
    group: Annotated[str, Words(60)] = ""
    stands_alone: bool = False
    counts_units_once: bool = True
    limits: Limits = UNLIMITED
    cost: Cost | None = None
    trigger: Trigger | None = None

    @property
    def code_keys(self) -> frozenset[str]:
        """Its codes as codes are compared."""
        return frozenset(map(code_key, self.codes))

    @property
    def needs_code(self) -> bool:
        """Whether something has to unlock it: a code of its own, one of a pool, or a voucher."""
        return bool(self.codes or self.code_pools or self.by_voucher)

    def unlocked_by(self, identifier: str) -> frozenset[str]:
        """All that unlocks it; a voucher that names it does wherever something has to."""
        if not self.needs_code:
            return frozenset()
        return self.code_keys | {f"pool:{one}" for one in self.code_pools} | {f"promotion:{identifier}"}

    def rule(self, identifier: str, segments: Mapping[str, OrderSegment] = NO_SEGMENTS) -> Promotion:
        """The promotion as the engine reads it, under its id; `segments` are what order segments mean, by name."""
        return Promotion(
            id=identifier,
            benefits=self.benefits,
            earnings=tuple(_with_segments(one, segments) for one in self.earnings),
            multipliers=self.multipliers,
            conditions=with_segments(self.conditions, segments),
            products=self.products,
            codes=self.unlocked_by(identifier),
            priority=self.priority,
            group=self.group,
            stands_alone=self.stands_alone,
            counts_units_once=self.counts_units_once,
            limits=self.limits,
            cost=(self.cost.balance_type, self.cost.amount) if self.cost else None,
        )


NOTHING_SAID = Definition()


def _with_segments(earning: Earning, segments: Mapping[str, OrderSegment]) -> Earning:
    if not isinstance(earning, PercentBack) or not earning.instead:
        return earning
    instead = (replace(rate, conditions=with_segments(rate.conditions, segments)) for rate in earning.instead)
    return replace(earning, instead=tuple(instead))


@dataclass(frozen=True, slots=True)
class SegmentDefinition:
    """All that an order segment says: its conditions, of which every one must hold."""

    conditions: tuple[Condition, ...] = ()
