"""Refunds over HTTP, whatever happened to the card, its points, the program and the promotion meanwhile (LED-4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from tests.contract.test_refunds_api import PERCENT_BACK, A, execute_in, expire, order, promote, refund
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+49 151 11111111")


def card_path(card: CardView, verb: str = "") -> str:
    return f"/cards/{encode('crd', card.id)}{verb}"


@pytest.mark.parametrize("verb", ["block", "replace"])
def test_a_blocked_or_replaced_card_is_refunded_as_any_other(shop: OrderShop, card: CardView, verb: str) -> None:
    promote(shop, **PERCENT_BACK)
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "10.00"}])
    assert shop.caller.post(card_path(card, f"/{verb}"), {"reason": "lost"}).status in (200, 201)
    back = shop.caller.post(f"/orders/{bought['id']}/cancel").body
    assert (back["money_back"], back["returned"][0]["amount"]) == ("40.00", "10.00")
    assert back["not_recovered"] == []
    assert shop.balance(card) == 1000


def test_of_a_deleted_card_nothing_is_taken_and_its_points_do_not_return(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "10.00"}])
    deleted = shop.caller.delete(card_path(card) + "?write_off=true")
    assert deleted.status in (200, 204), deleted.body
    back = shop.caller.post(f"/orders/{bought['id']}/cancel").body
    assert (back["money_back"], back["returned"], back["taken_back"]) == ("40.00", [], [])
    assert {(one["kind"], one["amount"], one["reason"]) for one in back["not_recovered"]} == {
        ("earn", "4.00", "card_deleted"),
        ("spend", "10.00", "card_deleted"),
    }


def test_a_deposit_of_a_deleted_card_goes_back_as_money(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "30.00", balance_type="deposit")
    bought = order(shop, card, spend=[{"balance_type": "deposit", "amount": "30.00"}])
    assert shop.caller.delete(card_path(card)).status in (200, 204)
    assert shop.caller.post(f"/orders/{bought['id']}/cancel").body["money_back"] == "50.00"


def test_a_paused_program_still_takes_back(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    bought = order(shop, card)
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"state": "paused"}).status == 200
    assert shop.caller.post(f"/orders/{bought['id']}/cancel").body["taken_back"][0]["amount"] == "5.00"
    assert shop.balance(card) == 0


def test_points_that_expired_unused_are_not_taken_from_others(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    bought = order(shop, card)
    shop.counter.adjust(card, "9.00", balance_type="bonus")
    execute_in(shop, "UPDATE lots SET expires_at = now() - interval '1 day' WHERE amount = 500", [])
    expire(shop)
    assert shop.balance(card) == 900
    back = shop.caller.post(f"/orders/{bought['id']}/cancel").body
    assert back["taken_back"] == []
    assert [(one["amount"], one["reason"]) for one in back["not_recovered"]] == [("5.00", "expired")]
    assert shop.balance(card) == 900


def test_points_return_to_an_expired_lot_for_thirty_more_days(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "20.00", balance_type="bonus")
    bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "20.00"}])
    execute_in(shop, "UPDATE lots SET expires_at = clock_timestamp() WHERE amount = 2000", [])
    first = refund(shop, bought, {"amount": "25.00"}).body
    last = refund(shop, bought, {"amount": "25.00"}).body
    for back in (first, last):
        assert back["returned"][0]["amount"] == "10.00"
        days = datetime.fromisoformat(back["returned"][0]["expires_at"]) - timezone.now()
        assert timedelta(days=29) < days <= timedelta(days=30)
    assert shop.balance(card) == 2000


def test_a_transaction_reversed_by_hand_is_not_taken_back_again(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    bought = order(shop, card)
    reversed_by_hand = shop.caller.post(f"/transactions/{bought['transactions'][0]}/reverse", {"reason": "mistake"})
    assert reversed_by_hand.status == 201, reversed_by_hand.body
    back = shop.caller.post(f"/orders/{bought['id']}/cancel").body
    assert (back["money_back"], back["taken_back"], back["not_recovered"]) == ("50.00", [], [])
    assert shop.balance(card) == 0


def test_a_refund_names_what_it_undoes_in_the_history(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    bought = order(shop, card)
    refund(shop, bought, {"lines": [{"index": 0}]})
    refund(shop, bought, {"lines": [{"index": 1}]})
    history = shop.caller.get(card_path(card, "/transactions")).body["items"]
    assert [(one["kind"], one["amount"], one["reverses"], one["order"]) for one in history] == [
        ("refund", "-4.00", bought["transactions"][0], bought["id"]),
        ("refund", "-1.00", bought["transactions"][0], bought["id"]),
        ("earn", "5.00", None, bought["id"]),
    ]
    explained = shop.caller.get(card_path(card, "/explain?balance_type=bonus")).body
    assert [one["amount"] for one in explained["sentences"]] == ["5.00", "-1.00", "-4.00"]


def test_one_promotion_that_brings_two_balances_takes_both_back(shop: OrderShop, card: CardView) -> None:
    promote(
        shop,
        earnings=[
            {"kind": "percent_back", "balance_type": "ext:bonus", "percent": "10"},
            {"kind": "per_money", "balance_type": "ext:stamps", "units": "1", "per": "10.00"},
        ],
    )
    bought = order(shop, card)
    assert (shop.balance(card), shop.balance(card, "stamps")) == (500, 5)
    refund(shop, bought, {"lines": [{"index": 0}]})
    assert (shop.balance(card), shop.balance(card, "stamps")) == (400, 4)
    shop.caller.post(f"/orders/{bought['id']}/cancel")
    assert (shop.balance(card), shop.balance(card, "stamps")) == (0, 0)


def test_a_use_and_a_budget_are_given_back(shop: OrderShop, card: CardView) -> None:
    promote(
        shop,
        codes=["ONCE"],
        benefits=[{"kind": "amount_off_order", "amount": "10.00"}],
        limits={"total": 1, "per_customer": 1, "discount": "10.00"},
    )
    bought = order(shop, card, codes=["once"])
    assert bought["discount_total"] == "10.00"
    assert order(shop, card, codes=["once"])["discount_total"] == "0.00"
    assert shop.caller.post(f"/orders/{bought['id']}/cancel").body["money_back"] == "40.00"
    assert order(shop, card, codes=["once"])["discount_total"] == "10.00"


def test_a_part_of_a_budget_is_given_back(shop: OrderShop, card: CardView) -> None:
    promote(shop, benefits=[{"kind": "percent_off_order", "percent": "10"}], limits={"discount": "5.00"})
    bought = order(shop, card)
    assert bought["discount_total"] == "5.00"
    assert refund(shop, bought, {"lines": [{"index": 1, "quantity": 1}]}).body["money_back"] == "18.00"
    assert order(shop, card)["discount_total"] == "2.00"


def test_a_limit_that_came_later_counts_the_orders_before_it_and_gets_them_back(
    shop: OrderShop, card: CardView
) -> None:
    promotion = promote(shop, benefits=[{"kind": "percent_off_order", "percent": "10"}])
    before = order(shop, card)
    assert shop.caller.patch(f"/promotions/{promotion}", {"limits": {"total": 1}}).status == 200
    assert shop.caller.post(f"/promotions/{promotion}/publish").status == 200
    assert order(shop, card)["discount_total"] == "0.00"
    shop.caller.post(f"/orders/{before['id']}/cancel")
    assert order(shop, card)["discount_total"] == "5.00"
    assert order(shop, card)["discount_total"] == "0.00"


def test_a_limit_per_customer_that_came_later_gets_nothing_back_for_orders_before_it(
    shop: OrderShop, card: CardView
) -> None:
    promotion = promote(shop, benefits=[{"kind": "percent_off_order", "percent": "10"}])
    before = order(shop, card)
    assert shop.caller.patch(f"/promotions/{promotion}", {"limits": {"per_customer": 1}}).status == 200
    assert shop.caller.post(f"/promotions/{promotion}/publish").status == 200
    assert order(shop, card)["discount_total"] == "5.00"
    shop.caller.post(f"/orders/{before['id']}/cancel")
    assert order(shop, card)["discount_total"] == "0.00"


def test_what_a_customer_may_earn_in_a_day_is_given_back(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK, limits={"earned_per_day": "6.00"})
    bought = order(shop, card)
    assert order(shop, card)["earn"][0]["amount"] == "1.00"
    shop.caller.post(f"/orders/{bought['id']}/cancel")
    assert order(shop, card)["earn"][0]["amount"] == "5.00"


def test_the_carried_rest_follows(shop: OrderShop, card: CardView) -> None:
    promote(
        shop,
        earnings=[{"kind": "per_money", "balance_type": "ext:stamps", "units": 1, "per": "15.00", "carries": True}],
    )
    first = order(shop, card, A)
    order(shop, card, A)
    assert shop.balance(card, "stamps") == 1
    shop.caller.post(f"/orders/{first['id']}/cancel")
    order(shop, card, A)
    assert shop.balance(card, "stamps") == 1


def test_tips_and_shipping_go_back_with_the_last_refund(shop: OrderShop, card: CardView) -> None:
    bought = order(shop, card, shipping="4.90", tips="2.00")
    assert refund(shop, bought, {"lines": [{"index": 1}]}).body["money_back"] == "40.00"
    assert refund(shop, bought, {"lines": [{"index": 0}]}).body["money_back"] == "16.90"


def lots(shop: OrderShop, card: CardView) -> list[tuple[int, int]]:
    """Amount and rest of the lots of a card that hold something."""
    found = shop.counter.read("SELECT amount, remaining FROM lots WHERE card_id = %s AND remaining > 0", [card.id])
    return sorted(found)


def test_what_returns_to_an_emptied_lot_serves_what_is_taken_back(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    shop.counter.adjust(card, "4.00", balance_type="bonus")
    bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "4.00"}])
    shop.counter.adjust(card, "-4.60", balance_type="bonus")
    assert (shop.balance(card), lots(shop, card)) == (0, [])
    back = shop.caller.post(f"/orders/{bought['id']}/cancel").body
    # 4.60 were earned and spent; 4.00 of them are taken from what returns, and only the rest is owed.
    assert back["taken_back"][0] | {"card": ""} == {
        "card": "",
        "balance_type": "bonus",
        "amount": "4.60",
        "owed": "0.60",
    }
    assert (shop.balance(card), lots(shop, card)) == (-60, [])


def test_a_card_that_owes_is_deleted_and_restored_and_owes_again(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    bought = order(shop, card)
    shop.counter.adjust(card, "-5.00", balance_type="bonus")
    shop.caller.post(f"/orders/{bought['id']}/cancel")
    assert shop.balance(card) == -500
    assert shop.caller.delete(card_path(card) + "?write_off=true").status in (200, 204)
    assert shop.balance(card) == 0
    assert shop.caller.post(card_path(card, "/restore")).status == 200
    assert shop.balance(card) == -500
    order(shop, card)
    assert (shop.balance(card), lots(shop, card)) == (0, [])


def test_points_of_a_partly_refunded_order_are_released_when_it_is_completed(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"earn_when": "completed"}).status == 200
    bought = order(shop, card)
    refund(shop, bought, {"lines": [{"index": 0}]})
    read = shop.caller.get(card_path(card)).body["balances"][0]
    assert (read["total"], read["available"], read["pending"]) == ("4.00", "0.00", "4.00")
    done = shop.caller.post(f"/orders/{bought['id']}/complete")
    assert (done.status, done.body["state"]) == (200, "partly_refunded")
    read = shop.caller.get(card_path(card)).body["balances"][0]
    assert (read["available"], read["pending"]) == ("4.00", "0.00")
    assert shop.caller.post(f"/orders/{bought['id']}/complete").code == "order_not_paid"


def test_an_order_of_a_program_that_was_paused_is_paid_and_completed_as_promised(
    shop: OrderShop, card: CardView
) -> None:
    promote(shop, **PERCENT_BACK)
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"earn_when": "completed"}).status == 200
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    opened = order(shop, card, state="open", spend=[{"balance_type": "bonus", "amount": "10.00"}])
    assert shop.caller.patch(f"/programs/{program}", {"state": "paused"}).status == 200
    paid = shop.caller.post(f"/orders/{opened['id']}/pay")
    assert (paid.status, paid.body["to_pay"], paid.body["earn"][0]["amount"]) == (200, "40.00", "4.00")
    assert shop.caller.post(f"/orders/{opened['id']}/complete").status == 200
    read = shop.caller.get(card_path(card)).body["balances"][0]
    assert (read["available"], read["pending"]) == ("4.00", "0.00")


def test_what_an_open_order_had_set_aside_ends_with_its_card(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    opened = order(shop, card, state="open")
    assert shop.caller.delete(card_path(card)).status in (200, 204)
    assert shop.caller.post(f"/orders/{opened['id']}/pay").code == "card_not_active"
    assert shop.balance(card) == 0
    assert shop.caller.post(card_path(card, "/restore")).status == 200
    assert shop.caller.post(f"/orders/{opened['id']}/pay").status == 200
    assert shop.balance(card) == 500


@pytest.mark.parametrize("how", ["refund", "reverse", "restore"])
def test_points_that_return_to_an_expired_lot_live_as_long_as_the_program_says(
    shop: OrderShop, card: CardView, how: str
) -> None:
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"refunds": {"returned_lot_days": 7}}).status == 200
    shop.counter.adjust(card, "20.00", balance_type="bonus")
    bought = {}
    if how == "restore":
        assert shop.caller.delete(card_path(card) + "?write_off=true").status in (200, 204)
    else:
        bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "20.00"}])
    execute_in(shop, "UPDATE lots SET expires_at = clock_timestamp() WHERE amount = 2000", [])
    path = {
        "refund": f"/orders/{bought.get('id')}/cancel",
        "reverse": f"/transactions/{bought.get('transactions', [''])[0]}/reverse",
        "restore": card_path(card, "/restore"),
    }[how]
    assert shop.caller.post(path, {"reason": "mistake"} if how == "reverse" else None).status in (200, 201)
    next_end = shop.caller.get(card_path(card)).body["balances"][0]["expires_next"]
    days = datetime.fromisoformat(next_end["at"]) - timezone.now()
    assert (next_end["amount"], timedelta(days=6) < days <= timedelta(days=7)) == ("20.00", True)
