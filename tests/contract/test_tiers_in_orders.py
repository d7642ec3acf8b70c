"""What a tier and a switched-off loyalty do to orders (PRG-6, CUS-4), over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from regulars.kernel.ids import encode
from tests.ledger_kit import dispatcher
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.django_db
LEVELS: dict[str, Any] = {
    "name": "Levels",
    "counts": "paid",
    "tiers": [
        {"name": "Silver", "external_id": "silver", "threshold": "10"},
        {"name": "Gold", "external_id": "gold", "threshold": "30", "multiplier": "2"},
    ],
}


@pytest.fixture
def shop(db: None) -> OrderShop:
    shop = open_order_shop()
    program = encode("prg", shop.counter.card_type.program.id)
    assert shop.caller.patch(f"/programs/{program}", {"tier_groups": [LEVELS]}).status == 200
    return shop


def bonus(reply: Any) -> list[str]:
    assert reply.status in (200, 201), reply.body
    return [one["amount"] for one in reply.body["earn"]]


@pytest.mark.parametrize("is_customer", [True, False])
def test_a_tier_multiplies_what_is_earned_and_says_so(shop: OrderShop, is_customer: bool) -> None:
    shop.run(back())
    if is_customer:
        shop.caller.post("/customers", {"name": "Anna", "phone": "+49 151 11111111"})
    card = encode("crd", shop.counter.issue("+49 151 11111111").id)
    # 12.00 paid makes Silver, which multiplies nothing; two more make Gold.
    for earned in (["0.60"], ["0.60"], ["0.60"]):
        assert bonus(shop.record(shop.order(card=card))) == earned
    dispatcher().make_round()
    (tier,) = shop.caller.get(f"/cards/{card}").body["tiers"]
    assert (tier["tier"]["name"], tier["counted"], tier["next"]) == ("Gold", "36.00", None)
    reply = shop.record(shop.order(card=card))
    assert bonus(reply) == ["0.60", "0.60"]
    gold = next(one for one in reply.body["promotions"] if one["name"] == "Gold")
    assert gold["applied"]
    found = shop.caller.get(f"/orders/{reply.body['id']}").body
    assert next(one for one in found["promotions"] if one["name"] == "Gold")["applied"]


def test_a_promotion_for_a_tier(shop: OrderShop) -> None:
    shop.run(TEN_OFF | {"conditions": [{"kind": "in_tier", "tiers": ["ext:silver", "ext:gold"]}]})
    card = encode("crd", shop.counter.issue("+49 151 11111111").id)
    reply = shop.record(shop.order(card=card))
    told = {one["name"]: one for one in reply.body["promotions"]}
    (first,) = [one for name, one in told.items() if name != "Gold"]
    assert (reply.body["total"], first["applied"], first["reason"]) == ("12.00", False, "in_tier")
    assert "Gold" in first["explanation"]
    dispatcher().make_round()
    assert shop.record(shop.order(card=card)).body["total"] == "10.80"
    wrong = {"name": "X", "program": encode("prg", shop.counter.card_type.program.id), "conditions": [
        {"kind": "in_tier", "tiers": ["ext:black"]}]}  # fmt: skip
    assert shop.caller.post("/promotions", wrong).status == 422


def test_loyalty_off_earns_and_spends_nothing_and_the_balance_stays(shop: OrderShop) -> None:
    shop.run(back())
    anna = shop.caller.post("/customers", {"name": "Anna", "phone": "+49 151 11111111"}).body["id"]
    held = shop.counter.issue("+49 151 11111111")
    card = encode("crd", held.id)
    shop.record(shop.order(card=card))
    assert shop.balance(held) == 60
    shop.caller.patch(f"/customers/{anna}", {"loyalty_off": True})
    reply = shop.record(shop.order(card=card))
    assert bonus(reply) == []
    assert {one["reason"] for one in reply.body["promotions"]} == {"loyalty_off"}
    assert bonus(shop.record(shop.order(customer=anna))) == []
    refused = shop.record(shop.order(card=card, spend=[{"balance_type": "ext:bonus", "amount": "0.10"}]))
    assert (refused.status, refused.code) == (409, "loyalty_off")
    assert shop.balance(held) == 60
    shop.caller.patch(f"/customers/{anna}", {"loyalty_off": False})
    assert bonus(shop.record(shop.order(card=card))) == ["0.60"]
