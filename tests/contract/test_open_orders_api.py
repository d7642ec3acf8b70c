"""Open orders and visits over HTTP: reserved, changed, paid, completed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.platform.database import execute, unit_of_work
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def lapse(shop: OrderShop, order: str) -> None:
    """Let the time of a reservation be over."""
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET reserved_until = now() - interval '1 second' WHERE reserved_until IS NOT NULL")
        execute("UPDATE holds SET expires_at = now() - interval '1 second' WHERE state = 'active'")


def open_order(shop: OrderShop, **more: Any) -> dict[str, Any]:
    reply = shop.record(shop.order(state="open", **more))
    assert reply.status == 201, reply.body
    body: dict[str, Any] = reply.body
    return body


def test_an_open_order_sets_aside_what_it_will_spend(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    running = shop.run(TEN_OFF, back("10"))
    order = open_order(shop, card=encode("crd", card.id), spend=[{"balance_type": "bonus", "amount": "2"}])
    assert (order["state"], order["transactions"], order["total"]) == ("open", [], "10.80")
    assert order["reserved_until"]
    balance = shop.caller.get(f"/cards/{encode('crd', card.id)}").body["balances"][0]
    assert (balance["available"], balance["held"], balance["total"]) == ("3.00", "2.00", "5.00")
    # What happens meanwhile changes nothing for it.
    shop.counter.adjust(card, "-3", balance_type="bonus")
    shop.pause(*running)
    paid = shop.caller.post(f"/orders/{order['id']}/pay", {})
    assert paid.status == 200, paid.body
    assert (paid.body["state"], paid.body["total"], paid.body["to_pay"]) == ("paid", "10.80", "8.80")
    assert [one["amount"] for one in paid.body["earn"]] == ["0.88"]
    assert shop.balance(card) == 88
    again = shop.caller.post(f"/orders/{order['id']}/pay", {})
    assert (again.status, again.code, again.body["state"]) == (409, "order_not_open", "paid")
    balance = shop.caller.get(f"/cards/{encode('crd', card.id)}").body["balances"][0]
    assert (balance["available"], balance["held"]) == ("0.88", "0.00")


def test_after_its_time_an_open_order_is_decided_anew(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    running = shop.run(TEN_OFF)
    order = open_order(shop, card=encode("crd", card.id), spend=[{"balance_type": "bonus", "amount": "2"}])
    lapse(shop, order["id"])
    shop.pause(*running)
    refused = shop.caller.post(f"/orders/{order['id']}/pay", {"expected_total": "10.80"})
    assert (refused.status, refused.code, refused.body["total"]) == (409, "total_changed", "12.00")
    paid = shop.caller.post(f"/orders/{order['id']}/pay", {})
    assert (paid.body["total"], paid.body["to_pay"]) == ("12.00", "10.00")
    assert shop.balance(card) == 300


def test_after_its_time_what_was_set_aside_may_be_gone(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    order = open_order(shop, card=encode("crd", card.id), spend=[{"balance_type": "bonus", "amount": "2"}])
    lapse(shop, order["id"])
    shop.counter.adjust(card, "-5", balance_type="bonus")
    refused = shop.caller.post(f"/orders/{order['id']}/pay", {})
    assert (refused.status, refused.code) == (409, "insufficient_balance")
    assert shop.caller.post(f"/orders/{order['id']}/pay", {"spend": []}).status == 200


def test_a_visit_is_changed_while_it_is_open(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(TEN_OFF, back("10"))
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    order = open_order(shop, card=encode("crd", card.id), starts_at=tomorrow, reserve_seconds=0, lines=[])
    assert (order["total"], order["reserved_until"]) == ("0.00", None)
    changed = shop.caller.patch(f"/orders/{order['id']}", {"lines": [LATTE], "tips": "1.00"})
    assert changed.status == 200, changed.body
    assert (changed.body["total"], changed.body["version"], changed.body["state"]) == ("4.51", 2, "open")
    stale = shop.caller.patch(f"/orders/{order['id']}", {"tips": "2.00"}, HTTP_IF_MATCH='"1"')
    assert stale.status == 412
    paid = shop.caller.post(f"/orders/{order['id']}/pay")
    assert paid.status == 200, paid.body
    assert shop.balance(card) == 35
    assert shop.caller.patch(f"/orders/{order['id']}", {"tips": "2.00"}).code == "order_not_open"
    assert shop.caller.post(f"/orders/{order['id']}/complete").body["state"] == "completed"
    assert shop.caller.post(f"/orders/{order['id']}/complete").code == "order_not_paid"


def test_what_is_earned_waits_until_the_order_is_completed(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"earn_when": "completed"}).body["earn_when"] == "completed"
    order = shop.record(shop.order(card=encode("crd", card.id))).body
    assert order["earn"][0]["activates_at"] is None
    balance = shop.caller.get(f"/cards/{encode('crd', card.id)}").body["balances"][0]
    assert (balance["available"], balance["pending"]) == ("0.00", "1.20")
    done = shop.caller.post(f"/orders/{order['id']}/complete")
    assert done.status == 200, done.body
    assert done.body["earn"][0]["activates_at"]
    balance = shop.caller.get(f"/cards/{encode('crd', card.id)}").body["balances"][0]
    assert (balance["available"], balance["pending"]) == ("1.20", "0.00")
    at_once = shop.record(shop.order(card=encode("crd", card.id), state="completed")).body
    assert at_once["earn"][0]["activates_at"]


def test_orders_of_other_chains_are_not_there(shop: OrderShop) -> None:
    order = open_order(shop)
    other = open_order_shop(name="Salon Fremd")
    assert other.caller.get(f"/orders/{order['id']}").status == 404
    for path in ("/pay", "/complete"):
        assert other.caller.post(f"/orders/{order['id']}{path}").status == 404
    assert other.caller.patch(f"/orders/{order['id']}", {"tips": "1"}).status == 404
