"""What an order gets and why (ORD-3, ORD-5, ORD-7, ORD-8): tables, and what holds for every order."""

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.kernel.codes import code_key
from regulars.promotions.rules.benefits import Benefit
from regulars.promotions.rules.benefits.amount import AmountOffLine, AmountOffOrder, AmountOffUnit, FixedPrice
from regulars.promotions.rules.benefits.groups import BundlePart, BundlePrice, BuyGet, CheapestOff, UnitGroups
from regulars.promotions.rules.benefits.percent import PercentOffLines, PercentOffOrder
from regulars.promotions.rules.benefits.shipping import ShippingOff
from regulars.promotions.rules.conditions import Condition
from regulars.promotions.rules.conditions.amounts import MinimumAmount, MinimumUnits
from regulars.promotions.rules.conditions.content import Contains, ShippedBy
from regulars.promotions.rules.conditions.groups import AllOf, AnyOf, NoneOf
from regulars.promotions.rules.conditions.moments import Days, Hours, WeeklyHours
from regulars.promotions.rules.conditions.people import HasField, HoldsCard, InTier, KnownAs, NthOrder, Tagged
from regulars.promotions.rules.conditions.places import AtPlaces
from regulars.promotions.rules.earnings.kinds import PercentBack, PerMoney, PerOrder, PerUnit
from regulars.promotions.rules.evaluate import evaluate
from regulars.promotions.rules.facts import Customer, Facts, Left, Line, Need, Uses
from regulars.promotions.rules.outcome import Applied, NotApplied, Priced
from regulars.promotions.rules.products import Products
from regulars.promotions.rules.promotion import Limits, Multiplier, Promotion, compile_promotions

# A Tuesday, local time of the shop.
NOON = datetime(2026, 11, 24, 12, 0)  # noqa: DTZ001
LATTE = Line("latte", 390, 2000, category="coffee")
CROISSANT = Line("croissant", 250, category="bakery", tags=frozenset({"fresh"}))
BEANS = Line("beans", 1290, category="coffee")
ANNA = Customer(
    "anna",
    tags=frozenset({"vip"}),
    fields={"sport": "yoga"},
    card_types=frozenset({"club"}),
    tiers=frozenset({"gold"}),
    orders_before=9,
)
ORDER = Facts(lines=(LATTE, CROISSANT, BEANS), at=NOON, shipping=490, customer=ANNA, location="mitte", channel="pos")


def price(order: Facts, *promotions: Promotion, paid_with_points: int = 0) -> Priced:
    return evaluate(order, compile_promotions(promotions), paid_with_points=paid_with_points)


def reason(order: Facts, promotion: Promotion) -> str:
    verdict = price(order, promotion).verdicts[0]
    return verdict.reason.code if isinstance(verdict, NotApplied) else "applied"


