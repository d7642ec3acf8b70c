"""What people see who join and who look at what is kept about them, and what staff see of it, in every language (WAL-3, CUS-7)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.cards.tests.counter import type_id
from regulars.storefront.actions.settings import save_join_page, write_consent
from regulars.storefront.tests.join_kit import JoinShop, open_join_shop
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.browser.test_people import sign_in

pytestmark = pytest.mark.committed
OpenPage = Callable[..., Page]
TERMS = {
    "en": "I agree to the terms.\nhttps://example.com/terms",
    "ru": "Я согласен с условиями.",
    "hi": "मैं शर्तों से सहमत हूँ।",
}
LOOKS = (("light", "en"), ("dark", "ru"), ("light", "hi"))


@pytest.fixture
def shop(live_url: str, settings: Any) -> Iterator[JoinShop]:
    """A join page that asks for everything."""
    with open_join_shop(settings) as made:
        made.set_up()
        write_consent(made.counter.shop.actor, "", TERMS, name="Terms", is_required=True, now=timezone.now())
        yield made


def look(page: Page) -> None:
    """On a phone of the usual width, on a small one, with longer words; then as it was."""
    check_axe(page)
    page.set_viewport_size({"width": 320, "height": 700})
    check_no_sideways_scroll(page)
    check_layout(page)
    page.set_viewport_size({"width": 375, "height": 740})


def fill(page: Page, email: str) -> None:
    page.locator("input[name=name]").fill("Анна Мария фон Хоэнлоэ-Лангенбург")
    page.locator("input[name=email]").fill(email)
    page.locator("input[type=checkbox]").first.check()
    page.locator("main form button[type=submit], main form button:not([type])").first.click()


@pytest.mark.parametrize(("scheme", "language"), LOOKS)
def test_the_way_from_joining_to_ones_own_data_and_out_again(
    open_page: OpenPage, live_url: str, shop: JoinShop, scheme: str, language: str
) -> None:
    page = open_page(live_url, width=375, height=740, scheme=scheme, language=language)
    page.goto(shop.page())
    look(page)
    page.reload()
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    if page.locator("[role=alert]").count():
        look(page)
        page.reload()
    page.goto(shop.page())
    fill(page, "anna@example.com")
    page.wait_for_url("**/j/*/*")
    look(page)
    shop.deliver()
    page.reload()
    page.locator("input[name=code]").fill("12")
    page.locator("main form button").first.click()
    expect(page.get_by_role("alert").first).to_be_visible()
    look(page)
    page.reload()
    page.locator("input[name=code]").fill(shop.code())
    page.locator("main form button").first.click()
    page.wait_for_url("**/c/*")
    page.locator("a[href$='/mine']").click()
    page.wait_for_url("**/c/*/mine")
    look(page)
    page.locator("main form button").first.click()
    page.wait_for_url("**/mine/*")
    look(page)
    shop.deliver()
    page.reload()
    page.locator("input[name=code]").fill(shop.code())
    page.locator("main form button").first.click()
    expect(page.get_by_text("anna@example.com").first).to_be_visible()
    look(page)
    page.goto(f"{page.url}/delete")
    look(page)
    page.reload()
    for given_up in page.locator("input[name=write_off]").all():
        given_up.check()
    page.locator("main form button").first.click()
    expect(page.locator("form")).to_have_count(0)
    look(page)
    assert shop.customers() == []


def test_a_page_that_is_closed_says_so(open_page: OpenPage, live_url: str, shop: JoinShop) -> None:
    path, one = shop.page(), shop.counter.points
    asked = dict.fromkeys(("name", "phone", "email", "birthday"), "optional") | {"confirmation": "code"}
    save_join_page(shop.counter.shop.actor, type_id(one), asked, is_open=False, version=1, now=timezone.now())
    for scheme, language in LOOKS:
        page = open_page(live_url, width=375, height=740, scheme=scheme, language=language)
        for where in (path, "/j/nothing-here"):
            page.goto(where)
            look(page)


def test_staff_see_who_waits_and_set_up_what_a_page_asks(open_page: OpenPage, live_url: str, settings: Any) -> None:
    with open_join_shop(settings, mail=False) as shop:
        shop.set_up()
        purpose = write_consent(shop.counter.shop.actor, "", TERMS, name="Terms", is_required=False, now=timezone.now())
        shop.join(phone="0151 11111111")
        (pickup,) = shop.rows("SELECT pickup FROM join_requests WHERE chain_id = %s", [shop.chain_id])[0]
        for scheme, width in (("light", 1440), ("dark", 375)):
            page = open_page(live_url, width=width, height=900, scheme=scheme)
            sign_in(page, shop.counter.shop)
            for path in (
                "/joining",
                f"/joining/{pickup}",
                f"/settings/joining/{type_id(shop.counter.points)}",
                f"/settings/joining/consents/{purpose}",
            ):
                answer = page.goto(path)
                assert answer is not None
                assert answer.ok, path
                check_axe(page)
                check_no_sideways_scroll(page)
