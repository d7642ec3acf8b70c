"""What an event other than an order brings or takes (ORD-10, RWD-8); pure."""

from dataclasses import dataclass

from regulars.promotions.rules.definition.values import Trigger
from regulars.promotions.rules.evaluate import used_up
from regulars.promotions.rules.facts import Facts
from regulars.promotions.rules.outcome import Reason
from regulars.promotions.rules.promotion import Promotion

EVER = "ever"
"""The occasion of what comes once in a person's life."""


@dataclass(frozen=True, slots=True)
class WrongAmount:
    """Why an amount that was named is not given: `required`, `fixed`, `below_minimum` or `above_maximum`."""

    code: str


def amount_of(trigger: Trigger, asked: int | None) -> int | WrongAmount:
    """How many smallest units it gives or takes: the fixed amount, or the one that was named within the bounds."""
    if trigger.amount is not None:
        return trigger.amount if asked in (None, trigger.amount) else WrongAmount("fixed")
    if asked is None:
        return WrongAmount("required")
    if asked < (trigger.minimum or 1):
        return WrongAmount("below_minimum")
    if trigger.maximum is not None and asked > trigger.maximum:
        return WrongAmount("above_maximum")
    return asked


def stands_against(promotion: Promotion, facts: Facts) -> Reason | None:
    """The first condition or limit that stands against giving it, or None; there is no order to look at."""
    left = facts.untouched
    for condition in promotion.conditions:
        reason = condition.check(facts, left, ())
        if reason is not None:
            return reason
    return used_up(facts, promotion)
