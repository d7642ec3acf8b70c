"""What orders of a chain are priced by, as values: read once, kept while the stamp of the rules stays (DESIGN section 4)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from regulars.kernel.shares import half_up
from regulars.programs.rules import LotTerms, lot_times
from regulars.promotions.rules.facts import Need
from regulars.promotions.rules.promotion import Compiled, Limits, Promotion, compile_promotions

Choice = frozenset[str] | None
"""Which categories of a kind of goods: None is any, an empty set none."""


@dataclass(frozen=True, slots=True)
class SpendLimits:
    """What the points of a card may pay of an order (TYP-3); money in the currency's smallest unit."""

    percent: Decimal | None = None
    amount: int | None = None
    minimum_order: int = 0
    goods: Choice = None
    services: Choice = None
    block: int = 1
    """How many points are spent together: so many, or a multiple of it."""

    @property
    def is_for_everything(self) -> bool:
        """Whether every line may be paid so, and shipping with them."""
        return self.goods is None and self.services is None

    def takes(self, kind: str, category: str) -> bool:
        """Whether a line of this kind and category may be paid so."""
        chosen = self.services if kind == "service" else self.goods
        return chosen is None or category in chosen


NO_LIMITS: Final = SpendLimits()


@dataclass(frozen=True, slots=True)
class CardTypeTerms:
    """A card type as orders ask: its program, where its cards are valid (None is everywhere), what they may pay."""

    id: UUID
    program_id: UUID
    name: str
    location_ids: frozenset[UUID] | None
    spend: SpendLimits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class AutomaticIssue:
    """A card type of a running program that gives cards by itself; `places` None is everywhere (TYP-2)."""

    program_id: UUID
    places: frozenset[UUID] | None

    def gives_at(self, place: UUID | None) -> bool:
        """Whether it does so where an order happens."""
        return self.places is None or place in self.places


@dataclass(frozen=True, slots=True)
class ProgramTerms:
    """A program as orders ask: when it earns, and whether what points paid earns as well."""

    id: UUID
    name: str
    is_active: bool
    earns_when_completed: bool = False
    earns_on_points: bool = False


@dataclass(frozen=True, slots=True)
class BalanceTerms:
    """A balance type as orders ask."""

    id: UUID
    external_id: str
    name: str
    kind: str
    decimals: int
    program_id: UUID
    money_per_unit: Decimal | None
    lots: LotTerms

    @property
    def is_payment(self) -> bool:
        """Whether it can pay for an order: points with a value, and deposits."""
        return self.kind == "deposit" or (self.kind == "points" and self.money_per_unit is not None)

    def money_of(self, units: int, currency_decimals: int) -> int:
        """What so many smallest units are worth, rounded half up to the currency's smallest unit (PRG-2)."""
        over, under = self._rate(currency_decimals)
        return half_up(units * over, under)

    def units_within(self, money: int, currency_decimals: int) -> int:
        """The most units that are worth no more than so much money."""
        over, under = self._rate(currency_decimals)
        # The largest u with half_up(u × rate) ≤ money, which is 2·u·over < (2·money + 1)·under.
        return ((2 * money + 1) * under - 1) // (2 * over)

    def _rate(self, currency_decimals: int) -> tuple[int, int]:
        if self.kind == "deposit":
            return 1, 1
        assert self.money_per_unit is not None
        over, under = self.money_per_unit.as_integer_ratio()
        return over * 10**currency_decimals, under * 10**self.decimals


@dataclass(frozen=True, slots=True)
class PromotionTerms:
    """A running promotion in its published version; `card_type_ids` None is all cards of its program."""

    id: UUID
    number: int
    name: str
    program_id: UUID
    card_type_ids: frozenset[UUID] | None
    rule: Promotion

    @property
    def needs_card(self) -> bool:
        """Whether it gives to a card, takes from one, or is for the holders of some (ORD-3)."""
        rule = self.rule
        return bool(rule.earnings or rule.multipliers or rule.cost or self.card_type_ids is not None)

    @property
    def carries(self) -> bool:
        """Whether it keeps money for the next full block."""
        return any(getattr(earning, "carries", False) for earning in self.rule.earnings)


@dataclass(frozen=True, slots=True)
class KeptTerms:
    """A version that those who were promised it keep until a moment; `id` is the decision, or the tier (ORD-13)."""

    id: UUID
    until: datetime
    promotion: PromotionTerms


