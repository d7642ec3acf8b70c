"""Who buys, and how often they did."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.outcome import Reason

NOBODY = Reason("customer_required")


@dataclass(frozen=True, slots=True)
class KnownAs:
    """The customer is one of these people; with nobody named, anybody who is known."""

    kind: ClassVar[str] = "known_as"
    customers: frozenset[str] = frozenset()

    @property
    def needs(self) -> frozenset[Need]:
        """Who the customer is."""
        return frozenset({Need.CUSTOMER})

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by any of them."""
        if facts.customer is None:
            return NOBODY
        return Reason("wrong_customer") if self.customers and facts.customer.id not in self.customers else None


@dataclass(frozen=True, slots=True)
class Tagged:
    """The customer has one of these tags."""

    kind: ClassVar[str] = "tagged"
    tags: frozenset[str]

    @property
    def needs(self) -> frozenset[Need]:
        """The customer's tags."""
        return frozenset({Need.CUSTOMER})

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by any of them."""
        if facts.customer is None:
            return NOBODY
        return None if self.tags & facts.customer.tags else Reason("tagged", {"tags": sorted(self.tags)})


@dataclass(frozen=True, slots=True)
class HasField:
    """A custom field of the customer holds one of these values."""

    kind: ClassVar[str] = "has_field"
    name: str
    values: frozenset[str]

    @property
    def needs(self) -> frozenset[Need]:
        """The customer's fields."""
        return frozenset({Need.CUSTOMER})

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by any of the values."""
        if facts.customer is None:
            return NOBODY
        if str(facts.customer.fields.get(self.name, "")) in self.values:
            return None
        return Reason("has_field", {"field": self.name, "values": sorted(self.values)})


@dataclass(frozen=True, slots=True)
class InTier:
    """The customer is in one of these tiers."""

    kind: ClassVar[str] = "in_tier"
    tiers: frozenset[str]

    @property
    def needs(self) -> frozenset[Need]:
        """The customer's tiers."""
        return frozenset({Need.TIERS})

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by any of them."""
        if facts.customer is None:
            return NOBODY
        return None if self.tiers & facts.customer.tiers else Reason("in_tier", {"tiers": sorted(self.tiers)})


@dataclass(frozen=True, slots=True)
class HoldsCard:
    """The customer holds a card of one of these types."""

    kind: ClassVar[str] = "holds_card"
    card_types: frozenset[str]

    @property
    def needs(self) -> frozenset[Need]:
        """What the customer holds."""
        return frozenset({Need.HOLDINGS})

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by any of them."""
        if facts.customer is None:
            return NOBODY
        if self.card_types & facts.customer.card_types:
            return None
        return Reason("holds_card", {"card_types": sorted(self.card_types)})


@dataclass(frozen=True, slots=True)
class NthOrder:
    """It is the customer's order number `number`, or, with `is_every`, every so-manieth."""

    kind: ClassVar[str] = "nth_order"
    number: int
    is_every: bool = False

    @property
    def needs(self) -> frozenset[Need]:
        """How many orders came before."""
        return frozenset({Need.HISTORY})

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by that order alone, or by its multiples."""
        if facts.customer is None:
            return NOBODY
        this = facts.customer.orders_before + 1
        if this % self.number == 0 if self.is_every else this == self.number:
            return None
        return Reason("nth_order", {"number": self.number, "found": this})
