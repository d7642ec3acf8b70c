"""Refunds reckoned (LED-4): the parts always add up to the whole, and what is kept deserves what it deserves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.orders.rules.refund import (
    AmountRequest,
    CancelRequest,
    EarlierRefund,
    LinesRequest,
    MoreThanBought,
    MoreThanPaid,
    NothingLeft,
    RecordedEffect,
    RecordedLine,
    RecordedOrder,
    RecordedPromotion,
    RefundPlan,
    TwiceInOne,
    UnknownLine,
    plan_refund,
)
from regulars.orders.rules.refund.limits import units_of
from regulars.orders.rules.refund.values import Request
from regulars.programs.rules.refunds import DEFAULT_REFUNDS, RefundRules
from regulars.promotions.rules.benefits.amount import AmountOffOrder
from regulars.promotions.rules.benefits.groups import BuyGet
from regulars.promotions.rules.benefits.percent import PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.conditions.amounts import MinimumAmount
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Facts, Line
from regulars.promotions.rules.outcome import Applied
from regulars.promotions.rules.promotion import Multiplier, Promotion, compile_promotions

WHEN = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001 (local time of the order's location)
CARD = "card"


def line(price: int, quantity: int = 1, **more: Any) -> Line:
    """So many pieces at a price in cents."""
    return Line(sku=f"P{price}", price=price, quantity=quantity * 1000, **more)


def record(
    lines: Sequence[Line],
    *promotions: Promotion,
    paid: dict[str, tuple[int, int]] | None = None,
    earns_on_points: bool = True,
    how: RefundRules | None = None,
    rests: dict[tuple[str, str], int] | None = None,
    **facts: Any,
) -> RecordedOrder:
    """An order as it is recorded: priced by the engine; `paid` by balance type with units and their money."""
    how = how or DEFAULT_REFUNDS
    seen = Facts(lines=tuple(lines), at=WHEN, **facts)
    points = sum(money for _, money in (paid or {}).values())
    not_earning = 0 if earns_on_points else points
    priced = evaluate(seen, compile_promotions(promotions), paid_with_points=not_earning)
    rules = {one.id: one for one in promotions}
    effects: list[RecordedEffect] = []
    applied = []
    for verdict in priced.verdicts:
        if not isinstance(verdict, Applied):
            continue
        applied.append(
            RecordedPromotion(rules[verdict.promotion], 1, verdict.cut.total, units_of(verdict.cut.units), settings=how)
        )
        effects += [
            RecordedEffect(0, "earn", CARD, one.balance_type, one.amount, verdict.promotion, 0, 0, one.carried)
            for one in verdict.earned
        ]
        effects += [RecordedEffect(0, "spend", CARD, name, units, verdict.promotion) for name, units in verdict.cost]
    effects += [
        RecordedEffect(0, "spend", CARD, name, units, None, money) for name, (units, money) in (paid or {}).items()
    ]
    added = priced.line_taxes if priced.tax_added else (0,) * len(lines)
    return RecordedOrder(
        facts=seen,
        lines=tuple(RecordedLine(amount + tax) for amount, tax in zip(priced.line_totals, added, strict=True)),
        total=priced.total,
        shipping=priced.shipping,
        tips=priced.tips,
        paid_with_points=not_earning,
        effects=tuple(replace(one, position=at, settings=how) for at, one in enumerate(effects)),
        promotions=tuple(applied),
        rests=rests or {},
    )


def after(order: RecordedOrder, plan: RefundPlan) -> RecordedOrder:
    """The order once a refund was written."""
    undone = {one.position: one.amount for one in (*plan.returned, *plan.taken_back)}
    came_back = {back.index: back.quantity for back in plan.lines}
    limits = {one.promotion: one for one in plan.limits}

    def left(one: RecordedPromotion) -> RecordedPromotion:
        back = limits.get(one.rule.id)
        if back is None:
            return one
        return replace(
            one, uses=one.uses - back.uses, discount=one.discount - back.discount, units=one.units - back.units
        )

    return replace(
        order,
        lines=tuple(
            replace(one, refunded_quantity=one.refunded_quantity + came_back.get(at, 0))
            for at, one in enumerate(order.lines)
        ),
        effects=tuple(replace(one, undone=one.undone + undone.get(one.position, 0)) for one in order.effects),
        promotions=tuple(left(one) for one in order.promotions),
        refunds=(*order.refunds, EarlierRefund(plan.value, plan.lines, plan.is_last)),
        rests={**order.rests, **{(one.promotion, one.card): one.money for one in plan.rests}},
    )


@dataclass(frozen=True)
class Done:
    """Refunds one after another, and the order after them."""

    order: RecordedOrder
    plans: list[RefundPlan]


def refund(order: RecordedOrder, *requests: Request) -> Done:
    """Refund in turn; none of them may be refused."""
    plans = []
    for request in requests:
        plan = plan_refund(order, request)
        assert isinstance(plan, RefundPlan), plan
        plans.append(plan)
        order = after(order, plan)
    return Done(order, plans)


def pieces(*lines: tuple[int, int]) -> LinesRequest:
    """So many pieces of these lines."""
    return LinesRequest(tuple((index, count * 1000) for index, count in lines))


# What the rest still deserves


def test_a_discount_that_the_rest_does_not_deserve_is_taken_back() -> None:
    ten_off = Promotion(id="ten", benefits=(AmountOffOrder(1000),), conditions=(MinimumAmount(10000),))
    order = record([line(5000), line(5000)], ten_off)
    assert order.total == 9000
    [plan] = refund(order, pieces((1, 1))).plans
    assert plan.money_back == 4000
    assert [(one.promotion, one.uses, one.discount) for one in plan.limits] == [("ten", 1, 1000)]


def test_a_discount_in_percent_stays_with_the_rest() -> None:
    order = record([line(5000), line(5000)], Promotion(id="p", benefits=(PercentOffOrder(Decimal(10)),)))
    done = refund(order, pieces((1, 1)), pieces((0, 1)))
    assert [plan.money_back for plan in done.plans] == [4500, 4500]
    assert [plan.is_last for plan in done.plans] == [False, True]


def test_what_came_back_never_costs_the_customer_money() -> None:
    ten_off = Promotion(id="ten", benefits=(AmountOffOrder(1000),), conditions=(MinimumAmount(5500),))
    order = record([line(5000), line(500)], ten_off)
    done = refund(order, pieces((1, 1)), pieces((0, 1)))
    assert [plan.money_back for plan in done.plans] == [0, 4500]


def test_a_returned_third_of_three_for_two_gives_no_money_back() -> None:
    order = record([line(1200, 3)], Promotion(id="b", benefits=(BuyGet(buy=2, get=1),)))
    done = refund(order, pieces((0, 1)), pieces((0, 1)), pieces((0, 1)))
    assert [plan.money_back for plan in done.plans] == [0, 1200, 1200]


def test_free_shipping_that_the_rest_does_not_deserve_is_paid() -> None:
    free = Promotion(id="s", benefits=(ShippingOff(percent=Decimal(100)),), conditions=(MinimumAmount(5000),))
    order = record([line(4000), line(2000)], free, shipping=490)
    assert order.total == 6000
    assert [plan.money_back for plan in refund(order, pieces((1, 1)), pieces((0, 1))).plans] == [1510, 4490]


def test_each_line_keeps_its_share_where_the_program_says_so() -> None:
    ten_off = Promotion(id="ten", benefits=(AmountOffOrder(1000),), conditions=(MinimumAmount(10000),))
    order = record(
        [line(5000), line(5000)], ten_off, how=RefundRules(discounts="in_proportion", earned_points="in_proportion")
    )
    done = refund(order, pieces((1, 1)), pieces((0, 1)))
    assert [plan.money_back for plan in done.plans] == [4500, 4500]
    assert [[one.uses for one in plan.limits] for plan in done.plans] == [[], [1]]


# What was earned


def test_stamps_of_the_rest_stay() -> None:
    stamps = Promotion(id="s", earnings=(PerMoney("stamps", 1, 1000),))
    order = record([line(1000), line(2100)], stamps)
    assert order.effects[0].amount == 3
    assert [one.amount for one in refund(order, pieces((0, 1))).plans[0].taken_back] == [1]


def test_what_was_booked_is_taken_back_not_what_the_amount_would_give() -> None:
    order = record([line(1250)], Promotion(id="e", earnings=(PerMoney("points", 1, 100),)))
    assert [one.amount for one in refund(order, pieces((0, 1))).plans[0].taken_back] == [12]


def test_the_price_of_a_reward_comes_back_in_proportion() -> None:
    reward = Promotion(id="r", benefits=(PercentOffOrder(Decimal(10)),), cost=("points", 150))
    earn = Promotion(id="e", earnings=(PerUnit("points", 35),))
    order = record([line(5000, 2)], reward, earn, balances={"points": 200})
    plan = refund(order, pieces((0, 1))).plans[0]
    assert plan.money_back == 4500
    assert [one.amount for one in plan.returned] == [75]
    assert [one.amount for one in plan.taken_back] == [35]


def test_the_price_of_a_reward_waits_for_the_whole_order_where_the_program_says_so() -> None:
    reward = Promotion(id="r", benefits=(AmountOffOrder(1500),), cost=("points", 300))
    how = RefundRules(spent_points="only_when_full")
    order = record([line(7500), line(2500)], reward, how=how, balances={"points": 300})
    done = refund(order, pieces((0, 1)), pieces((1, 1)))
    assert [sum(one.amount for one in plan.returned) for plan in done.plans] == [0, 300]


def test_a_reward_that_the_rest_does_not_deserve_gives_all_its_price_back() -> None:
    reward = Promotion(
        id="r", benefits=(AmountOffOrder(1000),), conditions=(MinimumAmount(10000),), cost=("points", 100)
    )
    order = record([line(5000), line(5000)], reward, balances={"points": 100})
    plan = refund(order, pieces((0, 1))).plans[0]
    assert (plan.money_back, [one.amount for one in plan.returned]) == (4000, [100])


def test_a_multiplier_takes_its_difference_back() -> None:
    earn = Promotion(id="e", earnings=(PerMoney("points", 1, 100),))
    double = Promotion(id="d", multipliers=(Multiplier("points", Decimal(2)),))
    order = record([line(1000), line(500)], earn, double)
    plan = refund(order, pieces((1, 1))).plans[0]
    assert {order.effects[one.position].promotion: one.amount for one in plan.taken_back} == {"e": 5, "d": 5}


def test_money_given_back_by_amount_does_not_earn() -> None:
    order = record([line(5000), line(5000)], Promotion(id="e", earnings=(PercentBack("points", Decimal(5)),)))
    plan = refund(order, AmountRequest(1000)).plans[0]
    assert [(one.index, one.quantity, one.money) for one in plan.lines] == [(0, 0, 500), (1, 0, 500)]
    assert [one.amount for one in plan.taken_back] == [50]


def test_an_amount_given_back_is_not_given_back_again_with_its_line() -> None:
    order = record([line(5000), line(5000)])
    done = refund(order, AmountRequest(1000), pieces((1, 1)), pieces((0, 1)))
    assert [plan.money_back for plan in done.plans] == [1000, 4500, 4500]


def test_points_for_the_order_itself_stay_until_the_last_refund() -> None:
    order = record([line(500), line(500)], Promotion(id="e", earnings=(PerOrder("points", 7),)))
    done = refund(order, pieces((0, 1)), pieces((1, 1)))
    assert [[one.amount for one in plan.taken_back] for plan in done.plans] == [[], [7]]


def carrying(present: int, *bought: int) -> RecordedOrder:
    """15.00 at one stamp for each 10.00, the rest carried; `present` waits today."""
    earn = Promotion(id="e", earnings=(PerMoney("stamps", 1, 1000, carries=True),))
    return record([line(price) for price in bought or (500, 1000)], earn, rests={("e", CARD): present})


def test_the_carried_rest_is_corrected() -> None:
    plan = refund(carrying(500), pieces((0, 1))).plans[0]
    assert (plan.taken_back, [one.money for one in plan.rests]) == ((), [0])


def test_a_rest_that_a_later_order_has_used_takes_a_block_back() -> None:
    plan = refund(carrying(0), pieces((0, 1))).plans[0]
    assert ([one.amount for one in plan.taken_back], [one.money for one in plan.rests]) == ([1], [500])


def test_two_rests_that_make_a_block_take_none_back() -> None:
    plan = refund(carrying(900, 700, 800), pieces((1, 1))).plans[0]
    assert (plan.taken_back, [one.money for one in plan.rests]) == ((), [100])


# Which way it goes back


def test_points_and_money_return_in_proportion() -> None:
    order = record([line(1000)], paid={"points": (600, 600)})
    plan = refund(order, AmountRequest(500)).plans[0]
    assert (plan.money_back, [one.amount for one in plan.returned]) == (200, [300])


def test_balances_are_filled_up_first_where_the_program_says_so() -> None:
    how = RefundRules(spent_points="balances_first")
    order = record([line(3000), line(2000)], paid={"gift": (4000, 4000)}, how=how)
    plan = refund(order, pieces((0, 1))).plans[0]
    assert (plan.money_back, [one.amount for one in plan.returned]) == (0, [3000])


def test_money_goes_back_first_where_the_program_says_so() -> None:
    how = RefundRules(spent_points="money_first")
    order = record([line(3000), line(2000)], paid={"gift": (4000, 4000)}, how=how)
    plan = refund(order, pieces((0, 1))).plans[0]
    assert (plan.money_back, [one.amount for one in plan.returned]) == (1000, [2000])


def test_points_worth_much_return_whole_and_the_last_refund_takes_what_waited() -> None:
    order = record([line(250, 2)], paid={"points": (1, 500)})
    done = refund(order, pieces((0, 1)), pieces((0, 1)))
    assert [(plan.value, [one.amount for one in plan.returned]) for plan in done.plans] == [(0, []), (500, [1])]


# What is refused


def test_what_cannot_come_back_is_told() -> None:
    order = record([line(1000, 3)])
    assert plan_refund(order, pieces((0, 200))) == MoreThanBought(0, 3000)
    assert plan_refund(order, pieces((1, 1))) == UnknownLine(0, 1)
    assert plan_refund(order, pieces((-1, 1))) == UnknownLine(0, -1)
    assert plan_refund(order, pieces((0, 1), (0, 1))) == TwiceInOne(1, 0)
    assert plan_refund(order, AmountRequest(3001)) == MoreThanPaid(3000)
    rest = refund(order, pieces((0, 3))).order
    assert plan_refund(rest, pieces((0, 1))) == NothingLeft()
    assert plan_refund(rest, CancelRequest()) == NothingLeft()
    assert plan_refund(rest, AmountRequest(1)) == NothingLeft()


# Whatever happens in between, the parts add up to the whole

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
benefits = st.sampled_from(
    [
        (PercentOffOrder(Decimal("12.5")),),
        (AmountOffOrder(700),),
        (BuyGet(buy=1, get=1),),
        (ShippingOff(percent=Decimal(100)),),
        (),
    ]
)
earnings = st.sampled_from(
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
    facts = {
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
    assert all(one.money >= 0 for one in (*plan.lines, *plan.returned, *plan.rests))
    assert order.refunded + plan.value <= order.total
    by_position = {one.position: one for one in order.effects}
    for part in (*plan.returned, *plan.taken_back):
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
