"""A promotion is tried on a sample order or on one that was recorded, beside all that run (ORD-7, ORD-9)."""

from typing import Any

import pytest

from regulars.kernel.ids import encode, new_id
from tests.contract.chains import Caller, add_caller
from tests.order_kit import CAKE, LATTE, TEN_OFF, OrderShop, open_order_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: Any) -> OrderShop:
    return open_order_shop()


def draft(shop: OrderShop, **definition: Any) -> str:
    program = encode("prg", shop.counter.card_type.program.id)
    reply = shop.caller.post("/promotions", {"name": "Tried", "program": program, **definition})
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def verdicts(body: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    return {one["id"]: (one["applied"], one["explanation"]) for one in body["promotions"]}


def test_a_draft_is_tried_beside_what_runs_and_nothing_changes(shop: OrderShop) -> None:
    (running,) = shop.run(TEN_OFF)
    tried = draft(shop, benefits=[{"kind": "amount_off_order", "amount": "2"}], limits={"total": 5})
    reply = shop.caller.post(f"/promotions/{tried}/test", {"lines": [LATTE, CAKE]}, key=None)
    assert reply.status == 200, reply.body
    assert verdicts(reply.body)[running] == (True, "10% of 12.00 EUR is 1.20 EUR.")
    assert verdicts(reply.body)[tried][0]
    assert reply.body["discount_total"] == "3.20"
    quote = shop.caller.post("/orders/quote", {"lines": [LATTE, CAKE]}, key=None)
    assert quote.body["discount_total"] == "1.20"
    assert list(verdicts(quote.body)) == [running]


def test_a_changed_promotion_is_tried_as_it_is_written(shop: OrderShop) -> None:
    (running,) = shop.run(TEN_OFF)
    shop.caller.patch(f"/promotions/{running}", {"benefits": [{"kind": "percent_off_order", "percent": "50"}]})
    reply = shop.caller.post(f"/promotions/{running}/test", {"lines": [LATTE, CAKE]}, key=None)
    assert reply.body["discount_total"] == "6.00"
    assert [one["version"] for one in reply.body["promotions"]] == [2]


def test_why_not_is_told_with_the_condition_that_failed(shop: OrderShop) -> None:
    tried = draft(
        shop, **TEN_OFF, conditions=[{"kind": "minimum_amount", "amount": "20"}, {"kind": "nth_order", "number": 1}]
    )
    reply = shop.caller.post(f"/promotions/{tried}/test", {"lines": [LATTE, CAKE]}, key=None)
    assert verdicts(reply.body)[tried] == (False, "It takes 20.00 EUR, here are 12.00 EUR: 8.00 EUR is missing.")
    bad = shop.caller.post(f"/promotions/{tried}/test", {"lines": [{"sku": "x", "price": "free"}]}, key=None)
    assert bad.codes_at() == {"/lines/0/price": "not_a_number"}


def test_a_recorded_order_is_priced_again(shop: OrderShop) -> None:
    order = shop.caller.post("/orders", {"external_id": "o-1", "lines": [LATTE, CAKE], "state": "completed"})
    assert order.status == 201, order.body
    tried = draft(shop, **TEN_OFF)
    reply = shop.caller.post(f"/promotions/{tried}/test", {"order": "ext:o-1"}, key=None)
    assert reply.body["discount_total"] == "1.20"
    assert shop.caller.post(f"/promotions/{tried}/test", {"order": "ext:none"}, key=None).status == 404


def test_who_may_not_read_promotions_tries_none(shop: OrderShop) -> None:
    tried = draft(shop, **TEN_OFF)
    till: Caller = add_caller(shop.chain_id, scopes=frozenset({"orders:read"}))
    assert till.post(f"/promotions/{tried}/test", {"lines": [LATTE]}, key=None).status == 403
    missing = encode("prm", new_id())
    assert shop.caller.post(f"/promotions/{missing}/test", {"lines": [LATTE]}, key=None).status == 404
    shop.caller.patch(f"/programs/{encode('prg', shop.counter.card_type.program.id)}", {"state": "paused"})
    paused = shop.caller.post(f"/promotions/{tried}/test", {"lines": [LATTE]}, key=None)
    assert paused.code == "program_not_active"
