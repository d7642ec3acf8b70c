"""What people have begun to collect by a promotion, and what a change takes of it (ORD-13); pure.

Points that were earned stay whatever becomes of the promotion. What can be lost is what is not finished: money that waits
for the next full block, stamps on the way to a reward, visits on the way to the tenth, uses that are left, a rate that
was reached, an order that was priced and not paid yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Literal

from regulars.promotions.rules.benefits.amount import AmountOffLine, AmountOffOrder, AmountOffUnit, FixedPrice
from regulars.promotions.rules.benefits.groups import BundlePrice, BuyGet, CheapestOff, UnitGroups
from regulars.promotions.rules.benefits.percent import PercentOffLines, PercentOffOrder
from regulars.promotions.rules.conditions.amounts import MinimumAmount, MinimumUnits
from regulars.promotions.rules.conditions.moments import Days
from regulars.promotions.rules.conditions.people import HoldsCard, InTier, KnownAs, NthOrder, Tagged
from regulars.promotions.rules.conditions.places import AtPlaces
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.earnings.accumulative import AccumulativeBack, Over
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit
from regulars.promotions.rules.facts import HistoryScope
from regulars.promotions.rules.promotion import Multiplier

Change = Literal["publish", "pause", "end"]
"""What happens to a running promotion: another version, a rest, its end."""
Kind = Literal["rests", "rewards", "visits", "uses", "rates", "orders"]


@dataclass(frozen=True, slots=True)
class Rests:
    """Money of earlier orders that waits for the next full block of `per`, which brings `units` of a balance type."""

    per: int
    units: int
    balance_type: str
    kind: Kind = "rests"


@dataclass(frozen=True, slots=True)
class Rewards:
    """Units that are collected for what the promotion gives in return for `amount` of them."""

    balance_type: str
    amount: int
    kind: Kind = "rewards"


@dataclass(frozen=True, slots=True)
class Visits:
    """Orders on the way to order number `number`, or to the next of its multiples."""

    number: int
    is_every: bool
    kind: Kind = "visits"


@dataclass(frozen=True, slots=True)
class Uses:
    """Uses that those have left who began to use it: `was` for each customer, `becomes` from now on; None is no limit."""

    was: int | None
    becomes: int
    kind: Kind = "uses"


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates that earlier orders reached and that become lower: spans of what they add up to, the end of the last open."""

    over: Over
    scope: HistoryScope
    spans: tuple[tuple[int, int | None], ...]
    kind: Kind = "rates"


@dataclass(frozen=True, slots=True)
class Orders:
    """Open orders that were priced with it."""

    kind: Kind = "orders"


Promise = Rests | Rewards | Visits | Uses | Rates | Orders

# What may change in a part without anybody losing by it: fields that are better for the customer the larger (`+`), the
# smaller (`-`) or the wider (`*`: nothing named is everything) they are. Every other field has to stay as it is.
_BETTER: Final[dict[type, dict[str, str]]] = {
    PercentOffLines: {"percent": "+", "amount_max": "+", "units_max": "+"},
    PercentOffOrder: {"percent": "+", "amount_max": "+"},
    AmountOffOrder: {"amount": "+"},
    AmountOffLine: {"amount": "+"},
    AmountOffUnit: {"amount": "+", "units_max": "+", "units_max_per_line": "+"},
    FixedPrice: {"price": "-"},
    BundlePrice: {"price": "-"},
    CheapestOff: {"units": "+", "percent": "+", "amount": "+", "amount_max": "+"},
    BuyGet: {"buy": "-", "get": "+", "percent": "+", "amount": "+"},
    UnitGroups: {"group": "-", "amount": "+"},
    PercentBack: {"percent": "+"},
    PerMoney: {"units": "+", "per": "-"},
    PerOrder: {"units": "+"},
    PerUnit: {"units": "+"},
    Multiplier: {"factor": "+"},
    MinimumAmount: {"amount": "-"},
    MinimumUnits: {"units": "-"},
    Days: {"first": "-", "last": "+"},
    AtPlaces: {"locations": "*", "channels": "*", "contact_points": "*"},
    InTier: {"tiers": "*"},
    HoldsCard: {"card_types": "*"},
    Tagged: {"tags": "*"},
    KnownAs: {"customers": "*"},
}

_OPEN: Final = frozenset({"first", "last", "amount_max", "units_max", "units_max_per_line"})


