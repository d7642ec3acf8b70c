"""The same voucher, code or gift card at many tills at the same instant: used as often as it may be, and nobody waits in vain (RWD-3, RWD-4, RWD-5)."""

from __future__ import annotations

from collections import Counter as Tally
from functools import partial
from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import encode
from tests.contract.chains import Reply
from tests.ledger_kit import at_once
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop
from tests.races.test_order_races import each_at_once, sound
from tests.tokens_kit import Tokens, pool_id

TILLS = 6
HAT = {"sku": "hat", "name": "Hat", "quantity": "1", "price": "50.00"}

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def tokens(shop: OrderShop) -> Tokens:
    return Tokens(shop.chain_id)


def totals(replies: list[Reply]) -> Tally[str]:
    assert [one.status for one in replies] == [201] * len(replies), [one.body for one in replies]
    return Tally(one.body["total"] for one in replies)


def test_one_voucher_at_many_tills_is_one_orders(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    replies = each_at_once(shop, [shop.order(HAT, codes=[voucher.code])] * TILLS)
    assert totals(replies) == {"45.00": 1, "50.00": TILLS - 1}
    (winner,) = [one for one in replies if one.body["total"] == "45.00"]
    now = tokens.voucher_now(voucher)
    assert (now.state, encode("ord", now.order_id or voucher.id)) == ("redeemed", winner.body["id"])
    assert {one.body["redemptions"][0]["reason"] for one in replies} == {None, "code_used"}
    sound()


def test_of_open_orders_one_keeps_the_voucher_and_is_paid_with_it(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    body = shop.order(HAT, codes=[voucher.code], state="open")
    replies = each_at_once(shop, [body] * TILLS)
    assert totals(replies) == {"45.00": 1, "50.00": TILLS - 1}
    for one in replies:
        paid = shop.caller.post(f"/orders/{one.body['id']}/pay")
        assert (paid.status, paid.body["total"]) == (200, one.body["total"])


@pytest.mark.parametrize("kind", ["personal", "universal"])
def test_codes_are_used_as_often_as_they_may_be(shop: OrderShop, tokens: Tokens, kind: str) -> None:
    most = {"personal": 1, "universal": 3}[kind]
    pool = tokens.pool(kind=kind, uses_total=most if kind == "universal" else None)
    code = tokens.code(pool)
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)], "limits": {"total": 100}}, back())
    cards = [shop.counter.issue(f"+49 151 1111111{at}") for at in range(TILLS)]
    bodies = [shop.order(HAT, codes=[code.text], card=encode("crd", card.id)) for card in cards]
    assert totals(each_at_once(shop, bodies)) == {"45.00": most, "50.00": TILLS - most}
    assert tokens.code_now(code).uses == most
    sound()


def test_tills_cannot_spend_the_same_money_of_a_gift_card(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(12_000)
    body = shop.order(HAT, spend=[{"code": gift.code, "amount": "50.00"}])
    replies = each_at_once(shop, [body] * TILLS)
    assert Tally(one.status for one in replies) == {201: 2, 409: TILLS - 2}, [one.body for one in replies]
    assert {one.body["code"] for one in replies if one.status == 409} == {"gift_card_short"}
    assert tokens.gift_card_now(gift).balance == 2_000
    sound()


def test_the_last_visit_at_many_tills_is_one_orders(shop: OrderShop) -> None:
    kind = shop.caller.post("/membership-types", {"name": "Two", "visits": 2, "price": "90.00"}).body["id"]
    sold = shop.caller.post("/memberships", {"type": kind, "with_code": True}).body
    assert shop.record(shop.order(HAT, codes=[sold["code"]])).body["to_pay"] == "0.00"
    states = ["paid", "open"] * (TILLS // 2)
    replies = each_at_once(shop, [shop.order(HAT, codes=[sold["code"]], state=state) for state in states])
    assert totals(replies) == {"50.00": TILLS}
    assert Tally(one.body["to_pay"] for one in replies) == {"0.00": 1, "50.00": TILLS - 1}
    assert {one.body["redemptions"][0]["reason"] for one in replies} == {None, "code_used_up"}
    now = shop.caller.get(f"/memberships/{sold['id']}").body
    assert (now["state"], now["used"]) == ("used_up", 2)
    sound()


def test_two_orders_with_the_same_things_in_another_order_do_not_block_each_other(
    shop: OrderShop, tokens: Tokens
) -> None:
    pool = tokens.pool(kind="universal")
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)]})
    code = tokens.code(pool)
    vouchers = [tokens.voucher({"amount": "1.00"}) for _ in range(2)]
    gifts = [tokens.gift_card(50_000) for _ in range(2)]
    bodies: list[dict[str, Any]] = []
    for at in range(TILLS):
        turn = 1 if at % 2 else -1
        bodies.append(
            shop.order(
                HAT,
                codes=[one.code for one in vouchers[::turn]] + [code.text],
                spend=[{"code": one.code, "amount": "1.00"} for one in gifts[::turn]],
            )
        )
    replies = each_at_once(shop, bodies)
    assert [one.status for one in replies] == [201] * TILLS, [one.body for one in replies]
    assert [tokens.gift_card_now(one).balance for one in gifts] == [50_000 - 100 * TILLS] * 2
    assert (
        sum(
            len([one for one in reply.body["redemptions"] if one["state"] == "used" and one["kind"] == "voucher"])
            for reply in replies
        )
        == 2
    )
    sound()


