"""Limits of promotions over HTTP: used up, given back, held by open orders, never a refusal after payment."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.kernel.ids import encode
from regulars.platform.database import execute, unit_of_work
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def reasons(body: dict[str, Any]) -> list[str]:
    return [one["reason"] for one in body["promotions"]]


def test_a_paid_order_that_finds_a_limit_used_up_is_kept_without_the_benefit(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 1}})
    first, second = shop.record(shop.order()), shop.record(shop.order())
    assert (first.status, first.body["total"], reasons(first.body)) == (201, "10.80", ["applied"])
    assert (second.status, second.body["total"], reasons(second.body)) == (201, "12.00", ["limit_total"])
    refused = shop.record(shop.order(expected_total="10.80"))
    assert (refused.status, refused.code) == (409, "total_changed")


def test_limits_count_each_customer_and_each_unclaimed_card(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"per_customer": 1}})
    cards = [shop.counter.issue(f"+49 151 1111111{number}") for number in range(2)]
    for card in cards:
        assert shop.record(shop.order(card=encode("crd", card.id))).body["total"] == "10.80"
        assert shop.record(shop.order(card=encode("crd", card.id))).body["total"] == "12.00"
    assert reasons(shop.record(shop.order()).body) == ["customer_required"]


def test_the_last_order_of_a_budget_gets_what_is_left(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"discount": "2.00"}})
    totals = [shop.record(shop.order()).body["discount_total"] for _ in range(3)]
    assert totals == ["1.20", "0.80", "0.00"]


def test_points_of_a_day_end_at_the_limit(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run({**back("10"), "limits": {"earned_per_day": "2.00"}})
    for earned in (["1.20"], ["0.80"], []):
        body = shop.record(shop.order(card=encode("crd", card.id))).body
        assert [one["amount"] for one in body["earn"]] == earned
    assert shop.balance(card) == 200


def test_an_open_order_holds_its_part_of_a_limit_until_its_time_is_over(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 1}})
    order = shop.record(shop.order(state="open")).body
    assert order["total"] == "10.80"
    assert shop.record(shop.order()).body["total"] == "12.00"
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET reserved_until = now() - interval '1 second' WHERE state = 'open'")
    # Nobody has to wait for the night: who needs it finds that it is free again.
    assert shop.record(shop.order()).body["total"] == "10.80"
    paid = shop.caller.post(f"/orders/{order['id']}/pay")
    assert (paid.status, paid.body["total"], reasons(paid.body)) == (200, "12.00", ["limit_total"])


def test_a_visit_that_reserves_nothing_takes_no_limit(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 1}})
    order = shop.record(shop.order(state="open", reserve_seconds=0)).body
    assert order["total"] == "10.80"
    changed = shop.caller.patch(f"/orders/{order['id']}", {"lines": [LATTE]})
    assert changed.body["total"] == "3.51"
    assert shop.record(shop.order()).body["total"] == "10.80"
    assert shop.caller.post(f"/orders/{order['id']}/pay").body["total"] == "3.90"


def test_an_open_order_that_is_changed_keeps_its_part_once(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 1}})
    order = shop.record(shop.order(state="open")).body
    for lines in ([LATTE], [LATTE, LATTE]):
        changed = shop.caller.patch(f"/orders/{order['id']}", {"lines": lines})
        assert (changed.status, reasons(changed.body)) == (200, ["applied"])
    assert reasons(shop.record(shop.order()).body) == ["limit_total"]
    assert shop.caller.post(f"/orders/{order['id']}/pay").body["discount_total"] == "0.78"


def test_a_quote_knows_what_is_used(shop: OrderShop) -> None:
    shop.run({**TEN_OFF, "limits": {"total": 1}})
    assert shop.quote(shop.order()).body["total"] == "10.80"
    assert shop.quote(shop.order()).body["total"] == "10.80"
    shop.record(shop.order())
    assert reasons(shop.quote(shop.order()).body) == ["limit_total"]


def lapse(shop: OrderShop) -> None:
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET reserved_until = now() - interval '1 second' WHERE state = 'open'")


@pytest.mark.parametrize(
    "limits",
    [{"total": 1}, {"per_customer": 1}, {"per_day": 1}, {"discount": "2.00"}],
    ids=lambda limits: next(iter(limits)),
)
def test_what_was_held_too_long_does_not_count_in_a_quote(shop: OrderShop, limits: dict[str, Any]) -> None:
    shop.run({**TEN_OFF, "limits": limits})
    card = encode("crd", shop.counter.issue("+49 151 11111111").id)
    other = encode("crd", shop.counter.issue("+49 151 22222222").id)
    held = shop.record(shop.order(card=card, state="open"))
    assert held.body["total"] == "10.80"
    assert shop.quote(shop.order(card=card)).body["total"] != "10.80"
    lapse(shop)
    for whose in (card, other):
        assert shop.quote(shop.order(card=whose)).body["total"] == "10.80"
    # Asking gave nothing back: the order that takes it does, in full.
    assert shop.record(shop.order(card=card)).body["total"] == "10.80"
    assert shop.quote(shop.order(card=card)).body["total"] != "10.80"


def test_points_of_a_day_that_were_held_too_long_are_free_again(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run({**back("10"), "limits": {"earned_per_day": "2.00"}})
    body = shop.order(card=encode("crd", card.id))
    shop.record({**body, "state": "open"})
    assert [one["amount"] for one in shop.quote(body).body["earn"]] == ["0.80"]
    lapse(shop)
    assert [one["amount"] for one in shop.quote(body).body["earn"]] == ["1.20"]
    assert [one["amount"] for one in shop.record(body).body["earn"]] == ["1.20"]