def broken_promises(old: Definition, new: Definition | None, *, drops_cards: bool = False) -> tuple[Promise, ...]:
    """What a change takes of what people have begun to collect; `new` None is a promotion that runs no more.

    `drops_cards` says that it is no longer for all cards that it was for. A change that is at least as good for every
    customer takes nothing.
    """
    return tuple(_broken(old, new, is_as_good(old, new) and not drops_cards))


def is_as_good(old: Definition, new: Definition | None) -> bool:
    """Whether whoever got something by `old` gets as much by `new`, on every order on which they did."""
    if new is None or new.trigger != old.trigger or new.products != old.products:
        return False
    if not _codes_open(old, new) or not _costs_no_more(old, new):
        return False
    given = ((old.benefits, new.benefits), (old.earnings, new.earnings), (old.multipliers, new.multipliers))
    if not all(_has_as_good(one, after) for before, after in given for one in before):
        return False
    # A condition that was not there before, or not so strict, shuts somebody out.
    return all(any(_is_as_good(before, one) for before in old.conditions) for one in new.conditions)


def _broken(old: Definition, new: Definition | None, as_good: bool) -> Iterator[Promise]:
    if not as_good:
        for earning in old.earnings:
            if isinstance(earning, PerMoney) and earning.carries:
                yield Rests(earning.per, earning.units, earning.balance_type)
        if old.cost is not None:
            yield Rewards(old.cost.balance_type, old.cost.amount)
        for condition in old.conditions:
            if isinstance(condition, NthOrder) and condition.number > 1:
                yield Visits(condition.number, condition.is_every)
    yield from _uses(old, new)
    yield from _rates(old, new)
    if not as_good and old.trigger is None:
        yield Orders()


def _uses(old: Definition, new: Definition | None) -> Iterator[Uses]:
    was = old.limits.per_customer
    if new is None:
        if was is not None and was > 1:
            yield Uses(was, 0)
        return
    becomes = new.limits.per_customer
    if becomes is not None and (was is None or becomes < was):
        yield Uses(was, becomes)


def _rates(old: Definition, new: Definition | None) -> Iterator[Rates]:
    after = [one for one in new.earnings if isinstance(one, AccumulativeBack)] if new else []
    for earning in old.earnings:
        if not isinstance(earning, AccumulativeBack):
            continue
        same = next(
            (
                one
                for one in after
                if (one.balance_type, one.over, one.scope) == (earning.balance_type, earning.over, earning.scope)
            ),
            None,
        )
        spans = tuple(_lower(earning, same))
        if spans:
            yield Rates(earning.over, earning.scope, spans)


def _lower(old: AccumulativeBack, new: AccumulativeBack | None) -> Iterator[tuple[int, int | None]]:
    """The spans of what earlier orders add up to in which the rate is lower than it was."""
    marks = sorted({step.reached for one in (old, new) if one for step in one.steps})
    for place, mark in enumerate(marks):
        if _percent_at(old, mark) > (_percent_at(new, mark) if new else 0):
            yield mark, marks[place + 1] if place + 1 < len(marks) else None


def _percent_at(earning: AccumulativeBack, reached: int) -> Decimal:
    steps = [step for step in earning.steps if step.reached <= reached]
    return max(steps, key=lambda step: step.reached).percent if steps else Decimal(0)


def _codes_open(old: Definition, new: Definition) -> bool:
    return not new.needs_code or (old.needs_code and old.unlocked_by("") <= new.unlocked_by(""))


def _costs_no_more(old: Definition, new: Definition) -> bool:
    if new.cost is None:
        return True
    return (
        old.cost is not None and new.cost.balance_type == old.cost.balance_type and new.cost.amount <= old.cost.amount
    )


def _has_as_good(old: Any, listed: Iterable[Any]) -> bool:
    return any(_is_as_good(old, one) for one in listed)


def _is_as_good(old: Any, new: Any) -> bool:
    """Whether a part says the same, or something better: more off, fewer to buy, more places."""
    if type(old) is not type(new):
        return False
    directions = _BETTER.get(type(old), {})
    return all(
        _field_is_as_good(one.name, directions.get(one.name), getattr(old, one.name), getattr(new, one.name))
        for one in fields(old)
    )


def _field_is_as_good(name: str, direction: str | None, old: Any, new: Any) -> bool:
    if old == new:
        return True
    if direction is None:
        return False
    if direction == "*":
        return not new or bool(old and old <= new)
    if old is None or new is None:
        # An open end, or no limit, is the widest.
        return new is None and name in _OPEN
    return bool(new >= old if direction == "+" else new <= old)