def test_a_refund_and_another_till_meet_at_the_same_voucher(shop: OrderShop, tokens: Tokens) -> None:
    voucher, gift = tokens.voucher({"amount": "5.00"}), tokens.gift_card(4_500)
    spend = [{"code": gift.code, "amount": "max"}]
    order = shop.record(shop.order(HAT, codes=[voucher.code], spend=spend)).body
    for _ in range(3):

        def cancel(number: int, order: dict[str, Any] = order) -> Reply:
            caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
            return caller.post(f"/orders/{order['id']}/cancel", key=f"cancel-{number}-{order['id']}")

        def buy(number: int, order: dict[str, Any] = order) -> Reply:
            caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
            return caller.post("/orders", shop.order(HAT, codes=[voucher.code]), key=f"buy-{number}-{order['id']}")

        found = at_once([partial(cancel, 1), partial(cancel, 2), partial(buy, 1), partial(buy, 2)])
        replies = [one for one in found if isinstance(one, Reply)]
        assert len(replies) == 4, found
        assert sorted(one.status for one in replies[:2]) == [200, 409]
        bought = [one.body for one in replies[2:]]
        assert {one["total"] for one in bought} <= {"45.00", "50.00"}
        reduced = [one for one in bought if one["total"] == "45.00"]
        assert len(reduced) <= 1
        assert tokens.gift_card_now(gift).balance == 4_500
        now = tokens.voucher_now(voucher)
        if reduced:
            assert encode("ord", now.order_id or voucher.id) == reduced[0]["id"]
            order = reduced[0]
        else:
            assert now.state == "active"
            order = shop.record(shop.order(HAT, codes=[voucher.code])).body
    sound()


def test_open_orders_that_kept_nothing_meet_at_the_last_use_of_a_pool(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool(kind="universal", uses_total=1)
    codes = [tokens.code(pool) for _ in range(TILLS)]
    shop.run({**TEN_OFF, "code_pools": [pool_id(pool)]})
    orders = [shop.record(shop.order(HAT, codes=[one.text], state="open", reserve_seconds=0)).body for one in codes]
    assert {one["total"] for one in orders} == {"45.00"}

    def pay(order: dict[str, Any]) -> Reply:
        caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
        caller.client = Client(raise_request_exception=False)
        return caller.post(f"/orders/{order['id']}/pay", key=f"pay-{order['id']}")

    found = at_once([partial(pay, order) for order in orders])
    replies = [one for one in found if isinstance(one, Reply)]
    assert [one.status for one in replies] == [200] * TILLS, found
    assert Tally(one.body["total"] for one in replies) == {"45.00": 1, "50.00": TILLS - 1}
    assert sum(tokens.code_now(one).uses for one in codes) == 1
    sound()


def test_guesses_at_the_same_instant_are_as_many_as_they_are(shop: OrderShop, tokens: Tokens) -> None:
    """However many orders try codes at once: none is heard after the twentieth wrong one (RWD-9)."""
    voucher = tokens.voucher({"amount": "5.00"})
    wrong = [[f"7K3M9PQX2WRT{at:02}{one}" for one in "ABCD"] for at in range(12)]
    replies = each_at_once(shop, [shop.order(HAT, codes=codes) for codes in wrong])
    reasons = Tally(one["reason"] for reply in replies for one in reply.body["redemptions"])
    # Twenty are free: five orders of four. Those that were not looked at say so.
    assert reasons == {"code_unknown": 20, "too_many_attempts": 28}
    assert totals([shop.record(shop.order(HAT, codes=[voucher.code]))]) == {"50.00": 1}
    assert tokens.voucher_now(voucher).state == "active"
