"""Codes of pools, vouchers and gift cards in orders: quoted, recorded, kept, given back (ORD-6, ORD-8, RWD-4, RWD-10)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Reply
from tests.ledger_kit import dispatcher
from tests.order_kit import OrderShop, back, open_order_shop
from tests.tokens_kit import Tokens, pool_id

pytestmark = pytest.mark.django_db

TEN_PERCENT = {"benefits": [{"kind": "percent_off_order", "percent": "10"}]}
HAT = {"sku": "hat", "name": "Hat", "category": "hats", "quantity": "1", "price": "50.00"}
CUT = {"sku": "cut", "name": "Haircut", "kind": "service", "quantity": "1", "price": "30.00"}


@pytest.fixture
def shop() -> OrderShop:
    return open_order_shop()


@pytest.fixture
def tokens(shop: OrderShop) -> Tokens:
    return Tokens(shop.chain_id)


def record(shop: OrderShop, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    reply = shop.record(shop.order(*lines, **more))
    assert reply.status == 201, reply.body
    return dict(reply.body)


def only(reply: Reply | dict[str, Any]) -> dict[str, Any]:
    body = reply if isinstance(reply, dict) else reply.body
    (redemption,) = body["redemptions"]
    return dict(redemption)


def refund(shop: OrderShop, order: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    reply = shop.caller.post(f"/orders/{order['id']}/refunds", body)
    assert reply.status == 201, reply.body
    return dict(reply.body)


def test_a_code_of_a_pool_unlocks_a_promotion_once(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool()
    code = tokens.code(pool)
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    quoted = shop.quote(shop.order(HAT, codes=[code.text.lower()])).body
    assert (quoted["total"], only(quoted)["state"]) == ("45.00", "planned")
    order = record(shop, HAT, codes=[code.text])
    assert order["total"] == "45.00"
    told = only(order)
    assert (told["kind"], told["id"], told["state"]) == ("code", encode("cod", code.id), "used")
    assert told["code"].startswith("…")
    assert code.text not in str(order)
    assert told["promotions"] == [order["promotions"][0]["id"]]
    assert order["promotions"][0]["explanation"] == f"The code {told['code']} unlocks it. 10% of 50.00 EUR is 5.00 EUR."
    assert tokens.code_now(code).state == "used"
    # The second order is accepted without the benefit, and says why.
    again = record(shop, HAT, codes=[code.text])
    assert (again["total"], only(again)["state"], only(again)["reason"]) == ("50.00", "refused", "code_used")
    assert again["promotions"][0]["reason"] == "code_used"
    refused = shop.record(shop.order(HAT, codes=[code.text], expected_total="45.00"))
    assert (refused.status, refused.body["code"]) == (409, "total_changed")


def test_what_nothing_has_and_what_is_somebody_elses_sound_the_same(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool()
    anna, ivan = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 22222222")
    code = tokens.code(pool, state="attached", customer_id=ivan.customer_id) if ivan.customer_id else None
    voucher = tokens.voucher({"percent": "50"}, card_id=ivan.id)
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    unknown = shop.quote(shop.order(HAT, card=encode("crd", anna.id), codes=["7K3M9PQX2WRTABCD"])).body
    theirs = shop.quote(shop.order(HAT, card=encode("crd", anna.id), codes=[voucher.code])).body
    for body in (unknown, theirs):
        assert body["total"] == "50.00"
        told = only(body)
        assert (told["kind"], told["id"], told["name"], told["reason"]) == ("unknown", None, "", "code_unknown")
        assert body["promotions"][0]["reason"] == "code_missing"
    own = shop.quote(shop.order(HAT, card=encode("crd", ivan.id), codes=[voucher.code])).body
    assert own["total"] == "25.00"
    assert code is None or code.state == "attached"


@pytest.mark.parametrize(
    ("benefit", "total"),
    [
        ({"percent": "10"}, "72.00"),
        ({"amount": "5.00"}, "75.00"),
        ({"product": "hat"}, "30.00"),
        ({"amount": "5.00", "minimum": "80.00"}, "75.00"),
        ({"amount": "5.00", "minimum": "80.01"}, "80.00"),
    ],
)
def test_a_voucher_takes_off_what_it_says(shop: OrderShop, tokens: Tokens, benefit: dict[str, str], total: str) -> None:
    voucher = tokens.voucher(benefit, "Thank you")
    order = record(shop, HAT, CUT, codes=[voucher.code])
    assert order["total"] == total
    told = only(order)
    if total == "80.00":
        assert (told["state"], told["reason"]) == ("refused", "minimum_amount")
        assert tokens.voucher_now(voucher).state == "active"
        return
    assert (told["state"], told["promotions"]) == ("used", [encode("vch", voucher.id)])
    (promotion,) = order["promotions"]
    assert (promotion["id"], promotion["name"], promotion["applied"]) == (encode("vch", voucher.id), "Thank you", True)
    now = tokens.voucher_now(voucher)
    assert (now.state, encode("ord", now.order_id or voucher.id)) == ("redeemed", order["id"])
    read = shop.caller.get(f"/orders/{order['id']}").body
    assert read["redemptions"] == order["redemptions"]
    assert read["promotions"] == order["promotions"]


def test_a_voucher_unlocks_the_promotion_that_it_names(shop: OrderShop, tokens: Tokens) -> None:
    (promotion,) = shop.run({**TEN_PERCENT, "by_voucher": True})
    voucher = tokens.voucher({"promotion": promotion})
    without = shop.quote(shop.order(HAT)).body
    assert (without["total"], without["promotions"][0]["reason"]) == ("50.00", "code_missing")
    order = record(shop, HAT, codes=[voucher.code])
    assert (order["total"], only(order)["promotions"]) == ("45.00", [promotion])
    assert tokens.voucher_now(voucher).state == "redeemed"


def test_a_voucher_for_staff_to_hand_over_is_left_alone(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher(None)
    order = record(shop, HAT, codes=[voucher.code])
    assert (order["total"], only(order)["reason"]) == ("50.00", "voucher_by_hand")
    assert tokens.voucher_now(voucher).state == "active"


def test_a_second_code_of_the_same_kind_is_not_used_up(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool()
    first, second = tokens.code(pool), tokens.code(pool)
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)], "codes": ["AUTUMN"]})
    order = record(shop, HAT, codes=[first.text, second.text])
    assert [one["state"] for one in order["redemptions"]] == ["used", "refused"]
    assert order["redemptions"][1]["reason"] == "code_not_needed"
    # A slogan that does the same spares them.
    order = record(shop, HAT, codes=["autumn", second.text])
    assert (order["total"], only(order)["reason"], order["codes"]) == ("45.00", "code_not_needed", ["AUTUMN"])
    assert tokens.code_now(second).state == "free"


def test_a_gift_card_pays_after_discounts_and_points_and_earns_as_money(shop: OrderShop, tokens: Tokens) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "10.00", balance_type="bonus")
    gift = tokens.gift_card(2000)
    shop.run(TEN_PERCENT, back("10"))
    order = record(
        shop,
        HAT,
        card=encode("crd", card.id),
        spend=[{"code": gift.code, "amount": "max"}, {"balance_type": "bonus", "amount": "10.00"}],
    )
    assert (order["total"], order["to_pay"]) == ("45.00", "15.00")
    assert order["spend"][-1] == {
        "card": None,
        "balance_type": None,
        "gift_card": encode("gcd", gift.id),
        "membership": None,
        "amount": "20.00",
        "money": "20.00",
        "promotion": None,
    }
    # 35.00 is what points did not pay.
    assert order["earn"][0]["amount"] == "3.50"
    now = tokens.gift_card_now(gift)
    assert (now.balance, now.state) == (0, "used_up")
    assert str(gift.code) not in str(order)


def test_a_gift_card_that_cannot_pay_is_refused_before_anything_happens(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(2000)
    old = tokens.gift_card(2000, expires_at=timezone.now() - timedelta(days=1))
    goods = tokens.gift_card(9000, limits={"services": "none"})

    def refused(code: Any, amount: str) -> tuple[int, str]:
        reply = shop.record(shop.order(HAT, CUT, spend=[{"code": code, "amount": amount}]))
        return reply.status, reply.body["code"]

    assert refused(gift.code, "20.01") == (409, "gift_card_short")
    assert refused(old.code, "max") == (409, "gift_card_expired")
    assert refused(goods.code, "50.01") == (409, "gift_card_limited")
    assert refused("7K3M9PQX2WRTABCD", "max") == (404, "unknown_code")
    assert refused(tokens.voucher({"percent": "10"}).code, "max") == (404, "unknown_code")
    order = record(shop, HAT, CUT, spend=[{"code": goods.code, "amount": "max"}])
    assert order["to_pay"] == "30.00"
    both = shop.record(shop.order(HAT, spend=[{"code": gift.code, "balance_type": "bonus", "amount": "max"}]))
    assert both.status == 422


def test_selling_a_gift_card_earns_nothing_and_is_not_reduced(shop: OrderShop, tokens: Tokens) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "100.00", balance_type="bonus")
    gift = tokens.gift_card(9000)
    shop.run(TEN_PERCENT, back("10"))
    sold = {"sku": "gift-50", "name": "Gift card", "kind": "prepaid", "price": "50.00", "quantity": "1"}
    order = record(
        shop,
        HAT,
        sold,
        card=encode("crd", card.id),
        spend=[{"balance_type": "bonus", "amount": "max"}, {"code": gift.code, "amount": "max"}],
    )
    assert [one["discount"] for one in order["lines"]] == ["5.00", "0.00"]
    # What is prepaid is paid with money alone.
    assert (order["total"], order["to_pay"]) == ("95.00", "50.00")
    assert order["earn"] == []


def test_what_is_prepaid_is_sold_and_paid_once_it_pays_for_something(shop: OrderShop, tokens: Tokens) -> None:
    card = shop.counter.issue("+49 151 11111111")
    anna = shop.caller.post("/customers", {"name": "Anna", "phone": "+49 151 11111111"}).body["id"]
    gift = tokens.gift_card(5000)

    def statistics() -> tuple[str, str, int]:
        dispatcher().make_round()
        found = shop.caller.get(f"/customers/{anna}").body["statistics"]
        return found["sold"], found["paid"], found["visits"]

    prepaid = {"sku": "gift-50", "name": "Gift card", "kind": "prepaid", "price": "50.00", "quantity": "1"}
    named = {"card": encode("crd", card.id)}
    order = record(shop, prepaid, **named)
    assert (order["total"], statistics()) == ("50.00", ("0.00", "0.00", 1))
    record(shop, HAT, spend=[{"code": gift.code, "amount": "max"}], **named)
    assert statistics() == ("50.00", "50.00", 2)
    # An open order that is changed and paid counts alike.
    open_order = record(shop, HAT, state="open", **named)
    changed = shop.caller.patch(f"/orders/{open_order['id']}", {"lines": [HAT, prepaid]})
    assert changed.body["total"] == "100.00"
    shop.caller.post(f"/orders/{open_order['id']}/pay")
    assert statistics() == ("100.00", "100.00", 3)


def test_a_refund_gives_back_in_proportion_and_to_a_used_up_card(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(4000)
    order = record(shop, HAT, CUT, spend=[{"code": gift.code, "amount": "max"}])
    assert tokens.gift_card_now(gift).state == "used_up"
    first = refund(shop, order, {"lines": [{"index": 1}]})
    assert (first["money_back"], first["given_back"][0]["amount"]) == ("15.00", "15.00")
    assert (tokens.gift_card_now(gift).balance, tokens.gift_card_now(gift).state) == (1500, "active")
    last = refund(shop, order, {"lines": [{"index": 0}]})
    assert (last["money_back"], last["given_back"][0]["amount"]) == ("25.00", "25.00")
    assert tokens.gift_card_now(gift).balance == 4000
    read = only(shop.caller.get(f"/orders/{order['id']}").body)
    assert (read["state"], read["returned"]) == ("given_back", "40.00")
    listed = shop.caller.get(f"/orders/{order['id']}/refunds").body["items"]
    assert [one["given_back"] for one in listed] == [first["given_back"], last["given_back"]]


def test_a_voucher_comes_back_once_the_rest_does_not_deserve_it(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "10.00", "minimum": "60.00"})
    order = record(shop, HAT, CUT, codes=[voucher.code])
    assert order["total"] == "70.00"
    back_again = refund(shop, order, {"lines": [{"index": 1}]})
    # The hat alone costs 50.00: 20.00 of 70.00 go back, and the voucher is free again.
    assert back_again["money_back"] == "20.00"
    assert [one["kind"] for one in back_again["given_back"]] == ["voucher"]
    assert tokens.voucher_now(voucher).state == "active"
    undone = shop.caller.post(f"/vouchers/{encode('vch', voucher.id)}/undo-redeem", {})
    assert undone.status in (404, 409)
    again = record(shop, HAT, CUT, codes=[voucher.code])
    assert again["total"] == "70.00"
    # The rest of the first order goes back without touching the second one's use.
    refund(shop, order, {"lines": [{"index": 0}]})
    now = tokens.voucher_now(voucher)
    assert (now.state, encode("ord", now.order_id or voucher.id)) == ("redeemed", again["id"])


def test_a_voucher_stays_used_while_the_rest_deserves_it(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"percent": "10"})
    order = record(shop, HAT, CUT, codes=[voucher.code])
    part = refund(shop, order, {"lines": [{"index": 1}]})
    assert (part["money_back"], part["given_back"]) == ("27.00", [])
    assert tokens.voucher_now(voucher).state == "redeemed"
    cancelled = shop.caller.post(f"/orders/{order['id']}/cancel")
    assert (cancelled.status, cancelled.body["money_back"]) == (200, "45.00")
    assert tokens.voucher_now(voucher).state == "active"


def test_a_code_comes_back_with_its_order(shop: OrderShop, tokens: Tokens) -> None:
    pool = tokens.pool()
    code = tokens.code(pool)
    shop.run({**TEN_PERCENT, "code_pools": [pool_id(pool)]})
    order = record(shop, HAT, codes=[code.text])
    body = refund(shop, order, {"amount": "45.00"})
    assert body["given_back"] == [
        {"kind": "code", "id": encode("cod", code.id), "code": only(order)["code"], "amount": None, "visits": None}
    ]
    assert tokens.code_now(code).state == "free"


def test_a_gift_card_for_one_payment_forfeits_its_rest_and_gets_it_back(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(6000, is_single_use=True)
    order = record(shop, HAT, spend=[{"code": gift.code, "amount": "max"}])
    assert (order["to_pay"], tokens.gift_card_now(gift).balance) == ("0.00", 0)
    shop.caller.post(f"/orders/{order['id']}/cancel")
    assert tokens.gift_card_now(gift).balance == 6000


def test_what_returns_to_an_expired_gift_card_lives_thirty_more_days(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(4000, expires_at=timezone.now() + timedelta(days=1))
    order = record(shop, HAT, spend=[{"code": gift.code, "amount": "max"}])
    with unit_of_work(shop.chain_id):
        rows("UPDATE gift_cards SET expires_at = now() - interval '1 day', state = 'used_up' RETURNING 1")
    body = refund(shop, order, {"amount": "50.00"})
    assert (body["money_back"], body["given_back"][0]["amount"]) == ("10.00", "40.00")
    now = tokens.gift_card_now(gift)
    assert (now.balance, now.state) == (4000, "active")
    assert now.expires_at is not None
    assert 29 <= (now.expires_at - timezone.now()).days <= 30


def test_a_refund_to_a_cancelled_gift_card_is_paid_out(shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(6000)
    order = record(shop, HAT, spend=[{"code": gift.code, "amount": "max"}])
    cancelled = shop.caller.post(f"/gift-cards/{encode('gcd', gift.id)}/cancel", {"pay_out": False, "note": "lost"})
    assert cancelled.status == 201, cancelled.body
    body = refund(shop, order, {"amount": "50.00"})
    assert (body["money_back"], body["given_back"]) == ("50.00", [])
    assert tokens.gift_card_now(gift).balance == 0


def test_the_same_external_id_is_answered_as_it_was(shop: OrderShop, tokens: Tokens) -> None:
    voucher = tokens.voucher({"amount": "5.00"})
    body = shop.order(HAT, codes=[voucher.code], external_id="till-1")
    first, second = shop.record(body), shop.record(body)
    assert (first.status, second.status) == (201, 201)
    assert second.body["id"] == first.body["id"]
    assert second.body["redemptions"] == first.body["redemptions"]