@pytest.mark.parametrize(
    ("benefit", "products", "discounts", "shipping"),
    [
        (PercentOffLines(Decimal(10)), Products(), (78, 25, 129), 490),
        (PercentOffLines(Decimal(10), amount_max=100), Products(), (34, 11, 55), 490),
        (PercentOffLines(Decimal(50), units_max=2), Products(), (195, 125, 0), 490),
        (PercentOffOrder(Decimal("12.5")), Products(), (98, 31, 161), 490),
        (PercentOffOrder(Decimal(10)), Products(categories=frozenset({"coffee"})), (78, 0, 129), 490),
        (AmountOffOrder(1000), Products(), (336, 108, 556), 490),
        (AmountOffOrder(10_000), Products(), (780, 250, 1290), 490),
        (AmountOffOrder(10_000, with_shipping=True), Products(), (780, 250, 1290), 0),
        (AmountOffOrder(400, by_quantity=True), Products(), (200, 100, 100), 490),
        (AmountOffLine(300), Products(), (300, 250, 300), 490),
        (AmountOffUnit(100), Products(), (200, 100, 100), 490),
        (AmountOffUnit(100, first=150, units_max=2), Products(), (100, 150, 0), 490),
        (AmountOffUnit(100, units_max_per_line=1), Products(), (100, 100, 100), 490),
        (FixedPrice(300), Products(), (180, 0, 990), 490),
        (CheapestOff(1), Products(), (0, 250, 0), 490),
        (CheapestOff(2, Decimal(50), amount_max=200), Products(), (122, 78, 0), 490),
        (BuyGet(2, 1), Products(), (0, 250, 0), 490),
        (BuyGet(1, 1, get_products=Products(skus=frozenset({"beans"})), percent=None, amount=500), Products(), (0, 0, 500), 490),
        (UnitGroups(2, 50), Products(), (100, 50, 50), 490),
        (BundlePrice((BundlePart(1, Products(skus=frozenset({"latte"}))), BundlePart(1, Products(skus=frozenset({"croissant"})))), 500), Products(), (85, 55, 0), 490),
        (ShippingOff(percent=Decimal(20)), Products(), (0, 0, 0), 392),
        (ShippingOff(amount=100), Products(), (0, 0, 0), 390),
        (ShippingOff(price=0), Products(), (0, 0, 0), 0),
    ],
)  # fmt: skip
def test_each_benefit(benefit: Benefit, products: Products, discounts: tuple[int, ...], shipping: int) -> None:
    priced = price(ORDER, Promotion("p", benefits=(benefit,), products=products))
    assert (priced.line_discounts, priced.shipping) == (discounts, shipping)
    assert isinstance(priced.verdicts[0], Applied)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (MinimumAmount(2320), "applied"),
        (MinimumAmount(2321), "minimum_amount"),
        (MinimumAmount(2320, is_strict=True), "minimum_amount"),
        (MinimumAmount(2810, with_shipping=True), "applied"),
        (MinimumUnits(4), "applied"),
        (MinimumUnits(5), "minimum_units"),
        (Contains(Products(tags=frozenset({"fresh"}))), "applied"),
        (Contains(Products(skus=frozenset({"tea"}))), "contains_fewer"),
        (Contains(Products(kind="service")), "contains"),
        (ShippedBy(frozenset({"UPS"})), "shipped_by"),
        (Days(date(2026, 11, 24), date(2026, 11, 24)), "applied"),
        (Days(last=date(2026, 11, 23)), "over"),
        (Days(first=date(2026, 11, 25)), "not_begun"),
        (WeeklyHours((Hours(frozenset({1}), time(8), time(12)),)), "weekly_hours"),
        (WeeklyHours((Hours(frozenset({1}), time(12), time(13)),)), "applied"),
        (WeeklyHours((Hours(frozenset({0}), time(22), time(12, 30)),)), "applied"),
        (WeeklyHours((Hours(frozenset({1}), time(22), time(12, 30)),)), "weekly_hours"),
        (AtPlaces(locations=frozenset({"mitte"}), channels=frozenset({"pos"})), "applied"),
        (AtPlaces(locations=frozenset({"nord"})), "other_location"),
        (AtPlaces(channels=frozenset({"web"})), "other_channel"),
        (AtPlaces(contact_points=frozenset({"till-7"})), "other_contact_point"),
        (KnownAs(), "applied"),
        (KnownAs(frozenset({"boris"})), "wrong_customer"),
        (Tagged(frozenset({"vip", "x"})), "applied"),
        (Tagged(frozenset({"x"})), "tagged"),
        (HasField("sport", frozenset({"yoga"})), "applied"),
        (HasField("sport", frozenset({"golf"})), "has_field"),
        (InTier(frozenset({"gold"})), "applied"),
        (InTier(frozenset({"silver"})), "in_tier"),
        (HoldsCard(frozenset({"club"})), "applied"),
        (HoldsCard(frozenset({"stamps"})), "holds_card"),
        (NthOrder(10), "applied"),
        (NthOrder(5, is_every=True), "applied"),
        (NthOrder(1), "nth_order"),
        (AllOf((MinimumUnits(1), NthOrder(1))), "nth_order"),
        (AnyOf((NthOrder(1), MinimumUnits(1))), "applied"),
        (AnyOf((NthOrder(1), MinimumUnits(99))), "none_of"),
        (NoneOf((NthOrder(1),)), "applied"),
        (NoneOf((MinimumUnits(1),)), "ruled_out"),
    ],
)
def test_each_condition(condition: Condition, expected: str) -> None:
    promotion = Promotion("p", benefits=(AmountOffOrder(100),), conditions=(condition,))
    assert reason(ORDER, promotion) == expected


