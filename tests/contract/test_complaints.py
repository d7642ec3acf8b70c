"""Complaints of other systems' users about orders, refunds, balances, limits and stacking: each is a test with its number.

The numbers are those of the list of complaints that the product was designed with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from tests.contract.chains import Reply
from tests.contract.test_refunds_api import PERCENT_BACK, A, B, execute_in, expire, order, promote, refund
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+49 151 11111111")


def cancel(shop: OrderShop, order: dict[str, Any]) -> Reply:
    return shop.caller.post(f"/orders/{order['id']}/cancel")


def pay_with(amount: str, balance: str = "bonus") -> dict[str, Any]:
    return {"spend": [{"balance_type": balance, "amount": amount}]}


# A. Refund, cancel, return


def test_complaint_01_buying_earning_and_refunding_leaves_no_points(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    for _ in range(3):
        cancel(shop, order(shop, card))
    assert shop.balance(card) == 0


def test_complaint_02_a_refund_of_an_order_paid_with_points_does_not_take_them_again(
    shop: OrderShop, card: CardView
) -> None:
    shop.counter.adjust(card, "50.00", balance_type="bonus")
    bought = order(shop, card, **pay_with("50.00"))
    back = cancel(shop, bought).body
    assert (back["money_back"], shop.balance(card)) == ("0.00", 5000)


def test_complaint_03_a_partial_refund_does_not_take_the_price_of_a_reward_again(
    shop: OrderShop, card: CardView
) -> None:
    shop.counter.adjust(card, "30.00", balance_type="bonus")
    promote(
        shop,
        benefits=[{"kind": "percent_off_order", "percent": "10"}],
        cost={"balance_type": "ext:bonus", "amount": "30.00"},
    )
    bought = order(shop, card)
    assert shop.balance(card) == 0
    refund(shop, bought, {"lines": [{"index": 0}]})
    assert shop.balance(card) == 600


def test_complaint_04_returned_goods_do_not_hide_a_reward_that_is_deserved(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "buy_get", "buy": 2, "get": 1, "percent": "100"}])
    bought = order(shop, card, {**A, "quantity": "4"})
    assert bought["discount_total"] == "10.00"
    assert refund(shop, bought, {"lines": [{"index": 0, "quantity": "1"}]}).body["money_back"] == "10.00"
    assert order(shop, card, {**A, "quantity": "3"})["discount_total"] == "10.00"


def test_complaint_05_a_free_product_earns_nothing(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "cheapest_off", "units": 1, "percent": "100"}])
    promote(shop, **PERCENT_BACK)
    assert order(shop, card)["earn"][0]["amount"] == "4.00"


def test_complaint_06_points_are_reckoned_on_what_is_paid(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "percent_off_order", "percent": "50"}])
    promote(shop, **PERCENT_BACK)
    assert order(shop, card)["earn"][0]["amount"] == "2.50"


def test_complaint_07_a_return_takes_earned_points_back(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    refund(shop, order(shop, card), {"lines": [{"index": 0}]})
    assert shop.balance(card) == 400


def test_complaint_08_a_return_gives_the_price_of_the_reward_back(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "5.00", balance_type="bonus")
    promote(
        shop,
        benefits=[{"kind": "amount_off_order", "amount": "5.00"}],
        cost={"balance_type": "ext:bonus", "amount": "5.00"},
    )
    cancel(shop, order(shop, card))
    assert shop.balance(card) == 500


def test_complaint_09_a_refund_says_what_it_took_and_what_it_could_not(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    first = order(shop, card)
    order(shop, card, A, **pay_with("5.00"))
    back = cancel(shop, first).body
    assert back["taken_back"][0]["owed"] == "4.50"
    assert back.keys() == {"money_back", "taken_back", "returned", "not_recovered", "kept_rewards", "given_back"}


def test_complaint_10_points_return_when_an_order_is_refunded(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    bought = order(shop, card, **pay_with("10.00"))
    refund(shop, bought, {"lines": [{"index": 0}, {"index": 1}]})
    assert shop.balance(card) == 1000


def test_complaint_11_a_discount_on_the_order_lies_on_its_lines_to_the_cent(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "amount_off_order", "amount": "10.00"}])
    lines = [{"sku": name, "price": "3.33", "quantity": "1"} for name in "abcdefg"]
    bought = order(shop, card, *lines)
    assert sum(Decimal(one["discount"]) for one in bought["lines"]) == Decimal("10.00")
    assert sum(Decimal(one["total"]) for one in bought["lines"]) == Decimal(bought["total"])


# B. Balance, ledger, expiry


def test_complaint_12_a_discount_that_costs_points_takes_them(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "5.00", balance_type="bonus")
    promote(
        shop,
        benefits=[{"kind": "amount_off_order", "amount": "5.00"}],
        cost={"balance_type": "ext:bonus", "amount": "5.00"},
    )
    assert order(shop, card)["discount_total"] == "5.00"
    assert shop.balance(card) == 0
    assert order(shop, card)["discount_total"] == "0.00"


def test_complaint_13_what_expires_is_only_what_was_not_spent(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    shop.counter.adjust(card, "5.00", balance_type="bonus")
    execute_in(shop, "UPDATE lots SET expires_at = now() + interval '1 hour' WHERE amount = 1000", [])
    order(shop, card, **pay_with("8.00"))
    execute_in(shop, "UPDATE lots SET expires_at = clock_timestamp() - interval '1 hour' WHERE amount = 1000", [])
    expire(shop)
    assert shop.balance(card) == 500


def test_complaint_15_what_expires_soonest_is_spent_first(shop: OrderShop, card: CardView) -> None:
    for amount in ("1.00", "2.00", "3.00"):
        shop.counter.adjust(card, amount, balance_type="bonus")
    execute_in(shop, "UPDATE lots SET expires_at = now() + interval '1 day' WHERE amount = 300", [])
    execute_in(shop, "UPDATE lots SET expires_at = now() + interval '2 days' WHERE amount = 200", [])
    order(shop, card, **pay_with("4.00"))
    left = shop.counter.read("SELECT amount, remaining FROM lots WHERE card_id = %s ORDER BY amount", [card.id])
    assert left == [(100, 100), (200, 100), (300, 0)]


def test_complaint_19_money_adds_up_over_visits(shop: OrderShop, card: CardView) -> None:
    promote(
        shop,
        earnings=[{"kind": "per_money", "balance_type": "ext:stamps", "units": 1, "per": "50.00", "carries": True}],
    )
    order(shop, card, {**A, "price": "30.00"})
    assert shop.balance(card, "stamps") == 0
    order(shop, card, {**A, "price": "20.00"})
    assert shop.balance(card, "stamps") == 1


def test_complaint_20_open_orders_take_points_as_paid_ones_do(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    opened = order(shop, card, state="open", **pay_with("10.00"))
    assert shop.caller.post(f"/orders/{opened['id']}/pay").status == 200
    assert shop.balance(card) == 0
    cancel(shop, opened)
    assert shop.balance(card) == 1000


# D. Concurrency, retries


def test_complaint_31_sending_an_order_again_uses_a_limit_once(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "amount_off_order", "amount": "5.00"}], limits={"per_customer": 1})
    body = {"card": encode("crd", card.id), "lines": [A, B], "external_id": "till-1"}
    first, again = shop.record(body, key="one"), shop.record(body, key="one")
    named = shop.record(body, key="two")
    assert first.body == again.body == named.body
    assert order(shop, card)["discount_total"] == "0.00"


def test_complaint_33_sending_offline_orders_again_earns_once(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    body = {"card": encode("crd", card.id), "lines": [A, B], "external_id": "till-7.0042"}
    for key in ("first", "second", "third"):
        assert shop.record(body, key=key).status in (200, 201)
    assert shop.balance(card) == 500


# E. Rules and stacking


def test_complaint_36_a_chosen_number_of_points_pays(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "20.00", balance_type="bonus")
    assert order(shop, card, **pay_with("7.31"))["to_pay"] == "42.69"
    assert shop.balance(card) == 1269


def test_complaint_40_buy_x_get_y_takes_nothing_where_y_is_not_there(shop: OrderShop, card: CardView) -> None:
    promote(
        shop,
        benefits=[
            {
                "kind": "buy_get",
                "buy": 1,
                "get": 1,
                "percent": "100",
                "buy_products": {"skus": ["a"]},
                "get_products": {"skus": ["y"]},
            }
        ],
    )
    assert order(shop, card)["total"] == "50.00"


def test_complaint_41_two_promotions_never_make_a_total_negative(shop: OrderShop, card: CardView) -> None:
    for _ in range(2):
        promote(shop, benefits=[{"kind": "amount_off_order", "amount": "40.00"}])
    bought = order(shop, card)
    assert (bought["total"], bought["discount_total"]) == ("0.00", "50.00")
    assert cancel(shop, bought).body["money_back"] == "0.00"


def test_complaint_42_one_excluded_product_does_not_block_the_others(shop: OrderShop, card: CardView) -> None:
    promote(shop, codes=["TEN"], benefits=[{"kind": "percent_off_order", "percent": "10"}])
    bought = order(shop, card, A, {**B, "excluded": True}, codes=["ten"])
    assert [one["discount"] for one in bought["lines"]] == ["1.00", "0.00"]


def test_complaint_43_a_percentage_is_taken_of_what_is_left(shop: OrderShop, card: CardView) -> None:
    for _ in range(2):
        promote(shop, benefits=[{"kind": "percent_off_order", "percent": "10"}])
    assert order(shop, card)["total"] == "40.50"


def test_complaint_44_a_discount_for_each_piece_is_given_for_each_piece(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "amount_off_unit", "amount": "1.00"}])
    assert order(shop, card)["discount_total"] == "3.00"


# F. Operations and support


def test_complaint_45_orders_that_used_a_code_are_found(shop: OrderShop, card: CardView) -> None:
    promotion = promote(shop, codes=["AUTUMN"], benefits=[{"kind": "percent_off_order", "percent": "10"}])
    used = order(shop, card, codes=["autumn"])
    order(shop, card)
    found = shop.caller.get(f"/orders?promotion={promotion}").body["items"]
    assert [one["id"] for one in found] == [used["id"]]


def test_complaint_47_a_code_is_added_to_an_open_order(shop: OrderShop, card: CardView) -> None:
    promote(shop, codes=["AUTUMN"], benefits=[{"kind": "percent_off_order", "percent": "10"}])
    opened = order(shop, card, state="open")
    changed = shop.caller.patch(f"/orders/{opened['id']}", {"codes": ["autumn"]})
    assert (changed.status, changed.body["total"]) == (200, "45.00")


def test_complaint_48_a_guest_uses_a_code_without_an_address(shop: OrderShop) -> None:
    promote(shop, codes=["AUTUMN"], benefits=[{"kind": "percent_off_order", "percent": "10"}])
    assert shop.record({"lines": [A, B], "codes": ["autumn"]}).body["total"] == "45.00"


def test_complaint_49_a_limit_for_each_person_does_not_end_a_promotion_for_others(
    shop: OrderShop, card: CardView
) -> None:
    promote(shop, benefits=[{"kind": "amount_off_order", "amount": "5.00"}], limits={"per_customer": 1})
    assert order(shop, card)["discount_total"] == "5.00"
    assert order(shop, card)["discount_total"] == "0.00"
    assert order(shop, shop.counter.issue("+49 151 22222222"))["discount_total"] == "5.00"
