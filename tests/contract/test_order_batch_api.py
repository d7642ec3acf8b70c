"""Batches of orders over HTTP: one result for each, in their order; the same batch again changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from regulars.kernel.ids import encode
from tests.contract.chains import Reply
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop
from tests.tokens_kit import Tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def send(shop: OrderShop, items: list[Any], *, as_array: bool = False) -> Reply:
    if as_array:
        return shop.caller.send("POST", "/orders/batch", raw=json.dumps(items).encode())
    raw = b"\n".join(json.dumps(item).encode() for item in items)
    return shop.caller.send("POST", "/orders/batch", raw=raw, content_type="application/x-ndjson")


@pytest.mark.parametrize("as_array", [False, True])
def test_every_order_of_a_batch_has_its_result_in_order(shop: OrderShop, as_array: bool) -> None:
    shop.run(TEN_OFF, back("10"))
    cards = [shop.counter.issue(f"+49 151 1111111{number}") for number in range(3)]
    items = [
        shop.order(LATTE, card=encode("crd", cards[number % 3].id), external_id=f"till-{number}") for number in range(9)
    ]
    items.insert(2, shop.order({**LATTE, "price": "-1"}, external_id="bad"))
    items.insert(4, {"colour": "red"})
    items.insert(6, shop.order(LATTE, phone="0151 99999999", external_id="new"))
    items.insert(7, shop.order(LATTE))
    reply = send(shop, items, as_array=as_array)
    assert reply.status == 200, reply.body
    found = reply.body["items"]
    assert [one["status"] for one in found] == [201, 201, 422, 201, 422, 201, 201, 422, 201, 201, 201, 201, 201]
    assert [one.get("external_id") for one in found if one["status"] == 201] == [
        "till-0", "till-1", "till-2", "till-3", "new", "till-4", "till-5", "till-6", "till-7", "till-8",
    ]  # fmt: skip
    assert found[2]["errors"][0]["pointer"] == "/lines/0/price"
    assert found[7]["errors"][0]["pointer"] == "/external_id"
    assert [shop.balance(card) for card in cards] == [105, 105, 105]
    again = send(shop, items, as_array=as_array)
    assert [one.get("id") for one in again.body["items"]] == [one.get("id") for one in found]
    assert [shop.balance(card) for card in cards] == [105, 105, 105]


def test_orders_of_one_buyer_follow_each_other(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run({**TEN_OFF, "conditions": [{"kind": "nth_order", "number": 3}]}, back("10"))
    items = [shop.order(LATTE, card=encode("crd", card.id), external_id=f"till-{number}") for number in range(4)]
    found = send(shop, items).body["items"]
    assert [one["discount_total"] for one in found] == ["0.00", "0.00", "0.39", "0.00"]


def test_an_order_of_nobody_that_a_card_pays_is_none_of_its_holder(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    shop.run({**TEN_OFF, "conditions": [{"kind": "nth_order", "number": 1}]})
    pays = [{"balance_type": "bonus", "amount": "1.00", "card": encode("crd", card.id)}]
    items = [
        shop.order(LATTE, spend=pays, external_id="till-1"),
        shop.order(LATTE, card=encode("crd", card.id), external_id="till-2"),
    ]
    found = send(shop, items).body["items"]
    assert [one["status"] for one in found] == [201, 201]
    assert found[1]["discount_total"] == "0.39"


@pytest.mark.parametrize("kind", ["voucher", "gift card"])
def test_orders_of_one_buyer_follow_each_other_where_one_is_recorded_alone(shop: OrderShop, kind: str) -> None:
    card = shop.counter.issue("+49 151 11111111")
    tokens = Tokens(shop.chain_id)
    known: dict[str, dict[str, Any]] = {
        "voucher": {"codes": [tokens.voucher({"amount": "1.00"}).code]},
        "gift card": {"spend": [{"code": tokens.gift_card(500).code, "amount": "1.00"}]},
    }
    brings = known[kind]
    shop.run({**TEN_OFF, "conditions": [{"kind": "nth_order", "number": 3}]})
    items = [
        shop.order(LATTE, card=encode("crd", card.id), external_id=f"till-{number}", **(brings if number == 1 else {}))
        for number in range(4)
    ]
    found = send(shop, items).body["items"]
    assert [one["discount_total"] for one in found] == ["0.00", "1.00" if kind == "voucher" else "0.00", "0.39", "0.00"]


def test_points_of_a_batch_are_spent_once(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    spend = [{"balance_type": "bonus", "amount": "2.00"}]
    items = [
        shop.order(LATTE, card=encode("crd", card.id), external_id=f"till-{number}", spend=spend) for number in range(4)
    ]
    found = send(shop, items).body["items"]
    assert [one["status"] for one in found] == [201, 201, 409, 409]
    assert [one.get("code") for one in found[2:]] == ["insufficient_balance"] * 2
    assert shop.balance(card) == 100


def test_a_limit_holds_over_a_batch(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 2}})
    items = [shop.order(LATTE, external_id=f"till-{number}") for number in range(4)]
    found = send(shop, items).body["items"]
    assert [one["total"] for one in found] == ["3.51", "3.51", "3.90", "3.90"]


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"[1, 2", "application/json", 400, "malformed_body"),
        (b"[1, 2] 3", "application/json", 400, "malformed_body"),
        (b"[,]", "application/json", 400, "malformed_body"),
        (b"[1,]", "application/json", 400, "malformed_body"),
        (b"[" * 50_000, "application/json", 400, "malformed_body"),
        (b"{}", "text/plain", 415, "wrong_content_type"),
        (b"1\n" * 10_001, "application/x-ndjson", 422, "invalid_request"),
    ],
)
def test_what_is_no_batch_is_refused(shop: OrderShop, raw: bytes, content_type: str, status: int, code: str) -> None:
    reply = shop.caller.send("POST", "/orders/batch", raw=raw, content_type=content_type)
    assert (reply.status, reply.code) == (status, code)


def test_lines_that_are_no_orders_are_told_one_by_one(shop: OrderShop) -> None:
    raw = b'1\n[]\n"a"\n{"a":1,"a":2}\n{\n\n\xff\n'
    reply = shop.caller.send("POST", "/orders/batch", raw=raw, content_type="application/x-ndjson")
    assert [one["status"] for one in reply.body["items"]] == [422, 422, 422, 422, 400, 400]
    nothing = shop.caller.send("POST", "/orders/batch", raw=b"\n", content_type="application/x-ndjson")
    assert nothing.body == {"items": []}
    assert send(shop, [], as_array=True).body == {"items": []}
