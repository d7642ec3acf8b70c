"""Tills at the same instant: one balance, one limit, one external id (LED-3, ORD-8, ORD-2)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import encode
from regulars.project.proofs import verify
from tests.contract.chains import Reply
from tests.ledger_kit import at_once
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop

TILLS = 6

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(committed_db: None) -> OrderShop:
    return open_order_shop()


def each_at_once(shop: OrderShop, bodies: list[dict[str, Any]]) -> list[Reply]:
    """Record orders at the same instant, each over a client of its own."""

    def till(number: int, body: dict[str, Any]) -> Reply:
        caller = type(shop.caller)(shop.chain_id, shop.caller.staff_id, shop.caller.key)
        caller.client = Client(raise_request_exception=False)
        return caller.post("/orders", body, key=f"till-{number}-{id(bodies)}")

    found = at_once([partial(till, number, body) for number, body in enumerate(bodies)])
    for one in found:
        assert isinstance(one, Reply), one
    return [one for one in found if isinstance(one, Reply)]


def sound() -> None:
    from django.utils import timezone

    found = verify(now=timezone.now())
    assert found.is_sound, [breach.text() for breach in found.breaches]


def test_tills_cannot_spend_the_same_points(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    shop.run(back())
    spend = [{"balance_type": "bonus", "amount": "2.00"}]
    body = shop.order(LATTE, card=encode("crd", card.id), spend=spend)
    replies = each_at_once(shop, [body] * TILLS)
    paid = [one for one in replies if one.status == 201]
    refused = [one for one in replies if one.status == 409]
    assert len(paid) + len(refused) == TILLS, [one.body for one in replies]
    assert {one.code for one in refused} <= {"insufficient_balance", "busy"}
    assert len(paid) == 2
    earned = sum(round(float(one["amount"]) * 100) for reply in paid for one in reply.body["earn"])
    assert shop.balance(card) == 500 - 200 * len(paid) + earned
    sound()


def test_a_limit_is_never_passed_and_nobody_is_refused(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 3, "discount": "1.00"}})
    replies = each_at_once(shop, [shop.order(LATTE) for _ in range(TILLS)])
    assert [one.status for one in replies] == [201] * TILLS
    discounts = sorted(one.body["discount_total"] for one in replies)
    assert discounts == ["0.00", "0.00", "0.00", "0.22", "0.39", "0.39"]


def test_one_external_id_is_one_order(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    body = shop.order(LATTE, card=encode("crd", card.id), external_id="till-7.0042")
    replies = each_at_once(shop, [body] * TILLS)
    assert {one.status for one in replies} == {201}, [one.body for one in replies]
    assert len({one.body["id"] for one in replies}) == 1
    assert shop.balance(card) == 39
    sound()


def test_one_external_id_with_two_contents_is_one_order(shop: OrderShop) -> None:
    bodies = [shop.order(LATTE, external_id="till-7.0042", tips=f"{number}.00") for number in range(TILLS)]
    replies = each_at_once(shop, bodies)
    assert sorted(one.status for one in replies) == [201, *[409] * (TILLS - 1)]
    assert {one.code for one in replies if one.status == 409} == {"external_id_taken"}


def test_an_unknown_phone_becomes_one_customer(shop: OrderShop) -> None:
    shop.run(back("10"))
    replies = each_at_once(shop, [shop.order(LATTE, phone="0151 33333333") for _ in range(TILLS)])
    assert {one.status for one in replies} == {201}, [one.body for one in replies]
    assert len({one.body["customer"] for one in replies}) == 1


def test_orders_and_changes_by_hand_of_one_card_add_up(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    body = shop.order(LATTE, card=encode("crd", card.id))
    replies = each_at_once(shop, [body] * TILLS)
    assert {one.status for one in replies} == {201}, [one.body for one in replies]
    assert shop.balance(card) == 39 * TILLS
    sound()
