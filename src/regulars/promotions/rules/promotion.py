"""A promotion as the engine reads it, and many of them put in order once, to be asked many times."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from regulars.promotions.rules.benefits import Benefit, Stage
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.groups import needs_of
from regulars.promotions.rules.earnings import Earning
from regulars.promotions.rules.earnings.accumulative import AccumulativeBack
from regulars.promotions.rules.facts import HistoryScope, Need
from regulars.promotions.rules.meanings import BalanceName, Count, InFactor, InUnits, SomeMoney
from regulars.promotions.rules.products import EVERYTHING, Products


@dataclass(frozen=True, slots=True)
class Limits:
    """How often and how much a promotion gives; None is no limit."""

    total: Count | None = None
    per_customer: Count | None = None
    per_day: Count | None = None
    """For each customer."""
    per_order: Count | None = None
    """How often a repeated benefit applies on one order."""
    discount: SomeMoney | None = None
    """The budget in money: what all orders together may be given; the last one gets what is left."""
    units: Count | None = None
    """How many units are reduced on all orders together."""
    earned_per_day: Annotated[int, InUnits(least=1, of="earnings")] | None = None
    """Units of a balance type that a customer earns in a day at most."""

    @property
    def is_counted(self) -> bool:
        """Whether it takes a look at earlier orders."""
        counted = (self.total, self.per_customer, self.per_day, self.discount, self.units, self.earned_per_day)
        return any(limit is not None for limit in counted)

    @property
    def is_personal(self) -> bool:
        """Whether it takes a known customer."""
        return any(limit is not None for limit in (self.per_customer, self.per_day, self.earned_per_day))


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True)
class Multiplier:
    """What other promotions bring of a balance type counts so many times."""

    balance_type: BalanceName
    factor: Annotated[Decimal, InFactor()]


@dataclass(frozen=True, slots=True)
class Promotion:
    """Conditions, what it gives, and how it stands to others.

    Of a `group` only one applies: the highest priority, among equals the best for the customer, then the first.
    One that `stands_alone` shuts all others out. `counts_units_once` leaves units alone that another promotion on
    units has spoken for. `cost` is taken from a balance in return.
    """

    id: str
    benefits: tuple[Benefit, ...] = ()
    earnings: tuple[Earning, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    conditions: tuple[Condition, ...] = ()
    products: Products = EVERYTHING
    codes: frozenset[str] = frozenset()
    """Keys of codes of which one unlocks it (`kernel.codes.code_key`)."""
    priority: int = 0
    group: str = ""
    stands_alone: bool = False
    counts_units_once: bool = True
    limits: Limits = UNLIMITED
    cost: tuple[str, int] | None = None

    @property
    def needs(self) -> frozenset[Need]:
        """The facts that cost a query and without which it cannot be decided."""
        uses = frozenset({Need.USES}) if self.limits.is_counted else frozenset()
        earned: Iterable[frozenset[Need]] = (getattr(earning, "needs", frozenset()) for earning in self.earnings)
        return needs_of(self.conditions).union(uses, *earned)

    @property
    def histories(self) -> frozenset[HistoryScope]:
        """The earlier orders whose sums its earnings ask for."""
        return frozenset(one.scope for one in self.earnings if isinstance(one, AccumulativeBack))

    @property
    def stage(self) -> Stage:
        """Codes come last; else the latest of what it does."""
        if self.codes:
            return Stage.CODES
        return max((benefit.stage for benefit in self.benefits), default=Stage.ORDER)


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A promotion as it was published; `card_type_ids` None is all cards of its program."""

    number: int
    program_id: UUID
    card_type_ids: frozenset[UUID] | None
    rule: Promotion


@dataclass(frozen=True, slots=True)
class Compiled:
    """Promotions in the order in which they are asked, with what they need to know together."""

    promotions: tuple[Promotion, ...]
    needs: frozenset[Need]
    codes: frozenset[str] = field(default=frozenset())
    histories: frozenset[HistoryScope] = field(default=frozenset())
    alone: tuple[Promotion, ...] = ()
    """Those of them that shut all others out."""


def compile_promotions(promotions: Iterable[Promotion]) -> Compiled:
    """Put promotions in order: priority first, then line, order, shipping, codes; equals as they were given."""
    # One value for "everything", so that asking for it is asking which object it is.
    told = (replace(one, products=EVERYTHING) if one.products == EVERYTHING else one for one in promotions)
    ordered = tuple(sorted(told, key=lambda one: (-one.priority, one.stage)))
    return Compiled(
        promotions=ordered,
        needs=frozenset().union(*(one.needs for one in ordered)),
        codes=frozenset().union(*(one.codes for one in ordered)),
        histories=frozenset().union(*(one.histories for one in ordered)),
        alone=tuple(one for one in ordered if one.stands_alone),
    )
