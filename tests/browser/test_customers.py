"""Customers and the overview in a browser: journeys named as sentences; every page checked by axe and for its layout."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from regulars.customers.queries import CustomerView
from regulars.customers.tests.people import enter, issue, stamp_card
from regulars.kernel.ids import encode
from tests.browser.checks import check_axe, check_layout
from tests.people import Shop, open_shop, sign_in_client

OpenPage = Callable[..., Page]
LONG = "Zoë Saldaña-Donaudampfschifffahrtsgesellschaftskapitän"


@pytest.fixture
def shop(live_url: str) -> Shop:
    shop = open_shop(name="Kaffeehaus Nord")
    card_type = stamp_card(shop)
    for number, name in enumerate(("Иван Петров", "प्रिया शर्मा", "محمد عبد الرحمن", LONG, "Tom Okafor")):
        issue(shop, card_type, enter(shop, name, phone=f"0151 2345000{number}", tags=("VIP", "летний")))
    issue(shop, card_type, phone="0160 1234567")
    return shop


@pytest.fixture
def anna(shop: Shop) -> CustomerView:
    return enter(shop, "Anna Müller", phone="0151 99900011", email="anna@example.com", comment="Window table")


def signed_in(page: Page, shop: Shop, url: str, language: str = "") -> Page:
    client = sign_in_client(Client(), shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/customers")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def cus(customer: CustomerView) -> str:
    return encode("cus", customer.id)


def test_find_somebody_by_keyboard_look_and_come_back(
    open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView
) -> None:
    page = signed_in(open_page(live_url), shop, live_url)
    page.goto("/customers")
    page.keyboard.press("/")
    page.keyboard.type("99900011")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("#sub")).to_have_text("1 customer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_have_text("Anna Müller")
    assert f"open={cus(anna)}" in page.url
    page.reload()
    expect(page.locator("#panel-title")).to_have_text("Anna Müller")
    page.keyboard.press("Escape")
    expect(page.locator("#panel-title")).to_have_count(0)
    expect(page.locator("[data-row]")).to_have_count(1)


def test_enter_a_customer_whose_card_was_waiting(open_page: OpenPage, live_url: str, shop: Shop) -> None:
    page = signed_in(open_page(live_url), shop, live_url)
    page.goto("/customers")
    page.get_by_role("link", name="New customer").click()
    page.get_by_role("button", name="Enter customer").click()
    expect(page.locator("[data-summary]")).to_be_focused()
    assert page.title().startswith("Error:")
    page.get_by_label("Name").fill("Leila Haddad")
    page.get_by_label("Phone", exact=False).first.fill("0160 / 123 45 67")
    page.get_by_role("button", name="Enter customer").click()
    expect(page.locator("h1")).to_have_text("Leila Haddad")
    expect(page.locator(".toast")).to_contain_text("1 waiting card")
    expect(page.locator(".held-card")).to_have_count(1)


def test_write_a_note_and_take_it_back(open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView) -> None:
    page = signed_in(open_page(live_url), shop, live_url)
    page.goto(f"/customers/{cus(anna)}")
    page.get_by_role("link", name="Note", exact=True).click()
    page.locator("dialog textarea").fill("Likes cake")
    check_axe(page)
    page.get_by_role("button", name="Keep note").click()
    expect(page.locator(".note-text")).to_have_text("Likes cake")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".note-text")).to_have_count(0)


def test_pick_a_range_and_all_that_match(open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView) -> None:
    page = signed_in(open_page(live_url), shop, live_url)
    page.goto("/customers")
    boxes = page.locator("[data-pick]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("#bulk [data-count]")).to_have_text("3")
    page.locator("[data-pick-all]").click()
    expect(page.locator("#bulk")).to_contain_text("Select all 6 that match")
    check_axe(page)


def test_save_a_view_and_choose_columns(open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView) -> None:
    page = signed_in(open_page(live_url), shop, live_url)
    page.goto("/customers?tag=VIP")
    page.get_by_text("Columns", exact=True).first.click()
    page.get_by_label("E-mail").check()
    expect(page).to_have_url(re.compile("col=email"))
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name of the view").fill("Stars")
    page.get_by_role("button", name="Save view").click()
    expect(page.locator(".views [aria-current]")).to_have_text("Stars")
    expect(page.locator("[data-row]")).to_have_count(5)


def test_everything_works_without_javascript(
    open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView
) -> None:
    page = signed_in(open_page(live_url, javascript=False), shop, live_url)
    page.goto("/customers?q=anna")
    page.get_by_role("link", name="Anna Müller").click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name").fill("Anna Weber")
    page.get_by_role("button", name="Save").click()
    assert page.locator("h1").inner_text() == "Anna Weber"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView, scheme: str) -> None:
    page = signed_in(open_page(live_url, scheme=scheme), shop, live_url)
    for url in screens(anna):
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(url)
        check_axe(page)
        page.set_viewport_size({"width": 375, "height": 760})
        check_axe(page)


def test_no_page_scrolls_sideways(open_page: OpenPage, live_url: str, shop: Shop, anna: CustomerView) -> None:
    page = signed_in(open_page(live_url), shop, live_url)
    for url in screens(anna):
        page.goto(url)
        check_layout(page)


def screens(anna: CustomerView) -> list[str]:
    """Every page of customers, and the overview."""
    person = f"/customers/{cus(anna)}"
    return [
        "/",
        "/customers",
        f"/customers?open={cus(anna)}",
        "/customers?q=nobody",
        person,
        f"{person}/edit",
        f"{person}/consents",
        f"{person}/delete",
        "/customers/new",
        "/customers/fields",
        "/customers/fields/new",
        "/views/customers/new",
    ]
