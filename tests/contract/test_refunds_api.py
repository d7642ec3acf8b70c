"""Refunds over HTTP: what comes back, what is taken back, what returns, what is refused (LED-4)."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode, new_stem
from regulars.platform.database import execute, unit_of_work
from tests.contract.chains import Reply, add_caller
from tests.order_kit import OrderShop, open_order_shop

pytestmark = pytest.mark.django_db

A = {"sku": "a", "price": "10.00", "quantity": "1"}
B = {"sku": "b", "price": "20.00", "quantity": "2"}


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def card(shop: OrderShop) -> CardView:
    return shop.counter.issue("+49 151 11111111")


def promote(shop: OrderShop, **content: Any) -> str:
    """Let a promotion run; its id."""
    program = encode("prg", shop.counter.card_type.program.id)
    made = shop.caller.post("/promotions", {"name": "Promotion", "program": program, "state": "active", **content})
    assert made.status == 201, made.body
    return str(made.body["id"])


def order(shop: OrderShop, card: CardView, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A paid order."""
    reply = shop.record({"card": encode("crd", card.id), "lines": list(lines or (A, B)), **more})
    assert reply.status == 201, reply.body
    return dict(reply.body)


def refund(shop: OrderShop, order: dict[str, Any], body: dict[str, Any], **headers: Any) -> Reply:
    """Refund some of an order."""
    return shop.caller.post(f"/orders/{order['id']}/refunds", body, **headers)


PERCENT_BACK = {"earnings": [{"kind": "percent_back", "balance_type": "ext:bonus", "percent": "10"}]}


def test_a_line_comes_back_with_what_it_earned(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    bought = order(shop, card)
    assert shop.balance(card) == 500
    back = refund(shop, bought, {"lines": [{"index": 1, "quantity": "1"}]})
    assert back.status == 201, back.body
    assert back.body == {
        "money_back": "20.00",
        "taken_back": [{"card": encode("crd", card.id), "balance_type": "bonus", "amount": "2.00", "owed": "0"}],
        "returned": [],
        "not_recovered": [],
        "kept_rewards": [],
        "given_back": [],
    }
    assert shop.balance(card) == 300
    read = shop.caller.get(f"/orders/{bought['id']}").body
    assert (read["state"], read["refunded"]) == ("partly_refunded", "20.00")
    assert [line["refunded_quantity"] for line in read["lines"]] == ["0", "1"]
    last = refund(shop, bought, {"lines": [{"index": 0}, {"index": 1}]})
    assert last.body["money_back"] == "30.00"
    assert shop.balance(card) == 0
    assert shop.caller.get(f"/orders/{bought['id']}").body["state"] == "refunded"
    listed = shop.caller.get(f"/orders/{bought['id']}/refunds").body["items"]
    assert [(one["money_back"], len(one["lines"])) for one in listed] == [("20.00", 1), ("30.00", 2)]


def test_a_discount_that_the_rest_does_not_deserve_is_taken_back(shop: OrderShop, card: CardView) -> None:
    promote(
        shop,
        benefits=[{"kind": "amount_off_order", "amount": "5.00"}],
        conditions=[{"kind": "minimum_amount", "amount": "50.00"}],
        limits={"total": 1},
    )
    bought = order(shop, card)
    assert bought["total"] == "45.00"
    assert refund(shop, bought, {"lines": [{"index": 0}]}).body["money_back"] == "5.00"


def test_the_version_that_priced_an_order_decides_its_refund(shop: OrderShop, card: CardView) -> None:
    promotion = promote(shop, benefits=[{"kind": "percent_off_order", "percent": "10"}])
    bought = order(shop, card)
    changed = shop.caller.patch(
        f"/promotions/{promotion}", {"benefits": [{"kind": "percent_off_order", "percent": "50"}]}
    )
    assert changed.status == 200, changed.body
    assert shop.caller.post(f"/promotions/{promotion}/publish").status == 200
    shop.caller.post(f"/promotions/{promotion}/end")
    assert refund(shop, bought, {"lines": [{"index": 0}]}).body["money_back"] == "9.00"


def test_spent_points_return_in_proportion_and_to_the_same_lots(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "20.00", balance_type="bonus")
    bought = order(shop, card, spend=[{"balance_type": "bonus", "amount": "20.00"}])
    assert shop.balance(card) == 0
    back = refund(shop, bought, {"amount": "25.00"}).body
    assert back["money_back"] == "15.00"
    assert [(one["amount"], one["money"]) for one in back["returned"]] == [("10.00", "10.00")]
    rest = refund(shop, bought, {"amount": "25.00"}).body
    assert (rest["money_back"], rest["returned"][0]["amount"]) == ("15.00", "10.00")
    assert shop.balance(card) == 2000
    lots = shop.counter.read("SELECT amount, remaining FROM lots WHERE card_id = %s", [card.id])
    assert lots == [(2000, 2000)]


def test_a_deposit_that_paid_returns_as_well(shop: OrderShop, card: CardView) -> None:
    shop.counter.adjust(card, "50.00", balance_type="deposit")
    bought = order(shop, card, spend=[{"balance_type": "deposit", "amount": "max"}])
    back = shop.caller.post(f"/orders/{bought['id']}/cancel")
    assert back.status == 200, back.body
    assert back.body["money_back"] == "0.00"
    assert shop.balance(card, "deposit") == 5000
    assert shop.caller.get(f"/orders/{bought['id']}").body["state"] == "cancelled"


def test_points_that_are_spent_become_a_debt_that_new_ones_fill_first(shop: OrderShop, card: CardView) -> None:
    promote(shop, **PERCENT_BACK)
    first = order(shop, card)
    order(shop, card, A, spend=[{"balance_type": "bonus", "amount": "5.00"}])
    assert shop.balance(card) == 50
    back = refund(shop, first, {"lines": [{"index": 0}, {"index": 1}]}).body
    assert [(one["amount"], one["owed"]) for one in back["taken_back"]] == [("5.00", "4.50")]
    assert shop.balance(card) == -450
    read = shop.caller.get(f"/cards/{encode('crd', card.id)}").body
    bonus = next(one for one in read["balances"] if one["balance_type"] == "bonus")
    assert (bonus["total"], bonus["available"]) == ("-4.50", "0.00")
    order(shop, card)
    assert shop.balance(card) == 50
    refused = shop.record(
        {"card": encode("crd", card.id), "lines": [A], "spend": [{"balance_type": "bonus", "amount": "0.51"}]}
    )
    assert refused.status == 409


def settings(shop: OrderShop, **refunds: Any) -> None:
    """What the program says about refunds."""
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"refunds": refunds}).status == 200