@pytest.mark.parametrize(
    "condition", [KnownAs(), Tagged(frozenset("x")), HasField("x", frozenset("x")), InTier(frozenset("x")), NthOrder(1)]
)
def test_a_guest_is_told_that_a_customer_is_needed(condition: Condition) -> None:
    promotion = Promotion("p", benefits=(AmountOffOrder(100),), conditions=(condition,))
    assert reason(replace(ORDER, customer=None), promotion) == "customer_required"


def test_a_promotion_declares_what_it_needs_to_know() -> None:
    promotion = Promotion("p", conditions=(AnyOf((InTier(frozenset("x")), NthOrder(1))),), limits=Limits(total=5))
    assert compile_promotions([promotion]).needs == {Need.TIERS, Need.HISTORY, Need.USES}
    assert compile_promotions([Promotion("p", limits=Limits(per_order=1))]).needs == set()


@pytest.mark.parametrize(
    ("limits", "uses", "expected"),
    [
        (Limits(total=5), Uses(total=4), "applied"),
        (Limits(total=5), Uses(total=5), "limit_total"),
        (Limits(per_customer=1), Uses(by_customer=1), "limit_per_customer"),
        (Limits(per_day=2), Uses(today=2), "limit_per_day"),
        (Limits(discount=1000), Uses(discount=1000), "limit_discount"),
        (Limits(units=3), Uses(units=3), "limit_units"),
    ],
)
def test_limits(limits: Limits, uses: Uses, expected: str) -> None:
    promotion = Promotion("p", benefits=(AmountOffOrder(100),), limits=limits)
    assert reason(replace(ORDER, uses={"p": uses}), promotion) == expected


def test_the_last_order_before_a_budget_ends_gets_what_is_left_of_it() -> None:
    promotion = Promotion("p", benefits=(AmountOffOrder(1000),), limits=Limits(discount=1500))
    priced = price(replace(ORDER, uses={"p": Uses(discount=900)}), promotion)
    assert priced.discount_total == 600
    verdict = priced.verdicts[0]
    assert isinstance(verdict, Applied)
    assert [step.code for step in verdict.cut.steps] == ["amount_off", "budget_ends"]


def test_a_limit_of_units_may_be_met_in_part() -> None:
    promotion = Promotion("p", benefits=(PercentOffLines(Decimal(10)),), limits=Limits(units=10))
    order = Facts(lines=(Line("a", 1000, 3000),), at=NOON, uses={"p": Uses(units=9)})
    assert price(order, promotion).discount_total == 100


def test_of_a_group_the_best_for_the_customer_applies_and_the_others_say_so() -> None:
    five, ten, not_met = (
        Promotion("five", benefits=(PercentOffOrder(Decimal(5)),), group="sale"),
        Promotion("ten", benefits=(PercentOffOrder(Decimal(10)),), group="sale"),
        Promotion("never", benefits=(AmountOffOrder(9999),), conditions=(NthOrder(1),), group="sale"),
    )
    priced = price(ORDER, five, ten, not_met)
    assert priced.discount_total == 232
    assert [verdict.reason.code for verdict in priced.verdicts if isinstance(verdict, NotApplied)] == [
        "better_one",
        "nth_order",
    ]
    first = replace(five, priority=1)
    assert price(ORDER, ten, first).discount_total == 116


def test_one_that_stands_alone_shuts_the_others_out_only_while_it_gives_something() -> None:
    alone = Promotion(
        "alone", benefits=(PercentOffOrder(Decimal(20)),), codes=frozenset({code_key("only")}), stands_alone=True
    )
    other = Promotion("other", benefits=(AmountOffOrder(100),), priority=5)
    assert price(ORDER, other, alone).discount_total == 100
    assert price(replace(ORDER, codes=frozenset({code_key("On-Ly")})), other, alone).discount_total == 464


def test_lines_come_before_the_order_and_codes_last_unless_a_priority_says_otherwise() -> None:
    code = Promotion("code", benefits=(AmountOffLine(100),), codes=frozenset({"c"}))
    order = Promotion("order", benefits=(PercentOffOrder(Decimal(10)),))
    line = Promotion("line", benefits=(PercentOffLines(Decimal(10)),))
    ids = [one.id for one in compile_promotions([code, order, line]).promotions]
    assert ids == ["line", "order", "code"]
    first = replace(code, priority=1)
    assert compile_promotions([order, line, first]).promotions[0].id == "code"


