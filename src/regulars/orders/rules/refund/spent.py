"""By which means a refund goes back: money, and units to the balances that had paid (LED-4)."""

from dataclasses import dataclass

from regulars.kernel.shares import half_up
from regulars.orders.rules.refund.kept import Rest, cuts_of, price_kept
from regulars.orders.rules.refund.values import RecordedEffect, RecordedOrder, Returned
from regulars.orders.rules.refund.visits import VisitsBack, visits_back


@dataclass(frozen=True, slots=True)
class Back:
    """What goes back: money and units; `value` is the money and what the units had paid."""

    value: int
    money: int
    returned: tuple[Returned, ...]


def plan_returns(order: RecordedOrder, rest: Rest, value: int, *, is_last: bool) -> Back:
    """Share a refund over money and balances, each as its program says; whole units only.

    What is less than a unit waits for a later refund; the last one returns all. What visits paid comes back as visits, with
    the units of their lines, whatever the programs say.
    """
    spends = [effect for effect in order.effects if effect.kind == "spend" and effect.amount]
    payments = [effect for effect in spends if effect.money]
    prices = [effect for effect in spends if not effect.money]
    back = visits_back(order, [one for one in payments if one.line is not None], rest.quantities)
    paid = _pay_back(order, payments, value, back, is_last=is_last)
    returned = [*paid.returned, *_prices_back(order, prices, rest, paid.value, is_last=is_last)]
    return Back(paid.value, paid.money, tuple(sorted(returned, key=lambda one: one.position)))


def money_of(effect: RecordedEffect, units: int) -> int:
    """What so many units of a spend had paid."""
    return half_up(effect.money * units, effect.amount)


def _pay_back(
    order: RecordedOrder, payments: list[RecordedEffect], value: int, visits: VisitsBack, *, is_last: bool
) -> Back:
    left = {one.position: one.amount - one.undone for one in payments}
    if is_last:
        returned = [
            _part_of(one, left[one.position])
            for one in payments
            if left[one.position] and one.settings.spent_points != "never"
        ]
        # What never returns is not paid out as money either.
        money = min(value - sum(part.money for part in returned), _money_left(order))
        return Back(money + sum(part.money for part in returned), money, tuple(returned))
    given = dict(visits.given)
    rest = max(0, value - visits.worth)
    for one in payments:
        if one.line is None and one.settings.spent_points == "balances_first":
            rest = _give(one, given, rest, left[one.position])
    for one in payments:
        if one.line is None and one.settings.spent_points == "pro_rata":
            due = one.amount * (order.refunded + value) // order.total - one.undone
            rest = _give(one, given, rest, min(due, left[one.position]))
    money = min(rest, _money_left(order))
    rest -= money
    for one in payments:
        # All money has gone back: the rest goes to balances, except where they wait for the whole order.
        if one.settings.spent_points not in ("only_when_full", "never"):
            rest = _give(one, given, rest, left[one.position])
    returned = [_part_of(one, given[one.position]) for one in payments if given.get(one.position)]
    return Back(money + sum(part.money for part in returned), money, tuple(returned))


def _money_left(order: RecordedOrder) -> int:
    """What was paid with money and has not come back."""
    payments = [one for one in order.effects if one.kind == "spend" and one.money]
    paid = order.total - sum(one.money for one in payments)
    return paid - (order.refunded - sum(money_of(one, one.undone) for one in payments))


def _give(effect: RecordedEffect, given: dict[int, int], rest: int, most: int) -> int:
    """Give back as many units as `rest` pays for, `most` in all; answers what is left of it."""
    before = given.get(effect.position, 0)
    start = money_of(effect, effect.undone + before)
    units = min(most - before, rest * effect.amount // effect.money + 1)
    while units > 0 and money_of(effect, effect.undone + before + units) - start > rest:
        units -= 1
    if units <= 0:
        return rest
    given[effect.position] = before + units
    return rest - (money_of(effect, effect.undone + before + units) - start)


def _part_of(effect: RecordedEffect, units: int) -> Returned:
    money = money_of(effect, effect.undone + units) - money_of(effect, effect.undone)
    return Returned(effect.position, units, money)


def _prices_back(
    order: RecordedOrder, prices: list[RecordedEffect], rest: Rest, value: int, *, is_last: bool
) -> list[Returned]:
    """What promotions had cost: in proportion to the money, and all of it where the rest does not deserve them."""
    if not prices:
        return []
    kept = set() if is_last else set(cuts_of(price_kept(order, rest.quantities)))
    refunded = order.refunded + value
    returned = []
    for one in prices:
        left = one.amount - one.undone
        if one.settings.spent_points == "never":
            due = 0
        elif is_last or one.promotion not in kept:
            due = left
        elif one.settings.spent_points == "only_when_full":
            due = 0
        else:
            due = min(left, one.amount * refunded // order.total - one.undone) if order.total else 0
        if due > 0:
            returned.append(Returned(one.position, due, 0))
    return returned
