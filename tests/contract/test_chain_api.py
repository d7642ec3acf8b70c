"""The settings of the business over HTTP, and whether prices include tax: over HTTP and on its page (ORD-15)."""

from typing import Any

import pytest
from django.test import Client

from regulars.platform.database import rows, unit_of_work
from tests.contract.chains import Caller, add_caller
from tests.order_kit import TEN_OFF, OrderShop, open_order_shop
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db
TAXED = {"sku": "book", "price": "50.00", "quantity": "1", "tax_percent": "20"}


def test_the_settings_of_the_business_are_read_and_changed(caller: Caller) -> None:
    shown = caller.get("/chain")
    assert shown.status == 200
    assert shown.body["prices_include_tax"] is True
    assert shown.body["id"].startswith("chn_")
    changed = caller.patch("/chain", {"name": "Café Mond", "prices_include_tax": False})
    assert changed.status == 200, changed.body
    assert (changed.body["name"], changed.body["prices_include_tax"]) == ("Café Mond", False)
    assert changed.body["version"] == shown.body["version"] + 1
    # What is left out stays.
    assert caller.patch("/chain", {"accent": "ocean"}).body["prices_include_tax"] is False
    with unit_of_work(caller.chain_id):
        assert rows("SELECT count(*) FROM audit_entries WHERE verb = 'chain.changed'") == [(2,)]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"prices_include_tax": "perhaps"}, "/prices_include_tax"),
        ({"country": "XX"}, "/country"),
        ({"language": "tlh"}, "/language"),
        ({"taxes": True}, "/taxes"),
    ],
)
def test_what_cannot_be_a_setting_is_refused(caller: Caller, body: dict[str, Any], pointer: str) -> None:
    reply = caller.patch("/chain", body)
    assert reply.status == 422
    assert pointer in reply.codes_at()


def test_the_currency_stays_once_something_is_counted_in_it() -> None:
    shop = open_order_shop()
    reply = shop.caller.patch("/chain", {"currency": "USD"})
    assert (reply.status, reply.code) == (409, "currency_in_use")
    assert shop.caller.get("/chain").body["currency"] == "EUR"


def test_only_who_may_change_settings_does(caller: Caller) -> None:
    reader = add_caller(caller.chain_id, scopes=frozenset({"settings:read"}))
    assert reader.get("/chain").status == 200
    assert reader.patch("/chain", {"prices_include_tax": False}).status == 403
    assert add_caller(caller.chain_id, scopes=frozenset({"orders:read"})).get("/chain").status == 403


def test_orders_from_now_on_are_priced_by_it_and_recorded_ones_stay() -> None:
    shop: OrderShop = open_order_shop()
    shop.run(TEN_OFF)
    included = shop.record({"lines": [TAXED], "state": "completed"})
    assert (included.body["total"], included.body["tax"]) == ("45.00", "7.50")
    assert shop.caller.patch("/chain", {"prices_include_tax": False}).status == 200
    added = shop.record({"lines": [TAXED], "state": "completed"})
    assert (added.body["total"], added.body["tax"]) == ("54.00", "9.00")
    back = shop.caller.post(f"/orders/{included.body['id']}/refunds", {"lines": [{"index": 0}]})
    assert back.body["money_back"] == "45.00"
    back = shop.caller.post(f"/orders/{added.body['id']}/refunds", {"lines": [{"index": 0}]})
    assert back.body["money_back"] == "54.00"


def test_it_stands_on_the_page_of_the_business() -> None:
    shop: OrderShop = open_order_shop()
    client = sign_in_client(Client(), shop.counter.shop)
    page = client.get("/settings/business").content.decode()
    assert 'value="include" selected' in page
    chain = shop.caller.get("/chain").body
    names = ("name", "country", "currency", "time_zone", "language", "accent", "version")
    sent = {name: chain[name] for name in names}
    assert client.post("/settings/business", {**sent, "prices": "exclude"}).status_code == 303
    assert shop.caller.get("/chain").body["prices_include_tax"] is False
    assert 'value="exclude" selected' in client.get("/settings/business").content.decode()
    assert client.post("/settings/business", {**sent, "prices": "maybe", "version": 2}).status_code == 422