def test_units_are_counted_once() -> None:
    three = Facts(lines=(Line("a", 300, 3000),), at=NOON)
    one, two = (Promotion(name, benefits=(BuyGet(2, 1),)) for name in ("one", "two"))
    assert price(three, one, two).discount_total == 300
    greedy = replace(two, counts_units_once=False)
    assert price(three, one, greedy).discount_total == 500


@pytest.mark.parametrize(
    ("earning", "units"),
    [
        (PercentBack("bonus", Decimal(5)), 116),
        (PercentBack("bonus", Decimal(5), unit_value=Decimal(10)), 11),
        (PercentBack("bonus", Decimal(5), unit_value=Decimal(10), rounding="up"), 12),
        (PercentBack("bonus", Decimal("7.5"), rounding="half_up"), 174),
        (PerMoney("bonus", 1, 1000), 2),
        (PerMoney("bonus", 3, 1000, in_parts=True), 6),
        (PerOrder("bonus", 7), 7),
        (PerUnit("bonus", 2), 8),
    ],
)
def test_each_earning(earning: PercentBack | PerMoney | PerOrder | PerUnit, units: int) -> None:
    verdict = price(ORDER, Promotion("p", earnings=(earning,))).verdicts[0]
    assert isinstance(verdict, Applied)
    assert [(one.balance_type, one.amount) for one in verdict.earned] == [("bonus", units)]


def test_earning_looks_at_what_is_paid_and_not_at_what_points_paid() -> None:
    back = Promotion("back", earnings=(PercentBack("bonus", Decimal(10)),))
    off = Promotion("off", benefits=(AmountOffOrder(320),))
    verdicts = price(ORDER, back, off, paid_with_points=500).verdicts
    earned = [one.earned[0].amount for one in verdicts if isinstance(one, Applied) and one.earned]
    assert earned == [150]


def test_the_rest_of_a_block_is_carried() -> None:
    stamps = Promotion("stamps", earnings=(PerMoney("stamps", 1, 1000, carries=True),))
    verdict = price(replace(ORDER, carried={"stamps": 700}), stamps).verdicts[0]
    assert isinstance(verdict, Applied)
    assert (verdict.earned[0].amount, verdict.earned[0].carried) == (3, 20)


def test_a_multiplier_brings_the_difference_before_rounding() -> None:
    base = Promotion("base", earnings=(PercentBack("bonus", Decimal(5), unit_value=Decimal(10)),))
    double = Promotion(
        "double", multipliers=(Multiplier("bonus", Decimal(2)),), conditions=(Tagged(frozenset({"vip"})),)
    )
    priced = price(ORDER, base, double)
    amounts = [one.earned[0].amount for one in priced.verdicts if isinstance(one, Applied)]
    assert amounts == [11, 12]


def test_at_most_so_many_units_a_day() -> None:
    back = Promotion("back", earnings=(PercentBack("bonus", Decimal(5)),), limits=Limits(earned_per_day=120))
    verdict = price(replace(ORDER, uses={"back": Uses(earned_today=50)}), back).verdicts[0]
    assert isinstance(verdict, Applied)
    assert verdict.earned[0].amount == 70
    assert reason(replace(ORDER, uses={"back": Uses(earned_today=120)}), back) == "limit_earned_per_day"


def test_a_reward_that_costs_points_needs_them() -> None:
    reward = Promotion("reward", benefits=(AmountOffOrder(500),), cost=("bonus", 300))
    assert reason(replace(ORDER, balances={"bonus": 299}), reward) == "balance_short"
    verdict = price(replace(ORDER, balances={"bonus": 300}), reward).verdicts[0]
    assert isinstance(verdict, Applied)
    assert verdict.cost == (("bonus", 300),)


def test_tax_is_taken_out_of_the_price_or_put_on_it() -> None:
    line = Line("m", 5695, tax_percent=Decimal(10))
    off = Promotion("p", benefits=(AmountOffOrder(1000),))
    inside = price(Facts(lines=(line,), at=NOON), off)
    assert (inside.total, inside.tax, inside.tax_added) == (4695, 427, 0)
    outside = price(Facts(lines=(line,), at=NOON, prices_include_tax=False), off)
    assert (outside.total, outside.tax, outside.tax_added) == (5165, 470, 470)


