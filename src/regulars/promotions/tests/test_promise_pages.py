"""Pages that say who loses something by a change of a promotion, and ask whether they keep it (ORD-13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, TEN_OFF, OrderShop, open_order_shop
from tests.people import sign_in_client

pytestmark = pytest.mark.django_db
FREE_COFFEE = {
    "name": "Free coffee",
    "benefits": [{"kind": "cheapest_off"}],
    "cost": {"balance_type": "ext:stamps", "amount": 3},
}


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def browser(client: Client, shop: OrderShop) -> Client:
    return sign_in_client(client, shop.counter.shop)


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined, no-any-return]


def collecting(shop: OrderShop) -> tuple[str, CardView]:
    """A running promotion and a card with two stamps towards it."""
    (running,) = shop.run(FREE_COFFEE)
    shop.caller.post("/customers", {"name": "Anna Koch", "phone": "+49 151 11111111"})
    card = shop.counter.issue("+49 151 11111111")
    dispatcher().make_round()
    shop.counter.adjust(card, "2", balance_type="stamps")
    return running, card


def state(shop: OrderShop, promotion: str) -> str:
    found: str = shop.caller.get(f"/promotions/{promotion}").body["state"]
    return found


def later() -> str:
    return (timezone.now() + timedelta(days=30)).date().isoformat()


def buy(shop: OrderShop, card: CardView) -> str:
    reply = shop.record(shop.order(LATTE, card=encode("crd", card.id)))
    assert reply.status == 201, reply.body
    total: str = reply.body["total"]
    return total


def test_publishing_says_who_loses_and_asks(shop: OrderShop, browser: Client) -> None:
    running, card = collecting(shop)
    shop.caller.patch(f"/promotions/{running}", {"cost": {"balance_type": "ext:stamps", "amount": 5}})
    url = f"/promotions/{running}/publish"
    page = text_of(browser.get(url))
    assert "1 card holds 2 Stamps towards what this gives; so many have enough for it already: 0." in page
    assert 'name="who"' in page
    listed = text_of(browser.get(f"/promotions/{running}/loses/publish/rewards"))
    assert "Anna Koch" in listed
    assert "2 Stamps" in listed
    unanswered = browser.post(url, {})
    assert unanswered.status_code == 422
    without_day = browser.post(url, {"who": "everybody"})
    assert (without_day.status_code, "Say until which day." in text_of(without_day)) == (422, True)
    past = browser.post(url, {"who": "everybody", "until": "2001-01-01"})
    assert (past.status_code, "A day from today on" in text_of(past)) == (422, True)
    assert browser.post(url, {"who": "everybody", "until": later()}).status_code == 303
    shop.counter.adjust(shop.counter.issue("+49 151 22222222"), "4", balance_type="stamps")
    versions = text_of(browser.get(f"/promotions/{running}/versions"))
    assert "1 keeps version 1 until" in versions
    shop.counter.adjust(card, "1", balance_type="stamps")
    assert buy(shop, card) == "0.00"


def test_a_change_that_takes_nothing_is_published_without_a_question(shop: OrderShop, browser: Client) -> None:
    running, _card = collecting(shop)
    shop.caller.patch(f"/promotions/{running}", {"cost": {"balance_type": "ext:stamps", "amount": 2}})
    url = f"/promotions/{running}/publish"
    assert "Nobody loses anything that they have begun to collect." in text_of(browser.get(url))
    assert browser.post(url, {}).status_code == 303


def test_a_pause_is_asked_about_where_somebody_misses_it(shop: OrderShop, browser: Client) -> None:
    running, card = collecting(shop)
    (idle,) = shop.run({**TEN_OFF, "name": "Ten"})
    moved = browser.post(f"/promotions/{running}/state", {"state": "paused"})
    assert moved["Location"] == f"/promotions/{running}/pause"
    page = text_of(browser.get(f"/promotions/{running}/pause"))
    assert "Pause this promotion?" in page
    assert "1 card holds 2 Stamps" in page
    assert browser.post(f"/promotions/{running}/pause", {}).status_code == 422
    assert state(shop, running) == "active"
    assert browser.post(f"/promotions/{running}/pause", {"who": "everybody", "until": later()}).status_code == 303
    assert state(shop, running) == "paused"
    shop.counter.adjust(card, "1", balance_type="stamps")
    assert browser.post(f"/promotions/{idle}/state", {"state": "paused"})["Location"] == "/promotions"
    assert buy(shop, card) == "0.00"


def test_the_end_is_asked_about_where_somebody_loses(shop: OrderShop, browser: Client) -> None:
    running, _card = collecting(shop)
    assert "1 card holds 2 Stamps" in text_of(browser.get(f"/promotions/{running}/end"))
    refused = browser.post(f"/promotions/{running}/end", {"who": "everybody", "until": "2399-01-01"})
    assert (refused.status_code, "within five years" in text_of(refused)) == (422, True)
    assert browser.post(f"/promotions/{running}/end", {"who": "nobody"}).status_code == 303
    assert state(shop, running) == "ended"


@pytest.mark.parametrize("address", ["loses/publish/rewards", "loses/burn/rewards", "loses/end/dreams"])
def test_lists_of_nobody_are_not_there(shop: OrderShop, browser: Client, address: str) -> None:
    running, _card = collecting(shop)
    assert browser.get(f"/promotions/{running}/{address}").status_code == 404


def test_a_second_promotion_of_the_name_is_warned_about(shop: OrderShop, browser: Client) -> None:
    first: dict[str, Any] = {"name": "Autumn", **TEN_OFF}
    shop.run(first)
    program = encode("prg", shop.counter.card_type.program.id)
    made = shop.caller.post("/promotions", {**first, "program": program}).body["id"]
    page = text_of(browser.get(f"/promotions/{made}/publish"))
    assert "Another promotion runs under the name “Autumn”" in page
    assert browser.post(f"/promotions/{made}/publish", {}).status_code == 303
