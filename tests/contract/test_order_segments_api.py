"""Order segments: named conditions over orders, tried on an order, asked for by promotions (ORD-9)."""

from typing import Any

import pytest

from regulars.kernel.ids import encode
from tests.contract.chains import add_caller, open_chain
from tests.order_kit import CAKE, LATTE, TEN_OFF, OrderShop, back, open_order_shop

pytestmark = pytest.mark.committed

LARGE = [
    {"kind": "amount_between", "least": "10", "most": "50"},
    {
        "kind": "any_of",
        "conditions": [
            {"kind": "contains", "products": {"categories": ["cake"]}},
            {"kind": "at_places", "channels": ["web"]},
        ],
    },
]


@pytest.fixture
def shop(committed_db: Any) -> OrderShop:
    return open_order_shop()


def make(shop: OrderShop, conditions: Any = LARGE, name: str = "Large baskets") -> dict[str, Any]:
    reply = shop.caller.post("/order-segments", {"name": name, "conditions": conditions})
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.body
    return made


def test_a_segment_is_made_read_changed_and_deleted(shop: OrderShop) -> None:
    made = make(shop)
    assert made["external_id"] == "large-baskets"
    assert made["conditions"][0] == {"kind": "amount_between", "least": "10.00", "most": "50.00"}
    assert shop.caller.get("/order-segments/ext:large-baskets").body == made
    assert shop.caller.get("/order-segments").body["items"] == [made]
    changed = shop.caller.patch(f"/order-segments/{made['id']}", {"name": "Large"}, HTTP_IF_MATCH='"1"')
    assert (changed.body["name"], changed.body["version"]) == ("Large", 2)
    assert shop.caller.patch(f"/order-segments/{made['id']}", {"name": "L"}, HTTP_IF_MATCH='"1"').status == 412
    assert shop.caller.delete(f"/order-segments/{made['id']}").status == 204
    assert shop.caller.get(f"/order-segments/{made['id']}").status == 404
    assert shop.caller.delete(f"/order-segments/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("conditions", "pointer", "code"),
    [
        ([], "/conditions", "no_conditions"),
        ([{"kind": "amount_between"}], "/conditions/0", "empty_choice"),
        ([{"kind": "amount_between", "least": "5", "most": "4"}], "/conditions/0/most", "contradiction"),
        ([{"kind": "units_between", "least": 0}], "/conditions/0/least", "out_of_range"),
        ([{"kind": "in_order_segment", "segment": "ext:x"}], "/conditions/0/segment", "unknown_order_segment"),
    ],
)
def test_what_is_wrong_with_a_segment_is_refused(shop: OrderShop, conditions: Any, pointer: str, code: str) -> None:
    reply = shop.caller.post("/order-segments", {"name": "x", "conditions": conditions})
    assert reply.status == 422
    assert reply.codes_at()[pointer] == code


def test_a_segment_is_not_made_of_segments_and_its_external_id_is_its_own(shop: OrderShop) -> None:
    made = make(shop)
    nested = [{"kind": "in_order_segment", "segment": made["id"]}]
    reply = shop.caller.post("/order-segments", {"name": "x", "conditions": nested})
    assert reply.codes_at() == {"/conditions": "segment_in_segment"}
    again = shop.caller.post("/order-segments", {"name": "x", "conditions": LARGE, "external_id": "large-baskets"})
    assert again.code == "external_id_taken"


def test_an_order_is_asked_about_every_condition(shop: OrderShop) -> None:
    make(shop)
    reply = shop.caller.post("/order-segments/ext:large-baskets/test", {"lines": [LATTE, CAKE]}, key=None)
    assert reply.status == 200, reply.body
    assert reply.body["met"]
    small = shop.caller.post("/order-segments/ext:large-baskets/test", {"lines": [LATTE]}, key=None).body
    assert not small["met"]
    assert [one["met"] for one in small["conditions"]] == [False, False]
    assert small["conditions"][0] == {
        "text": "From €10.00 to €50.00 are spent on: all products.",
        "met": False,
        "explanation": "It takes 10.00 EUR, here are 3.90 EUR: 6.10 EUR is missing.",
    }
    web = shop.caller.post("/order-segments/ext:large-baskets/test", {"lines": [LATTE], "channel": "web"}, key=None)
    assert [one["met"] for one in web.body["conditions"]] == [False, True]
    shop.caller.post("/orders", {"external_id": "o-1", "lines": [LATTE, CAKE]})
    assert shop.caller.post("/order-segments/ext:large-baskets/test", {"order": "ext:o-1"}, key=None).body["met"]


def test_a_promotion_asks_for_a_segment_and_goes_by_its_change_at_once(shop: OrderShop) -> None:
    made = make(shop)
    (running,) = shop.run({**TEN_OFF, "conditions": [{"kind": "in_order_segment", "segment": made["id"]}]})
    body = {"lines": [LATTE, CAKE]}
    assert shop.caller.post("/orders/quote", body, key=None).body["discount_total"] == "1.20"
    shop.caller.patch(f"/order-segments/{made['id']}", {"conditions": [{"kind": "units_between", "most": 2}]})
    quote = shop.caller.post("/orders/quote", body, key=None).body
    assert quote["promotions"][0]["explanation"] == (
        "The order is not one of “Large baskets”: It takes at most 2 pieces, here are 3."
    )
    used = shop.caller.delete(f"/order-segments/{made['id']}")
    assert (used.status, used.code) == (409, "order_segment_used")
    assert len(used.body["promotions"]) == 1
    words = shop.caller.get(f"/promotions/{running}/words").body["sentences"]
    assert words[0]["text"] == "For orders of “Large baskets”."
    shop.caller.post(f"/promotions/{running}/end")
    assert shop.caller.delete(f"/order-segments/{made['id']}").status == 204


def test_segments_of_other_chains_do_not_exist_here(shop: OrderShop) -> None:
    made = make(shop)
    other = open_chain("Elsewhere")
    assert other.get(f"/order-segments/{made['id']}").status == 404
    assert other.post(f"/order-segments/{made['id']}/test", {"lines": [LATTE]}, key=None).status == 404
    program = encode("prg", shop.counter.card_type.program.id)
    foreign = {"name": "x", "program": program, "conditions": [{"kind": "in_order_segment", "segment": made["id"]}]}
    assert shop.caller.post("/promotions", foreign).status == 201
    reader = add_caller(shop.chain_id, scopes=frozenset({"promotions:read"}))
    assert reader.post("/order-segments", {"name": "x", "conditions": LARGE}).status == 403


def test_a_partial_refund_asks_the_segment_again(shop: OrderShop) -> None:
    made = make(shop, [{"kind": "contains", "products": {"categories": ["cake"]}}])
    shop.run({**back(), "conditions": [{"kind": "in_order_segment", "segment": made["id"]}]})
    card = shop.counter.issue("+49 151 11111111")
    order = shop.record(shop.order(LATTE, CAKE, card=encode("crd", card.id))).body["id"]
    assert shop.balance(card) == 60
    # The cake is kept: 5 % of 8.10, rounded down, stays.
    assert shop.caller.post(f"/orders/{order}/refunds", {"lines": [{"index": 0}]}).status == 201
    assert shop.balance(card) == 40
    assert shop.caller.post(f"/orders/{order}/refunds", {"lines": [{"index": 1}]}).status == 201
    assert shop.balance(card) == 0
