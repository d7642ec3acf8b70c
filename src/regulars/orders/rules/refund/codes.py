"""What a refund gives back of codes, vouchers, gift cards and memberships (LED-4).

A gift card is paid back as a payment that it was; what a visit paid comes back as a visit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from regulars.orders.rules.redemptions import Redemption
from regulars.orders.rules.refund.values import RecordedEffect, RecordedOrder, RefundPlan
from regulars.orders.rules.visits import all_visits

GIFTS_FROM: Final = 100_000
"""From here on positions of payments are those of gift cards among the redemptions of an order."""
VISITS_FROM: Final = 1_000_000
"""From here on they are those of memberships: each line that one covers is a payment, COVERS_MAX for each redemption."""
COVERS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class CodesBack:
    """What comes back, by position among the redemptions of the order: `free` may be used again, `money` goes to gift cards.

    `visits` go to memberships, by place among the lines that each covers; `worth` is what these had paid.
    """

    free: tuple[int, ...] = ()
    money: tuple[tuple[int, int], ...] = ()
    visits: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    worth: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing comes back."""
        return not (self.free or self.money or self.visits)


def payments_of(redemptions: Sequence[Redemption]) -> tuple[RecordedEffect, ...]:
    """What gift cards and memberships paid, as payments beside those of balances."""
    visits = [
        RecordedEffect(
            position=VISITS_FROM + position * COVERS_MAX + place,
            kind="spend",
            card="",
            balance_type="membership",
            amount=cover.visits,
            money=cover.money,
            undone=cover.undone,
            line=cover.line,
        )
        for position, one in enumerate(redemptions)
        if one.kind == "membership" and one.state in ("used", "given_back")
        for place, cover in enumerate(one.covers)
    ]
    gifts = [
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
    ]
    return (*visits, *gifts)


def without_gifts(plan: RefundPlan) -> RefundPlan:
    """The same for the ledger alone, which knows no gift cards."""
    if all(one.position < GIFTS_FROM for one in plan.returned):
        return plan
    return replace(plan, returned=tuple(one for one in plan.returned if one.position < GIFTS_FROM))


def plan_codes_back(order: RecordedOrder, redemptions: Sequence[Redemption], plan: RefundPlan) -> CodesBack:
    """What comes back: money and visits as the plan shares it, codes and vouchers once all that they unlocked is lost."""
    used = {one.rule.id: one.uses for one in order.promotions}
    for limit in plan.limits:
        used[limit.promotion] -= limit.uses
    free = [
        position
        for position, one in enumerate(redemptions)
        if one.state == "used"
        and one.kind in ("code", "voucher")
        and (plan.is_last or all(used.get(str(promotion), 1) <= 0 for promotion in one.promotions))
    ]
    money = [
        (one.position - GIFTS_FROM, one.money)
        for one in plan.returned
        if GIFTS_FROM <= one.position < VISITS_FROM and one.money
    ]
    visits: dict[int, dict[int, int]] = {}
    worth: dict[int, int] = {}
    for back in plan.returned:
        if back.position >= VISITS_FROM and back.amount:
            position, place = divmod(back.position - VISITS_FROM, COVERS_MAX)
            visits.setdefault(position, {})[place] = back.amount
            worth[position] = worth.get(position, 0) + back.money
    return CodesBack(tuple(free), tuple(money), visits, worth)


def all_kept(redemptions: Sequence[Redemption]) -> CodesBack:
    """What comes back of an open order: all that it kept."""
    kept = [(position, one) for position, one in enumerate(redemptions) if one.state == "locked"]
    return CodesBack(
        tuple(position for position, one in kept if one.kind in ("code", "voucher")),
        tuple((position, one.money) for position, one in kept if one.kind == "gift_card"),
        {position: all_visits(one.covers) for position, one in kept if one.kind == "membership"},
        {position: one.money for position, one in kept if one.kind == "membership"},
    )
