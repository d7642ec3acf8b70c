"""What a change of a promotion takes from people is shown first, and they can keep it (ORD-13), over HTTP."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.kernel.ids import encode
from regulars.platform.database import execute, row, unit_of_work
from tests.contract.chains import add_caller
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, TEN_OFF, OrderShop, open_order_shop

pytestmark = pytest.mark.django_db

FIVE_OFF = {"benefits": [{"kind": "percent_off_order", "percent": "5"}]}
CARRY = {"kind": "per_money", "balance_type": "ext:bonus", "units": "1", "per": "10", "carries": True}
FREE_COFFEE = {
    "benefits": [{"kind": "cheapest_off"}],
    "cost": {"balance_type": "ext:stamps", "amount": 3},
}


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


def later(days: int = 30) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def losses(shop: OrderShop, promotion: str, change: str) -> dict[str, tuple[int, str, int]]:
    reply = shop.caller.get(f"/promotions/{promotion}/promises?change={change}")
    assert reply.status == 200, reply.body
    return {one["kind"]: (one["people"], one["amount"], one["ready"]) for one in reply.body["losses"]}


def publish(shop: OrderShop, promotion: str, change: dict[str, Any], **protect: Any) -> Any:
    assert shop.caller.patch(f"/promotions/{promotion}", change).status == 200
    reply = shop.caller.post(f"/promotions/{promotion}/publish", protect or None)
    assert reply.status == 200, reply.body
    return reply.body


def latte(shop: OrderShop, times: str = "1", **more: Any) -> Any:
    reply = shop.record(shop.order({**LATTE, "quantity": times}, **more))
    assert reply.status == 201, reply.body
    return reply.body


def lapse() -> None:
    execute("UPDATE kept_versions SET until = now() - interval '1 second'")


def test_money_that_waits_is_counted_listed_and_kept(shop: OrderShop) -> None:
    anna, ben = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 22222222")
    (running,) = shop.run({"earnings": [CARRY]})
    latte(shop, "2", card=encode("crd", anna.id))
    assert losses(shop, running, "end") == {"rests": (1, "7.80", 0)}
    assert losses(shop, running, "publish") == {}
    shop.caller.patch(f"/promotions/{running}", {"earnings": [{**CARRY, "per": "20"}]})
    assert losses(shop, running, "publish") == {"rests": (1, "7.80", 0)}
    listed = shop.caller.get(f"/promotions/{running}/promises/rests?change=publish").body["items"]
    assert [(one["card"], one["card_number"], one["amount"]) for one in listed] == [
        (encode("crd", anna.id), anna.number, "€7.80")
    ]
    body = publish(shop, running, {"earnings": [{**CARRY, "per": "20"}]}, protect="everybody", until=later())
    assert [(one["number"], one["people"], one["orders"]) for one in body["kept"]] == [(1, 1, 0)]
    # Anna goes on by the block of 10: 7.80 and 3.90 fill it. Ben has the block of 20.
    assert [one["amount"] for one in latte(shop, card=encode("crd", anna.id))["earn"]] == ["1.00"]
    assert latte(shop, "3", card=encode("crd", ben.id))["earn"] == []
    with unit_of_work(shop.chain_id):
        lapse()
    # After the day it is the same for both: what waits goes on waiting for 20.
    assert latte(shop, "3", card=encode("crd", anna.id))["earn"] == []
    assert [one["amount"] for one in latte(shop, "3", card=encode("crd", ben.id))["earn"]] == ["1.00"]


def test_stamps_on_the_way_to_a_reward_keep_its_price(shop: OrderShop) -> None:
    anna, ben, carla = (shop.counter.issue(f"+49 151 1111111{n}") for n in (1, 2, 3))
    shop.counter.adjust(anna, "3", balance_type="stamps")
    shop.counter.adjust(ben, "2", balance_type="stamps")
    (running,) = shop.run(FREE_COFFEE)
    dearer = {"cost": {"balance_type": "ext:stamps", "amount": 5}}
    shop.caller.patch(f"/promotions/{running}", dearer)
    assert losses(shop, running, "publish") == {"rewards": (2, "5", 1)}
    assert losses(shop, running, "pause") == {"rewards": (2, "5", 1)}
    publish(shop, running, dearer, protect="everybody", until=later())
    assert latte(shop, card=encode("crd", anna.id))["total"] == "0.00"
    shop.counter.adjust(ben, "1", balance_type="stamps")
    assert latte(shop, card=encode("crd", ben.id))["total"] == "0.00"
    shop.counter.adjust(carla, "4", balance_type="stamps")
    assert latte(shop, card=encode("crd", carla.id))["total"] == "3.90"


def test_a_promotion_that_has_ended_goes_on_for_those_who_collect_and_a_refund_knows_it(shop: OrderShop) -> None:
    anna, ben = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 22222222")
    shop.counter.adjust(anna, "3", balance_type="stamps")
    (running,) = shop.run(FREE_COFFEE)
    reply = shop.caller.post(f"/promotions/{running}/end", {"protect": "everybody", "until": later()})
    assert (reply.status, reply.body["state"], reply.body["kept"][0]["people"]) == (200, "ended", 1)
    shop.counter.adjust(ben, "3", balance_type="stamps")
    assert latte(shop, card=encode("crd", ben.id))["total"] == "3.90"
    order = latte(shop, card=encode("crd", anna.id))
    assert order["total"] == "0.00"
    assert shop.balance(anna, "stamps") == 0
    refund = shop.caller.post(f"/orders/{order['id']}/cancel")
    assert refund.status in (200, 201), refund.body
    assert shop.balance(anna, "stamps") == 3


def test_uses_that_are_left_are_kept(shop: OrderShop) -> None:
    anna, ben = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 22222222")
    (running,) = shop.run({**TEN_OFF, "limits": {"per_customer": 3}})
    for card in (anna, ben):
        latte(shop, card=encode("crd", card.id))
    latte(shop, card=encode("crd", ben.id))
    fewer = {"limits": {"per_customer": 2}}
    shop.caller.patch(f"/promotions/{running}", fewer)
    # Anna has two left and keeps one; Ben has one left and none from then on.
    assert losses(shop, running, "publish") == {"uses": (2, "2", 0)}
    publish(shop, running, fewer, protect="everybody", until=later())
    assert [latte(shop, card=encode("crd", anna.id))["total"] for _ in range(3)] == ["3.51", "3.51", "3.90"]
    assert [latte(shop, card=encode("crd", ben.id))["total"] for _ in range(2)] == ["3.51", "3.90"]


def test_visits_on_the_way_to_the_order_that_gets_it(shop: OrderShop) -> None:
    people = []
    for n, visits in ((1, 1), (2, 2), (3, 3)):
        phone = f"+49 151 1111111{n}"
        person = shop.caller.post("/customers", {"name": f"Person {n}", "phone": phone}).body["id"]
        people.append(person)
        for _ in range(visits):
            latte(shop, customer=person)
    dispatcher().make_round()
    third = {**TEN_OFF, "conditions": [{"kind": "nth_order", "number": 3, "is_every": True}]}
    (running,) = shop.run(third)
    assert losses(shop, running, "end") == {"visits": (2, "3", 1)}
    shop.caller.post(f"/promotions/{running}/end", {"protect": "everybody", "until": later()})
    assert latte(shop, customer=people[1])["total"] == "3.51"
    assert [latte(shop, customer=people[2])["total"] for _ in range(3)] == ["3.90"] * 3


def test_rates_that_were_reached_are_kept(shop: OrderShop) -> None:
    def rates(percent: str) -> dict[str, Any]:
        steps = [{"reached": "0", "percent": "1"}, {"reached": "10", "percent": percent}]
        return {
            "earnings": [{"kind": "accumulative_back", "balance_type": "ext:bonus", "over": "paid", "steps": steps}]
        }

    people = [shop.caller.post("/customers", {"name": n, "phone": f"+49 151 1111111{n}"}).body["id"] for n in "12"]
    for n in "12":
        shop.counter.issue(f"+49 151 1111111{n}")
    latte(shop, "3", customer=people[0])
    latte(shop, customer=people[1])
    dispatcher().make_round()
    (running,) = shop.run(rates("10"))
    shop.caller.patch(f"/promotions/{running}", rates("5"))
    assert losses(shop, running, "publish")["rates"][0] == 1
    listed = shop.caller.get(f"/promotions/{running}/promises/rates").body["items"]
    assert [(one["customer"], one["name"]) for one in listed] == [(people[0], "1")]
    publish(shop, running, rates("5"), protect="everybody", until=later())
    assert [one["amount"] for one in latte(shop, customer=people[0])["earn"]] == ["0.39"]
    latte(shop, "3", customer=people[1])
    dispatcher().make_round()
    assert [one["amount"] for one in latte(shop, customer=people[1])["earn"]] == ["0.19"]


def test_open_orders_keep_the_price_that_they_were_told(shop: OrderShop) -> None:
    (running,) = shop.run(TEN_OFF)
    first = shop.record(shop.order(LATTE, state="open")).body
    second = shop.record(shop.order(LATTE, state="open")).body
    assert losses(shop, running, "end") == {"orders": (2, "0.78", 2)}
    with unit_of_work(shop.chain_id):
        execute("UPDATE orders SET reserved_until = now() - interval '1 second'")
    assert losses(shop, running, "end") == {"orders": (2, "0.78", 0)}
    body = shop.caller.post(f"/promotions/{running}/end", {"protect": "orders", "until": later()}).body
    assert [(one["people"], one["orders"]) for one in body["kept"]] == [(0, 2)]
    paid = shop.caller.post(f"/orders/{first['id']}/pay", {"expected_total": "3.51"})
    assert (paid.status, paid.body["total"]) == (200, "3.51")
    assert latte(shop)["total"] == "3.90"
    with unit_of_work(shop.chain_id):
        lapse()
    assert shop.caller.post(f"/orders/{second['id']}/pay", {}).body["total"] == "3.90"


def test_orders_of_a_batch_go_each_by_the_version_of_its_buyer(shop: OrderShop) -> None:
    anna, ben = shop.counter.issue("+49 151 11111111"), shop.counter.issue("+49 151 22222222")
    (running,) = shop.run({**TEN_OFF, "limits": {"per_customer": 3}})
    latte(shop, card=encode("crd", anna.id))
    shop.caller.post(f"/promotions/{running}/end", {"protect": "everybody", "until": later()})
    items = [
        shop.order(LATTE, card=encode("crd", card.id), external_id=f"till-{place}")
        for place, card in enumerate((anna, ben, anna, anna))
    ]
    found = shop.caller.send("POST", "/orders/batch", raw=json.dumps(items).encode()).body["items"]
    assert [one["discount_total"] for one in found] == ["0.39", "0.00", "0.39", "0.00"]


def test_nobody_is_protected_unless_it_is_said_and_the_journal_tells_what_was_chosen(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    (running,) = shop.run({"earnings": [CARRY]})
    latte(shop, card=encode("crd", card.id))
    body = publish(shop, running, {"earnings": [{**CARRY, "per": "20"}]})
    assert body["kept"] == []
    with unit_of_work(shop.chain_id):
        found = row(
            "SELECT d.after FROM audit_entries e JOIN audit_details d ON d.entry_id = e.id"
            " WHERE e.verb = 'promotion.published' ORDER BY e.id DESC LIMIT 1"
        )
    assert found is not None
    assert '"rests": 1' in str(found[0]).replace("'", '"')
    publish(shop, running, {"earnings": [{**CARRY, "per": "30"}]}, protect="everybody", until=later())
    with unit_of_work(shop.chain_id):
        kept = row(
            "SELECT d.after ->> 'who', d.after ->> 'people' FROM audit_entries e JOIN audit_details d"
            " ON d.entry_id = e.id WHERE e.verb = 'promotion.promises_kept'"
        )
    assert kept == ("everybody", "1")


def test_the_better_version_ends_what_was_kept(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    (running,) = shop.run({"earnings": [CARRY]})
    latte(shop, "2", card=encode("crd", card.id))
    publish(shop, running, {"earnings": [{**CARRY, "per": "20"}]}, protect="everybody", until=later())
    body = publish(shop, running, {"earnings": [{**CARRY, "per": "8"}]})
    assert body["kept"] == []
    assert [one["amount"] for one in latte(shop, card=encode("crd", card.id))["earn"]] == ["1.00"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"protect": "everybody"}, "/until"),
        ({"protect": "everybody", "until": "2001-01-01"}, "/until"),
        ({"protect": "everybody", "until": "2399-01-01"}, "/until"),
        ({"protect": "friends"}, "/protect"),
        ({"protect": "orders", "until": "soon"}, "/until"),
        ({"protects": "orders"}, "/protects"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_changed(
    shop: OrderShop, body: dict[str, Any], pointer: str
) -> None:
    (running,) = shop.run(TEN_OFF)
    for way in ("end", "pause"):
        reply = shop.caller.post(f"/promotions/{running}/{way}", body)
        assert reply.status == 422, reply.body
        assert pointer in reply.codes_at()
    assert shop.caller.get(f"/promotions/{running}").body["state"] == "active"


def test_two_promotions_of_one_name_are_warned_about_and_not_refused(shop: OrderShop) -> None:
    first, second = shop.run({"name": "Autumn", **TEN_OFF}, {"name": "AUTUMN", **FIVE_OFF})
    told = shop.caller.get(f"/promotions/{second}/promises").body["warnings"]
    assert [(one["code"], one["promotions"]) for one in told] == [("same_name", [first])]
    assert "Autumn" in told[0]["text"]
    body = publish(shop, second, TEN_OFF)
    assert [one["promotions"] for one in body["warnings"]] == [[first]]
    shop.pause(first)
    assert shop.caller.get(f"/promotions/{second}/promises").body["warnings"] == []


def test_the_list_goes_page_by_page(shop: OrderShop) -> None:
    cards = [shop.counter.issue(f"+49 151 1111111{n}") for n in range(5)]
    for card in cards:
        shop.counter.adjust(card, "1", balance_type="stamps")
    (running,) = shop.run(FREE_COFFEE)
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = shop.caller.get(f"/promotions/{running}/promises/rewards?change=end&limit=2{cursor}").body
        seen += [one["card"] for one in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert sorted(seen) == sorted(encode("crd", card.id) for card in cards)
    assert shop.caller.get(f"/promotions/{running}/promises/rests?change=end").status == 404
    assert shop.caller.get(f"/promotions/{running}/promises/dreams?change=end").status == 422


def test_names_are_for_those_who_may_see_customers(shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "1", balance_type="stamps")
    (running,) = shop.run(FREE_COFFEE)
    scopes = frozenset({"promotions:read"})
    caller = add_caller(shop.chain_id, role="owner", scopes=scopes)
    counted = caller.get(f"/promotions/{running}/promises?change=end")
    assert [one["people"] for one in counted.body["losses"]] == [1]
    assert caller.get(f"/promotions/{running}/promises/rewards?change=end").status == 403
    stranger = open_order_shop(name="Another")
    assert stranger.caller.get(f"/promotions/{running}/promises?change=end").status == 404
