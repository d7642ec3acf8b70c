"""Whoever works at some places only sees, changes and takes along their orders, over the API and on the pages (ORG-2)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from regulars.exports.actions.run import run_export
from regulars.kernel.ids import decode, encode
from tests.contract.chains import Caller, add_caller
from tests.order_kit import LATTE, OrderShop, back, open_order_shop
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.committed
CUSTOMER = {"name": "Anna", "phone": "+49 151 11111111"}


class Places:
    """A shop with two places, an order at each and one at none, and somebody who works at the first only."""

    def __init__(self) -> None:
        self.shop: OrderShop = open_order_shop()
        self.shop.run(back())
        own_id = self.shop.counter.shop.location_id
        self.own = encode("loc", own_id)
        self.other = str(self.shop.caller.post("/locations", {"name": "Nord"}).body["id"])
        self.customer = str(self.shop.caller.post("/customers", CUSTOMER).body["id"])
        self.card = encode("crd", self.shop.counter.issue(CUSTOMER["phone"]).id)
        self.ours = self.record("R-own", location=self.own)
        self.theirs = self.record("R-other", location=self.other)
        self.nowhere = self.record("R-none")
        self.waiting = self.record("R-open", location=self.other, state="open")
        self.caller: Caller = add_caller(self.shop.chain_id, role="manager", location_ids=[own_id])
        self.person = hire(self.shop.counter.shop, "manager", locations=frozenset({own_id}))

    def record(self, external_id: str, **more: Any) -> str:
        body = self.shop.order(LATTE, card=self.card, external_id=external_id, **more)
        reply = self.shop.record(body)
        assert reply.status == 201, reply.body
        return str(reply.body["id"])


@pytest.fixture
def places(committed_db: Any) -> Places:
    return Places()


def untouched(places: Places) -> None:
    for order, state in ((places.theirs, "paid"), (places.waiting, "open")):
        found = places.shop.caller.get(f"/orders/{order}").body
        assert (found["state"], found["refunded"]) == (state, "0.00")


def test_the_api_shows_and_changes_orders_of_own_places_only(places: Places) -> None:
    seen = {one["id"] for one in places.caller.get("/orders").body["items"]}
    assert seen == {places.ours, places.nowhere}
    for query in (
        f"location={places.other}",
        f"customer={places.customer}&location={places.other}",
        "external_id=R-other",
    ):
        assert places.caller.get(f"/orders?{query}").body["items"] == []
    for name in (places.theirs, "ext:R-other"):
        for reply in (
            places.caller.get(f"/orders/{name}"),
            places.caller.post(f"/orders/{name}/complete"),
            places.caller.post(f"/orders/{name}/cancel"),
            places.caller.post(f"/orders/{name}/refunds", {"amount": "1.00"}),
        ):
            assert (reply.status, reply.code) == (404, "not_found"), (name, reply.body)
    assert places.caller.post(f"/orders/{places.waiting}/pay", {}).status == 404
    assert places.caller.patch(f"/orders/{places.waiting}", {"contact_point": "web"}).status == 404
    untouched(places)
    for order in (places.ours, places.nowhere):
        assert places.caller.get(f"/orders/{order}").status == 200
        assert places.caller.post(f"/orders/{order}/refunds", {"amount": "1.00"}).status == 201


def test_nothing_is_recorded_at_or_moved_to_another_place(places: Places) -> None:
    elsewhere = places.shop.order(LATTE, card=places.card, location=places.other)
    for path in ("/orders", "/orders/quote"):
        reply = (
            places.caller.post(path, elsewhere) if path == "/orders" else places.caller.send("POST", path, elsewhere)
        )
        assert (reply.status, reply.codes_at()) == (422, {"/location": "unknown_location"})
    batch = places.caller.send("POST", "/orders/batch", raw=json.dumps([elsewhere | {"external_id": "B-1"}]).encode())
    assert "unknown_location" in json.dumps(batch.body)
    open_here = places.caller.post("/orders", places.shop.order(LATTE, card=places.card, state="open"))
    assert open_here.status == 201, open_here.body
    # Unnamed, it happens at the only place of whoever records it.
    assert open_here.body["location"] == places.own
    moved = places.caller.patch(f"/orders/{open_here.body['id']}", {"location": places.other})
    assert (moved.status, moved.codes_at()) == (422, {"/location": "unknown_location"})
    back_there = places.caller.post(f"/orders/{places.ours}/refunds", {"amount": "1.00", "location": places.other})
    assert back_there.status == 422


def test_the_same_number_tells_nothing_of_an_order_elsewhere(places: Places) -> None:
    body = places.shop.order(LATTE, card=places.card, external_id="R-twin")
    made = places.shop.record({**body, "location": places.other})
    assert made.status == 201
    reply = places.caller.post("/orders", body)
    assert (reply.status, reply.code) == (409, "external_id_taken")
    assert made.body["id"] not in json.dumps(reply.body)


def test_the_pages_show_and_change_orders_of_own_places_only(places: Places) -> None:
    browser = sign_in_client(Client(raise_request_exception=False), places.person)
    for address in ("/orders", f"/orders?customer={places.customer}", f"/orders/of/{places.customer}"):
        text = browser.get(address).content.decode()
        assert "R-other" not in text, address
        assert "R-open" not in text, address
        assert "R-own" in text, address
    assert "No order matches" in browser.get("/orders?q=R-other").content.decode()
    for order in (places.theirs, places.waiting):
        for page in ("", "/edit", "/refund", "/cancel", "/pay"):
            assert browser.get(f"/orders/{order}{page}").status_code in (404, 405), page
        for page in ("/pay", "/complete", "/refund", "/cancel", "/edit"):
            assert browser.post(f"/orders/{order}{page}", {"amount": "1.00"}).status_code == 404, page
    untouched(places)
    assert browser.get(f"/orders/{places.ours}").status_code == 200


def test_time_lines_tell_of_orders_of_own_places_only(places: Places) -> None:
    browser = sign_in_client(Client(raise_request_exception=False), places.person)
    owner = sign_in_client(Client(raise_request_exception=False), places.shop.counter.shop)
    for address in (f"/customers/{places.customer}", f"/cards/{places.card}", f"/cards/{places.card}/history"):
        assert "R-own" in browser.get(address).content.decode(), address
        assert "R-other" not in browser.get(address).content.decode(), address
        assert "R-other" in owner.get(address).content.decode(), address
        assert "R-open" in owner.get(address).content.decode(), address


def test_an_export_holds_orders_of_own_places_only(places: Places) -> None:
    asked: dict[str, Any] = {"kind": "orders", "format": "csv", "filter": {}}
    for filters in ({}, {"location": places.other}):
        made = places.caller.post("/exports", {**asked, "filter": filters})
        if made.status != 201:
            assert made.status == 422, made.body
            continue
        export_id = decode("exp", made.body["id"])
        assert export_id is not None
        run_export(places.shop.chain_id, export_id)
        done = places.caller.get(f"/exports/{made.body['id']}").body
        answer: Any = places.caller.client.get(done["url"], HTTP_AUTHORIZATION=f"Bearer {places.caller.key}")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert "R-other" not in text
        assert ("R-own" in text) == (not filters)
    # What somebody of the whole business exported is theirs.
    whole = places.shop.caller.post("/exports", asked)
    assert places.caller.get(f"/exports/{whole.body['id']}").status == 404


def test_a_promotion_is_not_tried_on_an_order_elsewhere(places: Places) -> None:
    promotion = places.shop.run(back("7"))[0]
    reply = places.caller.send("POST", f"/promotions/{promotion}/test", {"order": places.theirs})
    assert reply.status == 404
    assert places.caller.send("POST", f"/promotions/{promotion}/test", {"order": places.ours}).status == 200
