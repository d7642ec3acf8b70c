"""What a refund gives back of codes, vouchers and gift cards (LED-4): a gift card is paid back as a payment that it was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from regulars.orders.rules.redemptions import Redemption
from regulars.orders.rules.refund.values import RecordedEffect, RecordedOrder, RefundPlan

GIFTS_FROM: Final = 100_000
"""From here on positions of payments are those of gift cards among the redemptions of an order."""


@dataclass(frozen=True, slots=True)
class CodesBack:
    """What comes back, by position among the redemptions of the order: `free` may be used again, `money` goes to gift cards."""

    free: tuple[int, ...] = ()
    money: tuple[tuple[int, int], ...] = ()


def payments_of(redemptions: Sequence[Redemption]) -> tuple[RecordedEffect, ...]:
    """What gift cards paid, as payments beside those of balances."""
    return tuple(
        RecordedEffect(
            position=GIFTS_FROM + position,
            kind="spend",
            card="",
            balance_type="gift_card",
            amount=one.money,
            money=one.money,
            undone=one.undone,
        )
        for position, one in enumerate(redemptions)
        if one.kind == "gift_card" and one.state == "used"
    )


def without_gifts(plan: RefundPlan) -> RefundPlan:
    """The same for the ledger alone, which knows no gift cards."""
    if all(one.position < GIFTS_FROM for one in plan.returned):
        return plan
    return replace(plan, returned=tuple(one for one in plan.returned if one.position < GIFTS_FROM))


def plan_codes_back(order: RecordedOrder, redemptions: Sequence[Redemption], plan: RefundPlan) -> CodesBack:
    """What comes back: money as the plan shares it, codes and vouchers once all that they unlocked is lost."""
    used = {one.rule.id: one.uses for one in order.promotions}
    for back in plan.limits:
        used[back.promotion] -= back.uses
    free = [
        position
        for position, one in enumerate(redemptions)
        if one.state == "used"
        and one.kind in ("code", "voucher")
        and (plan.is_last or all(used.get(str(promotion), 1) <= 0 for promotion in one.promotions))
    ]
    money = [
        (one.position - GIFTS_FROM, one.money) for one in plan.returned if one.position >= GIFTS_FROM and one.money
    ]
    return CodesBack(tuple(free), tuple(money))
