"""What limits get back, and what waits for the next full block, after a refund (LED-4, ORD-8)."""

from regulars.orders.rules.refund.earned import Taken
from regulars.orders.rules.refund.kept import cuts_of, price_kept
from regulars.orders.rules.refund.values import LimitsBack, RecordedOrder, RestBack


def plan_limits(
    order: RecordedOrder, quantities: tuple[int, ...], taken: Taken, *, is_last: bool
) -> tuple[LimitsBack, ...]:
    """The uses, money and units that the rest does not take any more, for promotions that are still counted."""
    kept = {} if is_last else cuts_of(price_kept(order, quantities))
    backs = []
    for one in order.promotions:
        if not one.uses:
            continue
        cut = kept.get(one.rule.id)
        earned = taken.by_promotion.get(one.rule.id, 0)
        if cut is None and (is_last or one.settings.discounts == "recompute"):
            back = LimitsBack(one.rule.id, one.uses, one.discount, one.units, earned)
        elif cut is None or one.settings.discounts == "in_proportion":
            back = LimitsBack(one.rule.id, earned=earned)
        else:
            units = units_of(cut.units)
            back = LimitsBack(one.rule.id, 0, max(0, one.discount - cut.total), max(0, one.units - units), earned)
        if back != LimitsBack(one.rule.id):
            backs.append(back)
    return tuple(backs)


def units_of(units: tuple[int, ...]) -> int:
    """The units that a promotion speaks for on an order: what its limit of units counts."""
    return sum(units)


def plan_rests(order: RecordedOrder, taken: Taken) -> tuple[RestBack, ...]:
    """The rests that change."""
    return tuple(
        RestBack(promotion, card, money)
        for (promotion, card), money in taken.rests.items()
        if money != order.rests.get((promotion, card), 0)
    )
