"""Who buys, and how often they did."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from regulars.promotions.rules.birthdays import DAYS_AROUND_MAX, birthdays_around
from regulars.promotions.rules.facts import Customer, Facts, Left, Need
from regulars.promotions.rules.meanings import CardTypeName, Count, CustomerName, InCount, TierName
from regulars.promotions.rules.outcome import Reason

NOBODY = Reason("customer_required")


class OfCustomer:
    """A condition on people: one who is not known never meets it."""

    __slots__ = ()

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """None where the customer meets it, else why not."""
        return NOBODY if facts.customer is None else self.check_customer(facts.customer)

    def check_customer(self, customer: Customer) -> Reason | None:
        """The same about somebody who is known."""
        raise AssertionError("each condition says its own")


@dataclass(frozen=True, slots=True)
class KnownAs(OfCustomer):
    """The customer is one of these people; with nobody named, anybody who is known."""

    kind: ClassVar[str] = "known_as"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.CUSTOMER})
    customers: frozenset[CustomerName] = frozenset()

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by any of them."""
        return Reason("wrong_customer") if self.customers and customer.id not in self.customers else None


@dataclass(frozen=True, slots=True)
class Tagged(OfCustomer):
    """The customer has one of these tags."""

    kind: ClassVar[str] = "tagged"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.CUSTOMER})
    tags: frozenset[str]

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by any of them."""
        return None if not self.tags.isdisjoint(customer.tags) else Reason("tagged", {"tags": sorted(self.tags)})


@dataclass(frozen=True, slots=True)
class HasField(OfCustomer):
    """A custom field of the customer holds one of these values."""

    kind: ClassVar[str] = "has_field"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.CUSTOMER})
    name: str
    values: frozenset[str]

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by any of the values."""
        if str(customer.fields.get(self.name, "")) in self.values:
            return None
        return Reason("has_field", {"field": self.name, "values": sorted(self.values)})


@dataclass(frozen=True, slots=True)
class InTier(OfCustomer):
    """The customer is in one of these tiers."""

    kind: ClassVar[str] = "in_tier"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TIERS})
    tiers: frozenset[TierName]

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by any of them."""
        return None if not self.tiers.isdisjoint(customer.tiers) else Reason("in_tier", {"tiers": sorted(self.tiers)})


@dataclass(frozen=True, slots=True)
class HoldsCard(OfCustomer):
    """The customer holds a card of one of these types."""

    kind: ClassVar[str] = "holds_card"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.HOLDINGS})
    card_types: frozenset[CardTypeName]

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by any of them."""
        if not self.card_types.isdisjoint(customer.card_types):
            return None
        return Reason("holds_card", {"card_types": sorted(self.card_types)})


@dataclass(frozen=True, slots=True)
class Invited(OfCustomer):
    """Somebody invited the customer (RWD-7)."""

    kind: ClassVar[str] = "invited"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.REFERRAL})

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by who was invited, at any order of theirs."""
        return None if customer.is_invited else Reason("not_invited")


@dataclass(frozen=True, slots=True)
class NthOrder(OfCustomer):
    """It is the customer's order number `number`, or, with `is_every`, every so-manieth."""

    kind: ClassVar[str] = "nth_order"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.HISTORY})
    number: Count
    is_every: bool = False

    def check_customer(self, customer: Customer) -> Reason | None:
        """Met by that order alone, or by its multiples."""
        this = customer.orders_before + 1
        if this % self.number == 0 if self.is_every else this == self.number:
            return None
        if self.is_every:
            after = (this // self.number + 1) * self.number
            return Reason("every_nth_order", {"number": self.number, "next": after, "found": this})
        return Reason("nth_order", {"number": self.number, "found": this})


@dataclass(frozen=True, slots=True)
class NearBirthday(OfCustomer):
    """The order falls near the customer's birthday: from so many days before it to so many after it.

    Born on 29 February they keep 28 February in a common year. How often is a matter of limits.
    """

    kind: ClassVar[str] = "near_birthday"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.BIRTHDAY})
    days_before: Annotated[int, InCount(0, DAYS_AROUND_MAX)] = 0
    days_after: Annotated[int, InCount(0, DAYS_AROUND_MAX)] = 0

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met on each of these days, by the clock of the order's location."""
        if facts.customer is None:
            return NOBODY
        if facts.customer.birthday is None:
            return Reason("birthday_unknown")
        window = birthdays_around(facts.at.date(), days_before=self.days_before, days_after=self.days_after)
        if facts.customer.birthday in window.days:
            return None
        return Reason("birthday_far", {"before": self.days_before, "after": self.days_after})