@dataclass(frozen=True, slots=True)
class BaseTier:
    """The tier that asks for nothing: whoever has a card of the program and is in none of `of_group` is in it."""

    program_id: UUID
    tier: str
    of_group: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A location as orders ask."""

    id: UUID
    name: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Terms:
    """All that orders of one chain are priced by, at one stamp."""

    stamp: int
    currency: str
    currency_decimals: int
    country: str
    zone: ZoneInfo
    prices_include_tax: bool
    places: Mapping[str, Place]
    """By every name that a request may use: `loc_…` and `ext:…`."""
    place_names: Mapping[UUID, str]
    card_types: Mapping[UUID, CardTypeTerms]
    programs: Mapping[UUID, ProgramTerms]
    balances: Mapping[UUID, BalanceTerms]
    promotions: Mapping[str, PromotionTerms]
    compiled: Compiled
    tier_names: Mapping[UUID, str] = field(default_factory=dict)
    base_tiers: tuple[BaseTier, ...] = ()
    counted: Mapping[UUID, Limits] = field(default_factory=dict)
    """The limits of promotions that look at how often they were used."""
    costing: tuple[UUID, ...] = ()
    """Balance types that promotions take something of in return."""
    carrying: tuple[UUID, ...] = ()
    """Promotions that keep money for the next full block."""
    automatic: tuple[AutomaticIssue, ...] = ()
    has_products: bool = False
    """Whether the chain keeps any product, archived ones included."""
    balance_names: Mapping[str, UUID] = field(default_factory=dict)
    """By every name that a request may use: `bal_…`, external id, `ext:…`."""
    kept: tuple[KeptTerms, ...] = ()
    """What some people keep, while it runs otherwise or no more; the decision made first stands first."""
    goal_types: frozenset[UUID] = frozenset()
    """Balance types of stamps whose goals bring rewards on some card (RWD-1)."""
    limited_types: frozenset[UUID] = frozenset()
    """Those of them that have a last round on some card."""
    resting: Mapping[UUID, BalanceTerms] = field(default_factory=dict)
    """Balance types of programs that do not run: nothing new is earned or spent, what orders began is carried through."""

    @property
    def needs(self) -> frozenset[Need]:
        """The facts that promotions ask for, those that only some people keep among them."""
        if not self.kept:
            return self.compiled.needs
        return self.compiled.needs.union(*(one.promotion.rule.needs for one in self.kept))

    @property
    def ever_carrying(self) -> tuple[UUID, ...]:
        """Promotions that keep money for the next full block, for everybody or for those who keep them."""
        more = {one.promotion.id for one in self.kept if one.promotion.carries}
        return tuple({*self.carrying, *more}) if more else self.carrying

    def keeping(self, kept: Collection[UUID], now: datetime) -> "Terms":
        """The terms of somebody for whom these decisions hold: of each promotion the one that was made first."""
        terms, seen = self, set()
        for one in self.kept:
            if one.id in kept and one.until > now and one.promotion.id not in seen:
                seen.add(one.promotion.id)
                terms = terms.trying(one.promotion)
        return terms

    def find_balance(self, balance_type_id: UUID) -> BalanceTerms | None:
        """The terms of a balance type, also where its program does not run now."""
        return self.balances.get(balance_type_id) or self.resting.get(balance_type_id)

    def balance(self, balance_type_id: UUID) -> BalanceTerms:
        """The same, for one that is known to be there."""
        found = self.find_balance(balance_type_id)
        assert found is not None
        return found

    def earns_on_points(self, promotion: str) -> bool:
        """Whether what points paid earns by this promotion; the discount of a voucher belongs to no program."""
        program = self.programs.get(self.promotions[promotion].program_id)
        return program is not None and program.earns_on_points

    def zone_at(self, place: UUID | None) -> ZoneInfo:
        """The zone whose clock an order goes by."""
        found = next((one for one in self.places.values() if one.id == place), None) if place else None
        return found.zone if found else self.zone

    def trying(self, promotion: PromotionTerms) -> "Terms":
        """The same terms with a promotion that does not run, or not in this version, beside those that do."""
        name = str(promotion.id)
        promotions = {**self.promotions, name: promotion}
        rules = [one.rule for one in promotions.values()]
        others = {one: limits for one, limits in self.counted.items() if one != promotion.id}
        limits = promotion.rule.limits
        return replace(
            self,
            promotions=promotions,
            compiled=compile_promotions(rules),
            counted={**others, promotion.id: limits} if limits.is_counted else others,
            costing=tuple({*self.costing, UUID(promotion.rule.cost[0])}) if promotion.rule.cost else self.costing,
            carrying=(
                *(one for one in self.carrying if one != promotion.id),
                *((promotion.id,) if promotion.carries else ()),
            ),
        )

    def lot_times(self, balance_type_id: UUID, at: datetime) -> tuple[datetime, datetime | None]:
        """From when to when units that are earned at a moment can be spent."""
        return lot_times(self.balance(balance_type_id).lots, at, self.zone)
