"""The list of orders keeps views and opens an order beside it (CUS-2, UX section 2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from regulars.kernel.ids import encode
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def browser(client: Client, shop: OrderShop) -> Client:
    return sign_in_client(client, shop.counter.shop)


def words_of(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\xa0", " "))


def record(shop: OrderShop, **more: Any) -> str:
    reply = shop.record(shop.order(**more))
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def test_a_view_is_saved_shown_changed_and_deleted(browser: Client, shop: OrderShop) -> None:
    record(shop, external_id="WEB-1", channel="web")
    record(shop, external_id="TILL-1", channel="till")
    page = browser.get("/orders?channel=web&after=x").content.decode()
    assert "/views/orders/new?query=channel%3Dweb" in page
    saved = browser.post("/views/orders/new", {"name": "Online shop", "query": "channel=web&after=x"})
    assert saved.status_code == 303
    assert re.fullmatch(r"/orders\?channel=web&view=vew_\w+", saved["Location"])
    shown = browser.get(saved["Location"])
    assert "WEB-1" in words_of(shown)
    assert "TILL-1" not in words_of(shown)
    assert "Online shop" in words_of(browser.get("/orders"))
    assert "Save changes" not in words_of(shown)
    assert "Save changes" in words_of(browser.get(saved["Location"].replace("web&", "till&")))
    view = saved["Location"].rpartition("=")[2]
    assert browser.post(f"/view/{view}/update", {"query": "channel=till"}).status_code == 303
    assert "TILL-1" in words_of(browser.get(f"/orders?channel=till&view={view}"))
    assert browser.post(f"/view/{view}/delete").status_code == 303
    assert "Online shop" not in words_of(browser.get("/orders")).replace("“Online shop” is", "")


def test_views_of_orders_are_for_whoever_may_see_orders(shop: OrderShop) -> None:
    marketer = hire(shop.counter.shop, "marketer")
    assert sign_in_client(Client(), marketer).get("/views/orders/new?query=channel%3Dweb").status_code == 200
    nobody = Client(raise_request_exception=False).get("/views/orders/new")
    assert nobody.status_code in (302, 401, 403)


def test_an_order_opens_beside_the_list(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(TEN_OFF, back())
    order = record(shop, external_id="R-1", card=encode("crd", card.id))
    listed = browser.get("/orders?channel=").content.decode()
    assert f'href="/orders/{order}"' in listed
    assert f'hx-get="/orders?open={order}"' in listed
    address = f"/orders?open={order}"
    whole = words_of(browser.get(address))
    for text in ("R-1", "Latte", "2 × Cake", "Taken off by promotions", "+0.54", card.number, "10% of"):
        assert text in whole, text
    panel = browser.get(address, headers={"HX-Request": "true", "HX-Target": "panel"}).content.decode()
    assert "<table" not in panel
    assert 'href="/orders"' in panel
    assert f'href="/orders/{order}"' in panel
    rows = browser.get(address, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert "To read aloud" not in rows


@pytest.mark.parametrize(
    "opened", ["ord_zzz", "cus_01hf3zj7k8w9x0y1z2a3b4c5d6", "ord_01hf3zj7k8w9x0y1z2a3b4c5d6", "x" * 900]
)
def test_what_cannot_be_opened_leaves_the_list_alone(browser: Client, shop: OrderShop, opened: str) -> None:
    record(shop, external_id="R-1")
    assert "R-1" in words_of(browser.get("/orders", {"open": opened}))


def test_the_panel_costs_a_fixed_number_of_queries(browser: Client, shop: OrderShop) -> None:
    order = record(shop)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            browser.get("/orders", {"open": order}, headers={"HX-Request": "true", "HX-Target": "panel"})
        counts.append(len(asked))
        for number in range(5):
            record(shop, external_id=f"R-{len(counts)}-{number}")
    assert counts[0] == counts[1]
