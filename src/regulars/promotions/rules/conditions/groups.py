"""Conditions put together: all of them, any of them, none of them."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.outcome import Reason


def needs_of(conditions: tuple[Condition, ...]) -> frozenset[Need]:
    """Everything that the conditions ask for."""
    return frozenset().union(*(condition.needs for condition in conditions))


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions that count as one."""

    conditions: tuple[Condition, ...]

    @property
    def needs(self) -> frozenset[Need]:
        """What its parts need."""
        return needs_of(self.conditions)


@dataclass(frozen=True, slots=True)
class AllOf(Group):
    """Every one is met; the first that is not says why."""

    kind: ClassVar[str] = "all_of"

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by all."""
        for condition in self.conditions:
            reason = condition.check(facts, left, chosen)
            if reason is not None:
                return reason
        return None


@dataclass(frozen=True, slots=True)
class AnyOf(Group):
    """At least one is met; where none is, the reasons of all stand in the answer."""

    kind: ClassVar[str] = "any_of"

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met by one."""
        reasons = []
        for condition in self.conditions:
            reason = condition.check(facts, left, chosen)
            if reason is None:
                return None
            reasons.append(reason)
        return Reason("none_of", {"reasons": tuple(reasons)})


@dataclass(frozen=True, slots=True)
class NoneOf(Group):
    """None is met."""

    kind: ClassVar[str] = "none_of"

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met while every part fails."""
        for condition in self.conditions:
            if condition.check(facts, left, chosen) is None:
                return Reason("ruled_out", {"condition": condition.kind})
        return None