LINES = st.builds(
    Line,
    sku=st.sampled_from("abc"),
    price=st.integers(0, 10**7),
    quantity=st.integers(0, 20_000),
    category=st.sampled_from(["coffee", "tea"]),
    discount=st.integers(0, 500),
    is_excluded=st.booleans(),
    price_min=st.integers(0, 100),
    tax_percent=st.none() | st.decimals(0, 30, places=2),
)
PERCENTS = st.decimals(0, 100, places=2)
MONEY = st.integers(0, 10**6)
BENEFITS = st.one_of(
    st.builds(PercentOffLines, PERCENTS, st.none() | MONEY, st.none() | st.integers(1, 5)),
    st.builds(PercentOffOrder, PERCENTS, st.none() | MONEY),
    st.builds(AmountOffOrder, MONEY, with_shipping=st.booleans(), by_quantity=st.booleans()),
    st.builds(AmountOffLine, MONEY),
    st.builds(AmountOffUnit, MONEY, st.none() | MONEY, st.none() | st.integers(1, 5)),
    st.builds(FixedPrice, MONEY),
    st.builds(CheapestOff, st.integers(1, 3), PERCENTS),
    st.builds(BuyGet, st.integers(1, 3), st.integers(1, 3), within_line=st.booleans(), gives_parts=st.booleans()),
    st.builds(UnitGroups, st.integers(1, 3), MONEY),
    st.builds(BundlePrice, st.tuples(st.builds(BundlePart, st.integers(1, 3))), MONEY),
    st.builds(ShippingOff, percent=PERCENTS),
)
PROMOTIONS = st.builds(
    Promotion,
    id=st.uuids().map(str),
    benefits=st.lists(BENEFITS, max_size=2).map(tuple),
    earnings=st.lists(st.builds(PercentBack, st.just("bonus"), PERCENTS), max_size=1).map(tuple),
    products=st.sampled_from([Products(), Products(categories=frozenset({"tea"})), Products(not_discounted=True)]),
    priority=st.integers(-1, 1),
    group=st.sampled_from(["", "", "one"]),
    stands_alone=st.booleans(),
    counts_units_once=st.booleans(),
    limits=st.builds(Limits, discount=st.none() | MONEY, per_order=st.none() | st.integers(1, 2)),
)
ORDERS = st.builds(
    Facts,
    lines=st.lists(LINES, max_size=6).map(tuple),
    at=st.just(NOON),
    shipping=MONEY,
    prices_include_tax=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(ORDERS, st.lists(PROMOTIONS, max_size=6, unique_by=lambda one: one.id))
def test_whatever_is_promised_parts_add_up_and_nothing_goes_below_zero(
    order: Facts, promotions: list[Promotion]
) -> None:
    priced = price(order, *promotions)
    start = order.untouched
    given_away = [0] * len(order.lines)
    shipping_off = 0
    for verdict in priced.verdicts:
        if isinstance(verdict, Applied):
            given_away = [total + part for total, part in zip(given_away, verdict.cut.lines, strict=True)]
            shipping_off += verdict.cut.shipping
            assert min(verdict.cut.lines, default=0) >= 0
            assert all(one.amount >= 0 for one in verdict.earned)
    assert tuple(given_away) == priced.line_discounts
    assert shipping_off == priced.shipping_discount
    assert [total + off for total, off in zip(priced.line_totals, priced.line_discounts, strict=True)] == list(
        start.lines
    )
    assert min((*priced.line_totals, priced.shipping)) >= 0
    assert priced.total == sum(priced.line_totals) + priced.shipping + priced.tax_added
    assert [verdict.promotion for verdict in priced.verdicts] == [
        one.id for one in compile_promotions(promotions).promotions
    ]
    for at, line in enumerate(order.lines):
        if line.is_excluded:
            assert priced.line_discounts[at] == 0
    assert price(order, *promotions) == priced


def test_what_is_left_is_a_value() -> None:
    assert ORDER.untouched == Left(lines=(780, 250, 1290), shipping=490, units=(2, 1, 1))
