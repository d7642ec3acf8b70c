"""Orders over HTTP (ORD-1, ORD-2, ORD-3): quote, record, read; earning, discounts, spending; what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from regulars.kernel.ids import encode, new_id
from tests.order_kit import CAKE, LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def test_an_order_earns_and_says_why(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(TEN_OFF, back())
    reply = shop.record(shop.order(card=encode("crd", card.id), external_id="till-1"))
    assert reply.status == 201, reply.body
    # 3.90 + 2 × 4.05 = 12.00; 10 % off; 5 % of 10.80 is 0.54.
    assert reply.body["total_before"] == "12.00"
    assert reply.body["discount_total"] == "1.20"
    assert reply.body["total"] == "10.80"
    assert [one["amount"] for one in reply.body["earn"]] == ["0.54"]
    assert len(reply.body["transactions"]) == 1
    assert shop.balance(card) == 54
    assert [one["applied"] for one in reply.body["promotions"]] == [True, True]
    assert "10% of 12.00 EUR is 1.20 EUR." in reply.body["promotions"][0]["explanation"]
    again = shop.caller.get(f"/orders/{reply.body['id']}")
    assert again.body == reply.body
    assert shop.caller.get("/orders/ext:till-1").body == reply.body
    assert shop.caller.get(f"/orders?card={encode('crd', card.id)}").body["items"] == [reply.body]


def test_a_quote_says_the_same_and_stores_nothing(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(TEN_OFF, back())
    body = shop.order(card=encode("crd", card.id))
    quoted = shop.quote(body)
    assert quoted.status == 200, quoted.body
    assert shop.caller.get("/orders").body["items"] == []
    assert shop.balance(card) == 0
    recorded = shop.record(body)
    same = ("total", "total_before", "discount_total", "lines", "spendable", "promotions", "tax", "to_pay")
    assert {name: quoted.body[name] for name in same} == {name: recorded.body[name] for name in same}
    assert [one["amount"] for one in quoted.body["earn"]] == [one["amount"] for one in recorded.body["earn"]]


def test_without_a_card_nothing_is_earned_and_the_order_is_kept(shop: OrderShop) -> None:
    shop.run(TEN_OFF, back())
    reply = shop.record(shop.order())
    assert reply.status == 201
    assert reply.body["total"] == "10.80"
    assert reply.body["earn"] == []
    assert reply.body["promotions"][1]["reason"] == "no_card"


def test_an_unknown_phone_makes_the_customer(shop: OrderShop) -> None:
    shop.run(back())
    reply = shop.record(shop.order(phone="0151 22222222"))
    assert reply.status == 201, reply.body
    assert reply.body["customer"]
    assert shop.caller.get("/customers?phone=%2B4915122222222").body["items"][0]["id"] == reply.body["customer"]
    card = shop.counter.issue("+49 151 22222222")
    again = shop.record(shop.order(phone="0151 22222222"))
    assert again.body["customer"] == reply.body["customer"]
    assert shop.balance(card) == 60


def test_an_unclaimed_card_of_the_phone_earns_and_becomes_theirs(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 22222222")
    shop.run(back())
    reply = shop.record(shop.order(phone="0151 22222222"))
    assert reply.status == 201, reply.body
    assert shop.balance(card) == 60
    assert shop.caller.get(f"/cards/{encode('crd', card.id)}").body["customer"]["id"] == reply.body["customer"]


def test_points_pay_first_and_what_they_pay_earns_nothing(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    shop.counter.adjust(card, "4", balance_type="deposit")
    shop.run(back("10"))
    body = shop.order(
        card=encode("crd", card.id),
        spend=[{"balance_type": "deposit", "amount": "max"}, {"balance_type": "bonus", "amount": "2.00"}],
    )
    reply = shop.record(body)
    assert reply.status == 201, reply.body
    assert [(one["balance_type"], one["amount"], one["money"]) for one in reply.body["spend"]] == [
        ("bonus", "2.00", "2.00"),
        ("deposit", "4.00", "4.00"),
    ]
    assert reply.body["to_pay"] == "6.00"
    # 10 % of 12.00 less the 2.00 that points paid; what the deposit paid earns like cash.
    assert [one["amount"] for one in reply.body["earn"]] == ["1.00"]
    assert shop.balance(card) == 500 - 200 + 100
    assert shop.balance(card, "deposit") == 0
    assert [(one["balance_type"], one["max"]) for one in reply.body["spendable"]] == [
        ("bonus", "5.00"),
        ("deposit", "4.00"),
    ]


def test_more_than_there_is_cannot_be_spent(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    body = shop.order(card=encode("crd", card.id), spend=[{"balance_type": "bonus", "amount": "5.01"}])
    reply = shop.record(body)
    assert (reply.status, reply.code, reply.body["available"]) == (409, "insufficient_balance", "5.00")
    assert shop.quote(body).code == "insufficient_balance"
    shop.counter.adjust(card, "50", balance_type="bonus")
    reply = shop.record({**body, "spend": [{"balance_type": "bonus", "amount": "12.01"}]})
    assert (reply.status, reply.code, reply.body["max"]) == (409, "spend_limit", "12.00")
    assert shop.record({**body, "spend": [{"balance_type": "bonus", "amount": "max"}]}).body["to_pay"] == "0.00"
    assert shop.balance(card) == 5500 - 1200


def test_the_same_external_id_gives_the_first_answer_and_another_content_is_refused(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back())
    body = shop.order(card=encode("crd", card.id), external_id="till-7.0042")
    first = shop.record(body)
    second = shop.record(body)
    assert second.status == 201
    assert second.body == first.body
    other = shop.record({**body, "tips": "1.00"})
    assert (other.status, other.code, other.body["order"]) == (409, "external_id_taken", first.body["id"])
    assert shop.balance(card) == 60
    with_key = shop.record({**body, "external_id": "x"}, key="k-1")
    replayed = shop.record({**body, "external_id": "x"}, key="k-1")
    assert replayed.body == with_key.body
    assert replayed.headers["Idempotent-Replay"] == "true"
    assert shop.balance(card) == 120


def test_an_expected_total_that_no_longer_holds_is_refused_with_what_changed(shop: OrderShop) -> None:
    running = shop.run(TEN_OFF)
    quoted = shop.quote(shop.order())
    shop.pause(*running)
    reply = shop.record(shop.order(expected_total=quoted.body["total"]))
    assert (reply.status, reply.code) == (409, "total_changed")
    assert (reply.body["expected"], reply.body["total"]) == ("10.80", "12.00")
    assert shop.record(shop.order(expected_total="12")).status == 201
    shop.run(TEN_OFF)
    reply = shop.record(shop.order(expected_total="12"))
    assert [one["discount"] for one in reply.body["changes"]] == ["1.20"]


def test_several_promotions_earn_on_one_account(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(
        back(),
        {
            "earnings": [
                {"kind": "per_order", "balance_type": "ext:bonus", "units": "1.00"},
                {"kind": "per_order", "balance_type": "ext:stamps", "units": "1"},
            ]
        },
        {
            "earnings": [{"kind": "per_order", "balance_type": "ext:bonus", "units": "0.07"}],
            "conditions": [{"kind": "minimum_amount", "amount": "1000.00"}],
        },
    )
    reply = shop.record(shop.order(card=encode("crd", card.id)))
    assert reply.status == 201, reply.body
    assert shop.balance(card) == 160
    assert shop.balance(card, "stamps") == 1
    assert len(reply.body["transactions"]) == 2
    assert reply.body["promotions"][2]["reason"] == "minimum_amount"


BAD = [
    ({"lines": [{**LATTE, "price": "-1"}]}, "/lines/0/price", "negative"),
    ({"lines": [{**LATTE, "price": "1.005"}]}, "/lines/0/price", "too_many_decimals"),
    ({"lines": [{**LATTE, "price": "1e3"}]}, "/lines/0/price", "not_a_number"),
    ({"lines": [{**LATTE, "price": "99999999999999999999"}]}, "/lines/0/price", "out_of_range"),
    ({"lines": [{**LATTE, "quantity": "0"}]}, "/lines/0/quantity", "out_of_range"),
    ({"lines": [{**LATTE, "quantity": "-1"}]}, "/lines/0/quantity", "negative"),
    ({"lines": [{**LATTE, "quantity": "0.0001"}]}, "/lines/0/quantity", "too_many_decimals"),
    ({"lines": [{**LATTE, "quantity": "1000001"}]}, "/lines/0/quantity", "out_of_range"),
    ({"lines": [{**LATTE, "discount": "4.00"}]}, "/lines/0/discount", "above_price"),
    ({"lines": [{"sku": "latte"}]}, "/lines/0/price", "required"),
    ({"lines": [{**LATTE, "tax_percent": "101"}]}, "/lines/0/tax_percent", "out_of_range"),
    ({"lines": [{**LATTE, "kind": "ghost"}]}, "/lines/0/kind", "unknown_value"),
    ({"lines": [{**LATTE, "colour": "red"}]}, "/lines/0/colour", "unknown_field"),
    ({"lines": [LATTE] * 10_000}, "/lines", "too_many"),
    ({"lines": []}, "/lines", "required"),
    ({"currency": "USD"}, "/currency", "other_currency"),
    ({"shipping": "-1"}, "/shipping", "negative"),
    ({"tips": "0.001"}, "/tips", "too_many_decimals"),
    ({"at": "2099-01-01T00:00:00Z"}, "/at", "in_future"),
    ({"at": "2026-11-22T09:30:00"}, "/at", "invalid_time"),
    ({"state": "refunded"}, "/state", "unknown_value"),
    ({"phone": "abc"}, "/phone", "invalid_phone"),
    ({"phone": "0151 22222222", "card": "crd_1"}, "/phone", "too_many"),
    ({"card": "crd_1"}, "/card", "unknown_card"),
    ({"customer": "cus_1"}, "/customer", "unknown_customer"),
    ({"location": "ext:moon"}, "/location", "unknown_location"),
    ({"spend": [{"balance_type": "miles", "amount": "1"}]}, "/spend/0/balance_type", "unknown_balance"),
    ({"spend": [{"balance_type": "stamps", "amount": "1"}]}, "/spend/0/balance_type", "not_spendable"),
    ({"spend": [{"balance_type": "bonus", "amount": "-1"}]}, "/spend/0/amount", "negative"),
    ({"expected_total": "1.001"}, "/expected_total", "too_many_decimals"),
    ({"referred_by": "cus_1"}, "/referred_by", "unknown_customer"),
    ({"colour": "red"}, "/colour", "unknown_field"),
]


@pytest.mark.parametrize(("more", "pointer", "code"), BAD, ids=[f"{one[1]} {one[2]}" for one in BAD])
def test_what_cannot_be_understood_is_told_field_by_field(
    shop: OrderShop, more: dict[str, Any], pointer: str, code: str
) -> None:
    for reply in (shop.record(shop.order(**more) | more), shop.quote(shop.order() | more)):
        if pointer == "/referred_by" and reply.status == 200:
            continue  # A quote asks nobody who invited whom.
        assert reply.status == 422, reply.body
        assert reply.codes_at()[pointer] == code
    assert shop.caller.get("/orders").body["items"] == []


def test_cards_and_customers_that_are_not_there_are_not_found(shop: OrderShop) -> None:
    for more in ({"card": encode("crd", new_id())}, {"customer": encode("cus", new_id())}, {"customer": "ext:nobody"}):
        assert shop.record(shop.order(**more)).status == 404
        assert shop.quote(shop.order(**more)).status == 404


def test_the_lines_add_up_to_the_order(shop: OrderShop) -> None:
    shop.run({"benefits": [{"kind": "percent_off_order", "percent": "7.5"}]})
    lines = [{**CAKE, "discount": "0.10", "tax_percent": "19"}, {**LATTE, "quantity": "0.333", "tax_percent": "7"}]
    body = shop.record(shop.order(*lines, shipping="2.00", tips="0.50")).body
    total = sum(Decimal(line["total"]) for line in body["lines"])
    assert Decimal(body["total"]) == total + Decimal(body["shipping"]) + Decimal(body["tips"])
    assert Decimal(body["total_before"]) - Decimal(body["discount_total"]) == Decimal(body["total"])
    assert sum(Decimal(line["discount"]) for line in body["lines"]) == Decimal(body["discount_total"])
    assert sum(Decimal(line["tax"]) for line in body["lines"]) == Decimal(body["tax"])


def test_a_line_takes_from_its_product_what_it_leaves_out(shop: OrderShop) -> None:
    made = shop.caller.post("/products", {"sku": "latte", "name": "Latte", "category": "coffee", "price": "3.90"})
    assert made.status == 201, made.body
    shop.run({"benefits": [{"kind": "percent_off_lines", "percent": "10"}], "products": {"categories": ["coffee"]}})
    for ask in (shop.quote, shop.record):
        line = ask({"lines": [{"sku": "latte", "quantity": "2"}]}).body["lines"][0]
        assert (line["name"], line["category"], line["price"], line["total"]) == ("Latte", "coffee", "3.90", "7.02")
    own = shop.record({"lines": [{"sku": "latte", "price": "4.00", "category": "hot"}]}).body["lines"][0]
    assert (own["price"], own["category"], own["total"]) == ("4.00", "hot", "4.00")
    # What a till cannot know holds even where it says all that it knows.
    shop.caller.post(
        "/products", {"sku": "gift", "name": "Gift card", "category": "coffee", "price": "25", "excluded": True}
    )
    told = {
        "lines": [{"sku": "gift", "name": "Gift", "price": "25", "category": "coffee", "tags": [], "kind": "goods"}]
    }
    assert shop.record(told).body["lines"][0]["total"] == "25.00"
    unknown = shop.record({"lines": [{"sku": "mystery"}]})
    assert unknown.codes_at() == {"/lines/0/price": "required"}
