"""Refunds at the same instant: each ends as if one had come after the other (LED-3, LED-4)."""

from collections import Counter as Tally
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.platform.embedded import DatabaseUrls
from regulars.project.proofs import verify
from tests.ledger_kit import at_once, dispatcher
from tests.order_kit import OrderShop, open_order_shop

pytestmark = [pytest.mark.committed]

A = {"sku": "a", "price": "10.00", "quantity": "1"}
MANY = {"sku": "b", "price": "3.00", "quantity": "10"}


@pytest.fixture
def shop(committed_db: DatabaseUrls) -> OrderShop:
    shop = open_order_shop()
    program = encode("prg", shop.counter.card_type.program.id)
    made = shop.caller.post(
        "/promotions",
        {
            "name": "Back",
            "program": program,
            "state": "active",
            "earnings": [{"kind": "percent_back", "balance_type": "ext:bonus", "percent": "10"}],
        },
    )
    assert made.status == 201, made.body
    return shop


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+49 151 11111111")


def order(shop: OrderShop, card: CardView, *lines: dict[str, Any], **more: Any) -> Any:
    return shop.record({"card": encode("crd", card.id), "lines": list(lines or (A, MANY)), **more})


def refund(shop: OrderShop, path: str, body: dict[str, Any], **more: Any) -> Any:
    return shop.caller.post(path, body, **more)


def together(calls: list[Any]) -> list[Any]:
    """The answers to requests sent at the same instant."""
    return list(at_once(calls))


def codes(replies: list[Any]) -> Tally[object]:
    return Tally(reply.code or reply.status for reply in replies)


def assert_sound() -> None:
    dispatcher().make_round()
    assert verify(now=timezone.now()).breaches == []


def test_a_line_refunded_by_many_tills_at_once_comes_back_once(shop: OrderShop, card: CardView) -> None:
    path = f"/orders/{order(shop, card).body['id']}/refunds"
    replies = together([partial(refund, shop, path, {"lines": [{"index": 0}]}, key=f"till-{at}") for at in range(8)])
    assert codes(replies) == {201: 1, "quantity_exceeds_sold": 7}
    assert shop.balance(card) == 300
    assert_sound()


def test_the_pieces_of_a_line_are_given_back_one_by_one(shop: OrderShop, card: CardView) -> None:
    path = f"/orders/{order(shop, card).body['id']}/refunds"
    body = {"lines": [{"index": 1, "quantity": "3"}]}
    replies = together([partial(refund, shop, path, body, key=f"till-{at}") for at in range(6)])
    assert codes(replies) == {201: 3, "quantity_exceeds_sold": 3}
    assert {reply.body["money_back"] for reply in replies if reply.status == 201} == {"9.00"}
    assert_sound()


def test_one_request_sent_many_times_at_once_refunds_once(shop: OrderShop, card: CardView) -> None:
    path = f"/orders/{order(shop, card).body['id']}/refunds"
    body = {"amount": "20.00", "external_id": "return-1"}
    replies = together(
        [partial(refund, shop, path, body, key="same")] * 4
        + [partial(refund, shop, path, body, key=f"other-{at}") for at in range(4)]
    )
    assert codes(replies) == {201: 8}
    assert len({str(reply.body) for reply in replies}) == 1
    assert shop.balance(card) == 200
    assert_sound()


def test_points_that_are_being_spent_are_taken_back_or_owed(shop: OrderShop, card: CardView) -> None:
    bought = [order(shop, card).body["id"] for _ in range(4)]
    assert shop.balance(card) == 1600
    spends = [partial(order, shop, card, A, spend=[{"balance_type": "bonus", "amount": "4.00"}])] * 6
    cancels = [
        partial(refund, shop, f"/orders/{identifier}/cancel", {}, key=f"c-{identifier}") for identifier in bought
    ]
    replies = together([*spends, *cancels])
    spent = sum(reply.status == 201 for reply in replies[:6])
    assert {reply.code or reply.status for reply in replies[:6]} <= {201, "insufficient_balance", "spend_limit"}
    assert codes(replies[6:]) == {200: 4}
    # Each order of 10.00 of which 6.00 were paid with money earns 0.60.
    assert shop.balance(card) == spent * (60 - 400)
    assert_sound()


def test_cancelling_and_refunding_at_once_gives_all_back_once(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "20.00", balance_type="bonus")
    bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "20.00"}]).body
    path = f"/orders/{bought['id']}"
    calls = [partial(refund, shop, f"{path}/refunds", {"amount": "5.00"}, key=f"r-{at}") for at in range(4)]
    calls += [partial(refund, shop, f"{path}/cancel", {}, key=f"c-{at}") for at in range(2)]
    replies = together(calls)
    done = [reply.body for reply in replies if reply.status in (200, 201)]
    money = sum(round(float(one["money_back"]) * 100) for one in done)
    assert money == 2000
    assert shop.balance(card) == 2000
    assert codes(replies)[200] == 1
    assert_sound()
