"""Refunds reckoned (LED-4): the parts always add up to the whole, and what is kept deserves what it deserves."""

from decimal import Decimal

from regulars.orders.rules.refund import (
    AmountRequest,
    CancelRequest,
    MoreThanBought,
    MoreThanPaid,
    NothingLeft,
    RecordedOrder,
    TwiceInOne,
    UnknownLine,
    plan_refund,
)
from regulars.orders.tests.refund_kit import CARD, line, pieces, record, refund
from regulars.programs.rules.refunds import RefundRules
from regulars.promotions.rules.benefits.amount import AmountOffOrder
from regulars.promotions.rules.benefits.groups import BuyGet
from regulars.promotions.rules.benefits.percent import PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.conditions.amounts import MinimumAmount
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit
from regulars.promotions.rules.promotion import Multiplier, Promotion

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
