"""What several gift cards pay together: none of them more than what it is for, whatever the others are for (RWD-5)."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from regulars.giftcards.errors import GiftCardLimited
from regulars.kernel.ids import new_id
from regulars.kernel.refusal import Refusal
from regulars.orders.rules.spending import Bill, GiftPurse, GiftSpend, Payment, plan_spends
from regulars.orders.rules.terms import NO_LIMITS, SpendLimits

FOOD = SpendLimits(goods=frozenset({"food"}), services=frozenset())


def pay(bill: Bill, *gifts: GiftPurse) -> Payment | Refusal:
    return plan_spends(bill, (), {}, {}, gifts=gifts, currency_decimals=2)


def test_two_cards_for_food_pay_the_food_once() -> None:
    bill = Bill(lines=(3000, 3000), kinds=(("goods", "food"), ("service", "cut")), shipping=0, tips=0)
    first, second = (GiftPurse(new_id(), 3000, FOOD, None) for _ in range(2))
    assert pay(bill, first, second) == Payment(gifts=(GiftSpend(first.owner_id, 3000),))
    named = GiftPurse(second.owner_id, 3000, FOOD, 1)
    assert pay(bill, first, named) == GiftCardLimited(max="0.00")


def test_a_card_for_everything_leaves_what_another_is_for() -> None:
    bill = Bill(lines=(3000, 3000), kinds=(("goods", "food"), ("service", "cut")), shipping=500, tips=100)
    anything, food = GiftPurse(new_id(), 3600, NO_LIMITS, 3600), GiftPurse(new_id(), 3000, FOOD, 3000)
    paid = pay(bill, anything, food)
    assert paid == Payment(gifts=(GiftSpend(anything.owner_id, 3600), GiftSpend(food.owner_id, 3000)))


LIMITS = st.builds(
    SpendLimits,
    goods=st.sampled_from([None, frozenset(), frozenset({"food"}), frozenset({"food", "hats"})]),
    services=st.sampled_from([None, frozenset(), frozenset({"cut"})]),
)
LINES = st.tuples(
    st.integers(0, 50),
    st.sampled_from([("goods", "food"), ("goods", "hats"), ("service", "cut"), ("service", ""), ("prepaid", "")]),
)


@given(
    lines=st.lists(LINES, max_size=5),
    shipping=st.integers(0, 20),
    tips=st.integers(0, 20),
    cards=st.lists(st.tuples(LIMITS, st.integers(1, 90)), max_size=4),
)
def test_cards_together_pay_no_more_than_what_any_of_them_is_for(
    lines: list[tuple[int, tuple[str, str]]], shipping: int, tips: int, cards: list[tuple[SpendLimits, int]]
) -> None:
    bill = Bill(tuple(one[0] for one in lines), tuple(one[1] for one in lines), shipping, tips)
    gifts = [GiftPurse(new_id(), balance, limits, None) for limits, balance in cards]
    paid = pay(bill, *gifts)
    assert isinstance(paid, Payment)
    money = {one.owner_id: one.money for one in paid.gifts}
    for some in (chosen for count in range(1, len(gifts) + 1) for chosen in combinations(gifts, count)):
        fits = [any(column) for column in zip(*(bill.takes(one.limits) for one in some), strict=True)]
        most = sum(part for part, fit in zip(bill.parts(), fits, strict=True) if fit)
        assert sum(money.get(one.owner_id, 0) for one in some) <= most
    assert all(money.get(one.owner_id, 0) <= one.available for one in gifts)
