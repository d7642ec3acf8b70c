"""The switch of a customer's loyalty on their page (CUS-4)."""

import pytest
from django.test import Client

from regulars.customers.tests.people import address, enter, text_of
from tests.people import Shop, hire, open_shop, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def browser(client: Client, shop: Shop) -> Client:
    return sign_in_client(client, shop)


def test_loyalty_is_switched_off_with_undo_and_the_list_finds_who_has_it_off(browser: Client, shop: Shop) -> None:
    anna = enter(shop, "Cora", phone="0151 23450001")
    enter(shop, "Ben", phone="0151 23450002")
    assert browser.get(address(anna.id, "/loyalty/off")).status_code == 404
    assert browser.post(address(anna.id, "/loyalty/sometimes")).status_code == 404
    switched = browser.post(address(anna.id, "/loyalty/off"), follow=True)
    assert "Loyalty of Cora is switched off" in text_of(switched)
    assert address(anna.id, "/loyalty/on") in text_of(switched)
    found = text_of(browser.get("/customers?loyalty=off"))
    assert "Cora" in found
    assert "Ben" not in found
    browser.post(address(anna.id, "/loyalty/on"))
    assert "Ben" not in text_of(browser.get("/customers?loyalty=off"))
    assert "Cora" not in text_of(browser.get("/customers?loyalty=off"))


def test_who_only_reads_does_not_switch_loyalty_off(client: Client, shop: Shop) -> None:
    anna = enter(shop, "Cora", phone="0151 23450001")
    analyst = sign_in_client(client, hire(shop, "analyst"))
    assert analyst.post(address(anna.id, "/loyalty/off")).status_code == 403
