"""Somebody without a card scans a code with their phone, joins, and has it on the card: the script's part of it (TIL-4)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from regulars.cards.actions.join_slug import ensure_join_slug
from regulars.storefront.tests.join_kit import TYPED, JoinShop, open_join_shop
from regulars.till.tests.test_joining import earned, known_card, make_slip
from tests.browser.checks import check_axe, check_no_sideways_scroll

pytestmark = pytest.mark.committed
OpenPage = Callable[..., Page]


@pytest.fixture
def shop(live_url: str, settings: Any) -> Iterator[JoinShop]:
    with open_join_shop(settings, mail=False, sms=True) as made:
        made.set_up(made.counter.stamps, phone="required")
        ensure_join_slug(made.chain_id, made.counter.stamps.id)
        yield made


def join(page: Page, shop: JoinShop, slip: str) -> None:
    """Scan the code, take the way to a new card, and come to the page that asks for the code of the message."""
    page.goto(slip)
    expect(page.get_by_role("heading", name="+2 stamps")).to_be_visible()
    check_axe(page)
    check_no_sideways_scroll(page)
    page.get_by_role("link", name="Coffee card").click()
    page.wait_for_url("**/j/*")
    page.get_by_label("Phone").fill(TYPED)
    page.get_by_role("button", name="Get my card").click()
    expect(page.get_by_role("heading", name="We sent you your card")).to_be_visible()
    shop.deliver()
    page.get_by_label("Code").fill(shop.code())


def test_a_newcomer_scans_once_joins_and_has_the_stamps(open_page: OpenPage, live_url: str, shop: JoinShop) -> None:
    page = open_page(live_url, width=375, height=740)
    slip = make_slip(shop)
    join(page, shop, slip)
    assert (shop.cards(), earned(shop)) == (0, [])
    page.get_by_role("button", name="Show my card").dblclick()
    expect(page.get_by_text("It is on the card.")).to_be_visible()
    check_axe(page)
    assert (shop.cards(), earned(shop)) == (1, [("receipt", 2)])
    page.get_by_role("link", name="Open your card").click()
    page.wait_for_url("**/c/*")
    # It went there once: the card is not left again by itself, and the code is not sent again.
    page.wait_for_load_state("networkidle")
    assert "/c/" in page.url
    page.goto(slip)
    expect(page.get_by_role("heading", name="This code was used already")).to_be_visible()
    assert earned(shop) == [("receipt", 2)]


def test_whoever_is_too_late_with_the_code_still_gets_to_the_new_card(
    open_page: OpenPage, live_url: str, shop: JoinShop
) -> None:
    other = shop.counter.card(shop.counter.stamps, phone="+4915199999999")
    page = open_page(live_url, width=375, height=740)
    slip = make_slip(shop)
    join(page, shop, slip)
    assert Client().post(slip, {"card": other.number}).status_code == 200
    page.get_by_role("button", name="Show my card").click()
    expect(page.get_by_role("heading", name="This code was used already")).to_be_visible()
    check_axe(page)
    check_no_sideways_scroll(page)
    page.get_by_role("link", name="Open your card").click()
    page.wait_for_url("**/c/*")
    expect(page.get_by_role("heading", name="Kaffeehaus Nord").first).to_be_visible()
    assert earned(shop) == [("receipt", 2)]


def test_a_customer_who_joins_again_earns_on_the_card_that_they_have(
    open_page: OpenPage, live_url: str, shop: JoinShop
) -> None:
    card = known_card(shop)
    page = open_page(live_url, width=375, height=740)
    join(page, shop, make_slip(shop))
    assert shop.counter.total(card, "stamps") == 0
    page.get_by_role("button", name="Show my card").click()
    expect(page.get_by_text("It is on the card.")).to_be_visible()
    assert (shop.cards(), shop.counter.total(card, "stamps")) == (1, 2)


def test_a_phone_whose_card_takes_no_code_is_offered_another(
    open_page: OpenPage, live_url: str, shop: JoinShop
) -> None:
    # A card of points, which takes no stamps.
    other = shop.counter.card(shop.counter.points, phone="+4915199999999")
    page = open_page(live_url, width=375, height=740)
    page.goto("/c/" + other.link.rpartition("/")[2])
    page.goto(make_slip(shop))
    expect(page.get_by_role("link", name="Coffee card")).to_be_hidden()
    page.get_by_role("button", name="Add to my card").click()
    expect(page.get_by_text("There is no card here that this can be added to.")).to_be_visible()
    expect(page.get_by_role("link", name="Coffee card")).to_be_visible()
    expect(page.get_by_role("link", name="Open your card")).to_be_visible()
    check_axe(page)
    assert earned(shop) == []
