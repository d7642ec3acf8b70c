"""What points may pay, by the limits of their card type (TYP-3, ORD-6)."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.kernel.ids import encode
from tests.order_kit import CAKE, LATTE, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db

HAIRCUT = {"name": "Haircut", "category": "hair", "kind": "service", "price": "30.00"}


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def limit(shop: OrderShop, **limits: Any) -> None:
    card_type = encode("ctp", shop.counter.card_type.id)
    reply = shop.caller.patch(f"/card-types/{card_type}", {"spend_limits": limits})
    assert reply.status == 200, reply.body


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({}, "42.00"),
        ({"percent": "50"}, "21.00"),
        ({"percent": "33.33"}, "13.99"),
        ({"amount": "5"}, "5.00"),
        ({"percent": "50", "amount": "100.00"}, "21.00"),
        ({"minimum_order": "42.00"}, "42.00"),
        ({"minimum_order": "42.01"}, None),
        ({"goods": "none"}, "30.00"),
        ({"services": "none"}, "12.00"),
        ({"goods": ["coffee"], "services": "none"}, "3.90"),
        ({"goods": ["tea"], "services": "none"}, None),
        ({"services": ["hair"], "goods": "none", "percent": "50"}, "21.00"),
        ({"block": "5"}, "40.00"),
        ({"block": 5, "percent": "50"}, "20.00"),
        ({"block": 1}, "42.00"),
        ({"block": "43"}, None),
    ],
)
def test_points_pay_what_the_card_type_lets_them(shop: OrderShop, limits: dict[str, Any], most: str | None) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "1000", balance_type="bonus")
    limit(shop, **limits)
    body = shop.order(LATTE, CAKE, HAIRCUT, card=encode("crd", card.id))
    spendable = {one["balance_type"]: one["max"] for one in shop.quote(body).body["spendable"]}
    assert spendable.get("bonus") == most
    spent = shop.record({**body, "spend": [{"balance_type": "bonus", "amount": "max"}]})
    assert spent.status == 201, spent.body
    assert [one["amount"] for one in spent.body["spend"]] == ([most] if most else [])


def test_several_cards_pay_one_after_another(db: None) -> None:
    shop = open_order_shop(several=True)
    first, second = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(first, "3", balance_type="bonus")
    shop.counter.adjust(second, "5", balance_type="bonus")
    body = shop.order(phone="0151 11111111", spend=[{"balance_type": "bonus", "amount": "6.50"}])
    reply = shop.record(body)
    assert reply.status == 201, reply.body
    # The fuller one first (CRD-2), the other on what remains.
    assert [(one["card"], one["amount"]) for one in reply.body["spend"]] == [
        (encode("crd", second.id), "5.00"),
        (encode("crd", first.id), "1.50"),
    ]
    assert (shop.balance(first), shop.balance(second)) == (150, 0)


def test_an_order_by_phone_earns_on_the_fullest_card(db: None) -> None:
    shop = open_order_shop(several=True)
    first, second = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    shop.record(shop.order(LATTE, phone="0151 11111111"))
    assert (shop.balance(first), shop.balance(second)) == (0, 39)
    shop.counter.adjust(first, "3", balance_type="bonus")
    shop.record(shop.order(LATTE, phone="0151 11111111"))
    assert (shop.balance(first), shop.balance(second)) == (339, 39)


def test_points_of_an_odd_value_are_rounded_once(db: None) -> None:
    from decimal import Decimal

    from regulars.programs.rules import BalanceTypeDraft

    third = Decimal("0.33")
    shop = open_order_shop(BalanceTypeDraft(name="Beans", kind="points", external_id="beans", money_per_unit=third))
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "100", balance_type="beans")
    body = shop.order(LATTE, card=encode("crd", card.id), spend=[{"balance_type": "beans", "amount": "max"}])
    reply = shop.record(body)
    # 11 beans are 3.63, 12 would be 3.96.
    assert [(one["amount"], one["money"]) for one in reply.body["spend"]] == [("11", "3.63")]
    assert reply.body["to_pay"] == "0.27"


@pytest.mark.parametrize(
    ("limits", "pointer", "code"),
    [
        ({"percent": "101"}, "/spend_limits/percent", "out_of_range"),
        ({"percent": "-1"}, "/spend_limits/percent", "out_of_range"),
        ({"percent": "1.005"}, "/spend_limits/percent", "too_many_decimals"),
        ({"amount": "-5"}, "/spend_limits/amount", "out_of_range"),
        ({"minimum_order": "1.001"}, "/spend_limits/minimum_order", "too_many_decimals"),
        ({"block": "0"}, "/spend_limits/block", "out_of_range"),
        ({"block": "2.5"}, "/spend_limits/block", "out_of_range"),
        ({"block": 1_000_001}, "/spend_limits/block", "out_of_range"),
        ({"goods": []}, "/spend_limits/goods", "required"),
        ({"colour": "red"}, "/spend_limits/colour", "unknown_field"),
    ],
)
def test_limits_that_mean_nothing_are_refused(shop: OrderShop, limits: dict[str, Any], pointer: str, code: str) -> None:
    card_type = encode("ctp", shop.counter.card_type.id)
    reply = shop.caller.patch(f"/card-types/{card_type}", {"spend_limits": limits})
    assert reply.status == 422
    assert reply.codes_at()[pointer] == code


def test_a_card_that_nobody_holds_earns_and_does_not_pay(shop: OrderShop) -> None:
    card_type = encode("ctp", shop.counter.card_type.id)
    made = shop.caller.post("/card-batches", {"card_type": card_type, "numbers": ["1234567890"]})
    assert made.status < 300, made.body
    blank = shop.caller.get("/cards?number=1234567890").body["items"][0]["id"]
    shop.run(back("10"))
    assert [one["amount"] for one in shop.record(shop.order(card=blank)).body["earn"]] == ["1.20"]
    spend = [{"balance_type": "bonus", "amount": "1.00"}]
    refused = shop.record(shop.order(card=blank, spend=spend))
    assert (refused.status, refused.code) == (409, "no_card")
    named = shop.record(shop.order(card=blank, spend=[{**spend[0], "card": blank}]))
    assert (named.status, named.code) == (409, "card_not_assigned")


def test_a_card_that_is_blocked_or_not_valid_here_takes_no_part(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    identifier = encode("crd", card.id)
    shop.run(back("10"))
    shop.caller.post(f"/cards/{identifier}/block", {"reason": "lost"})
    refused = shop.record(shop.order(card=identifier))
    assert (refused.status, refused.code) == (409, "card_not_active")
    by_phone = shop.record(shop.order(phone="0151 11111111"))
    assert (by_phone.status, by_phone.body["earn"]) == (201, [])
    shop.caller.post(f"/cards/{identifier}/unblock", {})
    other = shop.caller.post("/locations", {"name": "Nord", "external_id": "nord", "time_zone": "Europe/Berlin"})
    assert other.status == 201, other.body
    card_type = encode("ctp", shop.counter.card_type.id)
    limited = shop.caller.patch(f"/card-types/{card_type}", {"locations": ["ext:nord"]})
    assert limited.status == 200, limited.body
    assert shop.record(shop.order(card=identifier, location="ext:nord")).status == 201
    here = encode("loc", shop.counter.shop.location_id)
    refused = shop.record(shop.order(card=identifier, location=here))
    assert (refused.status, refused.code, refused.body["places"]) == (409, "not_valid_here", "Nord")


def test_points_go_in_blocks_from_each_card_and_a_number_between_is_refused(db: None) -> None:
    shop = open_order_shop(several=True)
    first, second = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(first, "7", balance_type="bonus")
    shop.counter.adjust(second, "4", balance_type="bonus")
    limit(shop, block=3)
    read = shop.caller.get(f"/card-types/{encode('ctp', shop.counter.card_type.id)}").body["spend_limits"]
    assert read["block"] == 3
    body = shop.order(HAIRCUT, phone="+49 151 11111111")
    refused = shop.record({**body, "spend": [{"balance_type": "bonus", "amount": "5"}]})
    assert (refused.status, refused.code, refused.body["max"]) == (409, "spend_limit", "3.00")
    spent = shop.record({**body, "spend": [{"balance_type": "bonus", "amount": "max"}]}).body
    assert sorted(one["amount"] for one in spent["spend"]) == ["3.00", "6.00"]
    assert (spent["to_pay"], shop.balance(first), shop.balance(second)) == ("21.00", 100, 100)
    # A refund gives back what it owes, in blocks or not.
    back = shop.caller.post(f"/orders/{spent['id']}/refunds", {"amount": "15.00"}).body
    assert sum(float(one["amount"]) for one in back["returned"]) == 4.5