def execute_in(shop: OrderShop, statement: str, parameters: list[Any]) -> None:
    with unit_of_work(shop.chain_id):
        execute(statement, parameters)


def expire(shop: OrderShop) -> None:
    """The night's work."""
    execute_in(
        shop,
        "SELECT regulars_expire_lots(%s, now(), '-infinity', '00000000-0000-0000-0000-000000000000', 100, 0, 1, %s)",
        [shop.chain_id, new_stem()],
    )


def test_where_cards_may_not_owe_the_answer_names_what_was_not_recovered(shop: OrderShop, card: CardView) -> None:
    settings(shop, not_recovered="cap")
    promote(shop, **PERCENT_BACK)
    first = order(shop, card)
    order(shop, card, A, spend=[{"balance_type": "bonus", "amount": "5.00"}])
    back = shop.caller.post(f"/orders/{first['id']}/cancel").body
    assert [one["amount"] for one in back["taken_back"]] == ["0.50"]
    assert [(one["amount"], one["kind"], one["reason"]) for one in back["not_recovered"]] == [("4.50", "earn", "spent")]
    assert shop.balance(card) == 0


def test_the_same_key_and_the_same_external_id_refund_once(shop: OrderShop, card: CardView) -> None:
    bought = order(shop, card)
    body = {"lines": [{"index": 0}], "external_id": "return-1"}
    first = refund(shop, bought, body, key="k1")
    again = refund(shop, bought, body, key="k1")
    named = refund(shop, bought, body, key="k2")
    assert first.status == again.status == named.status == 201
    assert first.body == again.body == named.body
    assert again.headers["Idempotent-Replay"] == named.headers["Idempotent-Replay"] == "true"
    assert refund(shop, bought, {"lines": [{"index": 1}]}, key="k1").code == "idempotency_key_reused"
    assert refund(shop, bought, {"lines": [{"index": 1}], "external_id": "return-1"}).code == "external_id_taken"
    assert shop.caller.get(f"/orders/{bought['id']}").body["refunded"] == "10.00"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"lines": [{"index": 0}], "amount": "1"}, 422, "invalid_request"),
        ({"lines": []}, 422, "invalid_request"),
        ({"lines": [{"index": 2}]}, 422, "invalid_request"),
        ({"lines": [{"index": -1}]}, 422, "invalid_request"),
        ({"lines": [{"index": 0}, {"index": 0}]}, 422, "invalid_request"),
        ({"lines": [{"index": 0, "quantity": "0"}]}, 422, "invalid_request"),
        ({"lines": [{"index": 0, "quantity": "-1"}]}, 422, "invalid_request"),
        ({"lines": [{"index": 0, "quantity": "0.0001"}]}, 422, "invalid_request"),
        ({"lines": [{"index": 1, "quantity": "3"}]}, 409, "quantity_exceeds_sold"),
        ({"amount": "0"}, 422, "invalid_request"),
        ({"amount": "-5"}, 422, "invalid_request"),
        ({"amount": "1.001"}, 422, "invalid_request"),
        ({"amount": "50.01"}, 409, "amount_exceeds_paid"),
        ({"amount": "1e18"}, 422, "invalid_request"),
        ({"amount": "NaN"}, 422, "invalid_request"),
        ({"amount": "1", "external_id": "with space"}, 422, "invalid_external_id"),
        ({"amount": "1", "location": "loc_nowhere"}, 422, "invalid_request"),
        ({"amount": "1", "reason": "broken"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_be_refunded_is_refused(
    shop: OrderShop, card: CardView, body: dict[str, Any], status: int, code: str
) -> None:
    bought = order(shop, card)
    reply = refund(shop, bought, body)
    assert (reply.status, reply.code) == (status, code), reply.body
    assert shop.caller.get(f"/orders/{bought['id']}").body["refunded"] == "0.00"


def test_a_line_is_refunded_once(shop: OrderShop, card: CardView) -> None:
    bought = order(shop, card)
    assert refund(shop, bought, {"lines": [{"index": 0}]}).status == 201
    again = refund(shop, bought, {"lines": [{"index": 0}]})
    assert (again.code, again.body["left"]) == ("quantity_exceeds_sold", "0")


def test_open_cancelled_and_refunded_orders_have_nothing_to_refund(shop: OrderShop, card: CardView) -> None:
    waiting = order(shop, card, state="open")
    assert refund(shop, waiting, {"amount": "1"}).code == "order_not_refundable"
    assert shop.caller.post(f"/orders/{waiting['id']}/cancel").status == 200
    assert shop.caller.post(f"/orders/{waiting['id']}/cancel").code == "order_not_refundable"
    assert refund(shop, waiting, {"amount": "1"}).code == "order_not_refundable"
    bought = order(shop, card)
    assert refund(shop, bought, {"amount": "50"}).status == 201
    assert refund(shop, bought, {"lines": [{"index": 0}]}).code == "order_not_refundable"
    assert shop.caller.post(f"/orders/{bought['id']}/cancel").code == "order_not_refundable"


def test_another_chains_order_is_as_missing_as_none(shop: OrderShop, card: CardView) -> None:
    bought = order(shop, card)
    other = open_order_shop(name="Bäckerei Mond")
    for reference in (bought["id"], "ord_nothing", "ext:nothing"):
        assert other.caller.post(f"/orders/{reference}/refunds", {"amount": "1"}).status == 404
        assert other.caller.post(f"/orders/{reference}/cancel").status == 404
        assert other.caller.get(f"/orders/{reference}/refunds").status == 404


def test_a_refund_needs_the_right(shop: OrderShop, card: CardView) -> None:
    bought = order(shop, card)
    reader = add_caller(shop.chain_id, role="analyst")
    assert reader.post(f"/orders/{bought['id']}/refunds", {"amount": "1"}).code == "forbidden"
    assert reader.post(f"/orders/{bought['id']}/cancel").code == "forbidden"
    assert reader.get(f"/orders/{bought['id']}/refunds").status == 200


def test_an_accumulative_rate_stays_the_one_that_the_order_had(shop: OrderShop, card: CardView) -> None:
    steps = [{"reached": "0", "percent": "1"}, {"reached": "50.00", "percent": "10"}]
    promote(shop, earnings=[{"kind": "accumulative_back", "balance_type": "ext:bonus", "over": "paid", "steps": steps}])
    order(shop, card)
    second = order(shop, card)
    assert shop.balance(card) == 50 + 500
    assert refund(shop, second, {"lines": [{"index": 0}]}).body["taken_back"][0]["amount"] == "1.00"
