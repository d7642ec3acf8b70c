"""Named conditions over orders (ORD-9): written once, used by many promotions, put in when these are compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.groups import AllOf, AnyOf, Group, NoneOf, needs_of
from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.meanings import OrderSegmentName
from regulars.promotions.rules.outcome import Reason


@dataclass(frozen=True, slots=True)
class OrderSegment:
    """What a segment asks of an order: all of its conditions."""

    name: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class InOrderSegment:
    """The order is in a segment; `meaning` is put in when the promotion is compiled."""

    kind: ClassVar[str] = "in_order_segment"
    segment: OrderSegmentName
    meaning: OrderSegment | None = field(default=None, metadata={"is_compiled": True})

    @property
    def needs(self) -> frozenset[Need]:
        """What the segment's conditions need."""
        return needs_of(self.meaning.conditions) if self.meaning else frozenset()

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """Met where the whole order meets every condition; a segment that is gone holds no order."""
        if self.meaning is None:
            return Reason("no_order_segment")
        for condition in self.meaning.conditions:
            reason = condition.check(facts, left, facts.included)
            if reason is not None:
                return Reason("not_in_order_segment", {"segment": self.meaning.name, "reasons": (reason,)})
        return None


def with_segments(conditions: tuple[Condition, ...], segments: Mapping[str, OrderSegment]) -> tuple[Condition, ...]:
    """The conditions with the meaning of each segment put in, however deep it stands."""
    return tuple(_with_segments(one, segments) for one in conditions)


def _with_segments(condition: Condition, segments: Mapping[str, OrderSegment]) -> Condition:
    match condition:
        case InOrderSegment(segment=segment):
            return replace(condition, meaning=segments.get(segment))
        case AllOf() | AnyOf() | NoneOf():
            return replace(condition, conditions=with_segments(condition.conditions, segments))
        case _:
            assert not isinstance(condition, Group)
            return condition
