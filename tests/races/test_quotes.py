"""Asking for a price keeps nobody waiting and takes nothing, however many ask (ORD-2, RWD-10)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.orders.actions.lapsed import release_lapsed_orders
from regulars.platform.database import execute, rows, unit_of_work
from tests.contract.chains import Reply
from tests.ledger_kit import at_once
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop
from tests.tokens_kit import Tokens, pool_id

SHOPPERS = 25
EACH = 12
HAT = {"sku": "hat", "name": "Hat", "quantity": "1", "price": "50.00"}
# Whoever locks a row of these, or writes one, waits for this; whoever only reads does not.
HELD = """
LOCK TABLE vouchers, codes, code_uses, code_pools, gift_cards, accounts, orders,
    order_redemptions, order_promotions, promotion_uses, promotion_slots IN EXCLUSIVE MODE
"""

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: None) -> OrderShop:
    return open_order_shop()


def ask(shop: OrderShop, body: dict[str, Any], times: int) -> list[Reply]:
    caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
    caller.client = Client(raise_request_exception=False)
    return [caller.send("POST", "/orders/quote", body) for _ in range(times)]


def test_hundreds_ask_with_one_voucher_while_everything_is_locked(shop: OrderShop) -> None:
    tokens = Tokens(shop.chain_id)
    pool = tokens.pool(kind="universal", uses_total=1)
    code, voucher, gift = tokens.code(pool), tokens.voucher({"amount": "5.00"}), tokens.gift_card(3_000)
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)], "limits": {"total": 1, "per_customer": 1}}, back())
    card = encode("crd", shop.counter.issue("+49 151 11111111").id)
    spend = [{"code": gift.code, "amount": "max"}]
    body = shop.order(HAT, codes=[voucher.code, code.text], spend=spend, card=card)
    before = tokens.voucher_now(voucher)
    with unit_of_work(shop.chain_id):
        rows(f"{HELD.strip()}; SELECT 1")
        found = at_once([partial(ask, shop, body, EACH) for _ in range(SHOPPERS)])
    replies = [one for many in found if isinstance(many, list) for one in many]
    assert len(replies) == SHOPPERS * EACH, found
    assert {(one.status, one.body["total"]) for one in replies} == {(200, replies[0].body["total"])}
    assert {one["state"] for one in replies[0].body["redemptions"]} <= {"planned", "used"}
    after = tokens.voucher_now(voucher)
    assert (after, after.state) == (before, "active")
    assert (tokens.code_now(code).uses, tokens.gift_card_now(gift).balance) == (0, 3_000)
    assert shop.counter.read("SELECT count(*) FROM orders") == [(0,)]
    # And the first who buys has it all.
    bought = shop.record(body)
    assert (bought.status, bought.body["total"]) == (201, replies[0].body["total"])


@pytest.mark.parametrize("way", ["lapse", "due work", "release", "cancel"])
def test_the_next_who_asks_sees_what_is_kept_no_longer(shop: OrderShop, way: str) -> None:
    tokens = Tokens(shop.chain_id)
    voucher, gift = tokens.voucher({"amount": "5.00"}), tokens.gift_card(3_000)
    spend = [{"code": gift.code, "amount": "10.00"}]
    body = shop.order(HAT, codes=[voucher.code], spend=spend)
    free = shop.quote(body).body
    opened = shop.record({**body, "state": "open", "reserve_seconds": 600}).body
    assert opened["redemptions"][0]["state"] == "locked"
    kept = shop.quote(shop.order(HAT, codes=[voucher.code])).body
    assert (kept["total"], kept["redemptions"][0]["reason"]) == ("50.00", "code_used")
    match way:
        case "release" | "cancel":
            assert shop.caller.post(f"/orders/{opened['id']}/{way}").status == 200
        case _:
            with unit_of_work(shop.chain_id):
                execute("UPDATE orders SET reserved_until = now() - interval '1 second'")
            if way == "due work":
                release_lapsed_orders(shop.chain_id, timezone.now())
    again = shop.quote(body).body
    assert again["total"] == free["total"] == "45.00"
    assert again["redemptions"] == free["redemptions"]
