"""Whatever is refunded of an order in whatever way, the parts add up to the whole (LED-4)."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.orders.rules.refund import (
    AmountRequest,
    CancelRequest,
    LinesRequest,
    MoreThanBought,
    MoreThanPaid,
    NothingLeft,
    RecordedOrder,
    RefundPlan,
    Returned,
    TakenBack,
    plan_refund,
)
from regulars.orders.rules.refund.values import Request
from regulars.orders.tests.refund_kit import CARD, after, line, record
from regulars.programs.rules.refunds import RefundRules
from regulars.promotions.rules.benefits import Benefit
from regulars.promotions.rules.benefits.amount import AmountOffOrder
from regulars.promotions.rules.benefits.groups import BuyGet
from regulars.promotions.rules.benefits.percent import PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.conditions.amounts import MinimumAmount
from regulars.promotions.rules.earnings import Earning
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit
from regulars.promotions.rules.promotion import Multiplier, Promotion

prices = st.integers(0, 5000)
lines = st.builds(
    line,
    prices,
    st.integers(1, 4),
    discount=st.integers(0, 300),
    is_excluded=st.booleans(),
    tax_percent=st.sampled_from([None, Decimal(19), Decimal("7.5")]),
)
minimums = st.sampled_from([(), (MinimumAmount(2000),), (MinimumAmount(5000),)])
benefits: st.SearchStrategy[tuple[Benefit, ...]] = st.sampled_from(
    [
        (PercentOffOrder(Decimal("12.5")),),
        (AmountOffOrder(700),),
        (BuyGet(buy=1, get=1),),
        (ShippingOff(percent=Decimal(100)),),
        (),
    ]
)
earnings: st.SearchStrategy[tuple[Earning, ...]] = st.sampled_from(
    [
        (),
        (PercentBack("points", Decimal("3.3")),),
        (PerMoney("points", 3, 700),),
        (PerMoney("stamps", 2, 900, carries=True),),
        (PerUnit("points", 5), PerOrder("stamps", 1)),
    ]
)
multipliers = st.sampled_from([(), (Multiplier("points", Decimal("1.5")),)])
ways = st.builds(
    RefundRules,
    spent_points=st.sampled_from(["pro_rata", "only_when_full", "balances_first", "money_first"]),
    earned_points=st.sampled_from(["recompute", "in_proportion", "only_when_full"]),
    discounts=st.sampled_from(["recompute", "in_proportion"]),
)


@st.composite
def orders(draw: st.DrawFn) -> RecordedOrder:
    """Orders of all sorts, paid in part with two balances."""
    promotions = [
        Promotion(
            id=f"p{at}",
            benefits=draw(benefits),
            earnings=draw(earnings),
            multipliers=draw(multipliers),
            conditions=draw(minimums),
            cost=draw(st.sampled_from([None, ("points", 90)])),
        )
        for at in range(draw(st.integers(0, 3)))
    ]
    facts: dict[str, Any] = {
        "shipping": draw(st.sampled_from([0, 490])),
        "tips": draw(st.sampled_from([0, 200])),
        "prices_include_tax": draw(st.booleans()),
        "balances": {"points": 1000},
    }
    bought = draw(st.lists(lines, min_size=1, max_size=4))
    how = draw(ways)
    total = record(bought, *promotions, **facts).total
    money = draw(st.integers(0, total))
    unit = draw(st.sampled_from([1, 7, 100]))
    paid = {"points": (money // unit, money // unit * unit), "deposit": (total - money, total - money)}
    if draw(st.booleans()):
        del paid["deposit"]
    rests = {(one.id, CARD): draw(st.integers(0, 899)) for one in promotions}
    return record(bought, *promotions, paid=paid, earns_on_points=draw(st.booleans()), how=how, rests=rests, **facts)


@settings(max_examples=100, deadline=None)
@given(orders(), st.data())
def test_refunds_together_give_back_all_and_never_more(order: RecordedOrder, data: st.DataObject) -> None:
    original = order
    for _ in range(data.draw(st.integers(0, 4))):
        request = data.draw(requests(order))
        plan = plan_refund(order, request)
        if not isinstance(plan, RefundPlan):
            assert isinstance(plan, NothingLeft | MoreThanPaid | MoreThanBought)
            continue
        check(order, plan)
        order = after(order, plan)
        if plan.is_last:
            assert isinstance(plan_refund(order, CancelRequest()), NothingLeft)
            break
    else:
        plan = plan_refund(order, CancelRequest())
        if isinstance(plan, RefundPlan):
            check(order, plan)
            order = after(order, plan)
    assert order.refunded == original.total
    assert all(one.undone == one.amount for one in order.effects)
    assert all(one.uses == one.discount == one.units == 0 for one in order.promotions)


def check(order: RecordedOrder, plan: RefundPlan) -> None:
    """One refund adds up and takes nothing that is not there."""
    assert plan.value == plan.money_back + sum(one.money for one in plan.returned)
    assert plan.value == sum(one.money for one in plan.lines) + plan.other
    assert plan.money_back >= 0
    assert plan.other >= 0
    assert min([0, *(one.money for one in plan.lines)]) == 0
    assert min([0, *(one.money for one in plan.returned)]) == 0
    assert min([0, *(one.money for one in plan.rests)]) == 0
    assert order.refunded + plan.value <= order.total
    by_position = {one.position: one for one in order.effects}
    parts: list[Returned | TakenBack] = [*plan.returned, *plan.taken_back]
    for part in parts:
        assert 0 < part.amount <= by_position[part.position].amount - by_position[part.position].undone
    for one in plan.lines:
        left = order.facts.lines[one.index].quantity - order.lines[one.index].refunded_quantity
        assert 0 <= one.quantity <= left


def requests(order: RecordedOrder) -> st.SearchStrategy[Request]:
    """What somebody may ask of an order, now and then too much."""
    left = max(1, order.total - order.refunded)
    quantities = st.lists(
        st.tuples(st.integers(0, len(order.lines) - 1), st.none() | st.integers(1, 4).map(lambda count: count * 1000)),
        min_size=1,
        max_size=3,
        unique_by=lambda one: one[0],
    )
    return st.one_of(quantities.map(lambda some: LinesRequest(tuple(some))), st.integers(1, left).map(AmountRequest))
