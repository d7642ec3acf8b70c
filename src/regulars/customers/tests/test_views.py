"""Saved views and own fields of customers, on their pages."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from regulars.customers.actions import add_custom_field, save_view
from regulars.customers.queries import list_field_views, list_views
from regulars.customers.tests.people import text_of
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.people import Shop, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def browser(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


def test_a_view_is_saved_changed_deleted_and_brought_back(browser: Client, shop: Shop) -> None:
    saved = browser.post("/views/customers/new", {"name": "VIP", "query": "tag=VIP&order=name&after=zzz&open=x"})
    assert saved.status_code == 303
    with unit_of_work(shop.chain_id):
        (line,) = list_views(shop.actor, "customers")
    assert line.query == "tag=VIP&order=name"
    assert browser.post("/views/customers/new", {"name": "VIP", "query": ""}).status_code == 422
    assert "VIP" in text_of(browser.get(saved["Location"]))
    browser.post(f"/view/{line.public_id}/rename", {"name": "Stars"})
    browser.post(f"/view/{line.public_id}/update", {"query": "tag=Star"})
    gone = browser.post(f"/view/{line.public_id}/delete", follow=True)
    undo = re.search(r'action="(/views/customers/restore[^"]+)"', text_of(gone))
    assert undo
    browser.post(undo[1].replace("&amp;", "&"))
    with unit_of_work(shop.chain_id):
        (back,) = list_views(shop.actor, "customers")
    assert (back.name, back.query) == ("Stars", "tag=Star")
    assert browser.post("/views/secrets/new", {"name": "x"}).status_code == 404


def test_another_chains_view_cannot_be_touched(browser: Client) -> None:
    other = open_shop()
    line = save_view(other.actor, list_name="customers", name="Theirs", query="", now=timezone.now())
    for rest in ("rename", "update", "delete"):
        assert browser.post(f"/view/{line.public_id}/{rest}", {"name": "Mine", "query": ""}).status_code == 404


def test_own_fields_are_added_changed_archived_and_restored(browser: Client, shop: Shop) -> None:
    assert browser.post("/customers/fields/new", {"name": "Drink", "kind": "choice", "choices": ""}).status_code == 422
    assert (
        browser.post("/customers/fields/new", {"name": "Drink", "kind": "choice", "choices": "Tea\nLatte"}).status_code
        == 303
    )
    with unit_of_work(shop.chain_id):
        (one,) = list_field_views(shop.chain_id)
    field = encode("fld", one.id)
    assert browser.post(f"/customers/fields/{field}/change", {"name": "Favourite", "choices": "Tea"}).status_code == 303
    assert browser.post(f"/customers/fields/{field}/archive").status_code == 303
    assert "Put back" in text_of(browser.get("/customers/fields"))
    assert browser.post(f"/customers/fields/{field}/restore").status_code == 303
    with unit_of_work(shop.chain_id):
        (one,) = list_field_views(shop.chain_id)
    assert (one.name, one.choices, one.archived_at) == ("Favourite", ("Tea",), None)
    stranger = add_custom_field(open_shop().actor, name="X", kind="text", now=timezone.now())
    assert stranger
    assert browser.post("/customers/fields/fld_00000000000000000000000000/archive").status_code == 404
