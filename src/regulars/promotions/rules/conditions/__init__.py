"""Conditions of promotions: one small class each, which says what it needs to know and, where it fails, why.

`check(facts, left, chosen)` answers None where the condition is met, else the reason. `chosen` are the positions of the
lines that the promotion is about.
"""

from typing import ClassVar, Protocol

from regulars.promotions.rules.facts import Facts, Left, Need
from regulars.promotions.rules.outcome import Reason

NOTHING: frozenset[Need] = frozenset()


class Condition(Protocol):
    """What a condition is to the engine; outsiders' conditions have the same shape."""

    kind: ClassVar[str]

    @property
    def needs(self) -> frozenset[Need]:
        """The facts that cost a query and that this condition asks for."""
        ...

    def check(self, facts: Facts, left: Left, chosen: tuple[int, ...]) -> Reason | None:
        """None where the condition is met, else why it is not."""
        ...
