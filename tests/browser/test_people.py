"""Signing in, setting up, staff and keys, as people do it in a browser."""

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.chains.actions import create_location
from regulars.chains.rules import LocationDraft
from regulars.staff.actions import make_set_up_token
from tests.browser.checks import check_axe, check_layout
from tests.people import PASSWORD, Shop, hire, open_shop

pytestmark = pytest.mark.committed

SIGNED_IN = [
    "/account",
    "/settings/business",
    "/settings/locations",
    "/settings/locations/new",
    "/settings/staff",
    "/settings/staff/invite",
    "/settings/wallets",
    "/settings/wallets/operation",
    "/settings/joining",
    "/settings/joining/consents/new",
    "/joining",
    "/settings/keys",
    "/settings/keys/new",
    "/settings/clock",
    "/set-up/business",
    "/set-up/trade",
    "/sample/remove",
]
STRANGERS = ["/sign-in", "/forgot-password", "/invitation/x", "/reset-password/x/y"]


def sign_in(page: Page, shop: Shop) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.email)
    page.get_by_label("Password").fill(shop.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")


def test_the_pages_of_strangers_hold_in_every_language_width_and_light(
    open_page: Callable[..., Page], live_url: str
) -> None:
    open_shop()
    for scheme, language in (("light", "en"), ("dark", "ru"), ("light", "hi")):
        page = open_page(live_url, scheme=scheme, language=language)
        for path in STRANGERS:
            page.goto(path)
            check_axe(page)
            check_layout(page)
            page.set_viewport_size({"width": 1280, "height": 800})


def test_the_pages_of_staff_hold_in_every_width_and_light(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_shop(name="Donaudampfschifffahrtsgesellschaftskapitänskajüte", is_sample=True, is_test=True)
    create_location(shop.actor, LocationDraft(name="Hafen", address="Kai 1"), now=timezone.now())
    hire(shop, "cashier")
    for scheme in ("light", "dark"):
        page = open_page(live_url, scheme=scheme)
        sign_in(page, shop)
        for path in SIGNED_IN:
            page.goto(path)
            check_axe(page)
            if scheme == "light":
                check_layout(page)
                page.set_viewport_size({"width": 1280, "height": 800})


def test_an_empty_installation_is_set_up_in_four_short_pages(page: Page) -> None:
    token = make_set_up_token(now=timezone.now())
    page.goto(f"/set-up?token={token}")
    check_axe(page)
    page.get_by_label("English").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your name").fill("Anna Schmidt")
    page.get_by_label("E-mail").fill("anna@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_title(re.compile(r"^Error:"))
    expect(page.get_by_role("alert")).to_contain_text("too short")
    expect(page.get_by_label("Your name")).to_have_value("Anna Schmidt")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of your business").fill("Café Sonne")
    page.get_by_label("Country").select_option(label="Germany")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Café or bakery").check()
    expect(page.get_by_label("Currency")).to_have_value("EUR")
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("/")
    expect(page.get_by_text("Café Sonne is ready")).to_be_visible()
    expect(page.get_by_role("heading", name="Get started")).to_be_visible()


def test_a_wrong_password_is_said_and_the_right_one_opens(page: Page) -> None:
    shop = open_shop()
    page.goto("/settings/staff")
    page.get_by_label("E-mail").fill(shop.email)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    check_axe(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("/settings/staff")


def test_an_invited_person_opens_the_link_and_is_in(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_shop()
    page = open_page(live_url)
    sign_in(page, shop)
    page.goto("/settings/staff/invite")
    page.get_by_label("E-mail").fill("tom@example.com")
    page.get_by_label("Manager").check()
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_text("/invitation/").inner_text()
    check_axe(page)
    guest = open_page(live_url, width=375)
    guest.goto(re.sub(r"^https?://[^/]+", "", link))
    check_axe(guest)
    guest.get_by_label("Your name").fill("Tom")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Join").click()
    guest.wait_for_url("/")
    expect(guest.get_by_text("Welcome to Café Sonne")).to_be_visible()


def test_a_key_is_copied_once_and_revoked_in_a_dialog(page: Page) -> None:
    shop = open_shop()
    sign_in(page, shop)
    page.goto("/settings/keys/new")
    page.get_by_label("Name").fill("Till 1")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_text(re.compile(r"^rk_[\w-]{43}$"))).to_be_visible()
    check_axe(page)
    page.get_by_role("link", name="I have copied it").click()
    # Without its scripts the link leads to a page that asks the same.
    expect(page.locator("html[data-js]")).to_be_attached()
    page.wait_for_load_state("load")
    page.get_by_role("row", name="Till 1").get_by_role("link", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("cannot be undone")
    check_axe(page)
    dialog.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("row", name="Till 1")).to_contain_text("revoked")


def test_the_switcher_and_the_menu_work_without_javascript(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_shop()
    create_location(shop.actor, LocationDraft(name="Hafen"), now=timezone.now())
    page = open_page(live_url, javascript=False)
    sign_in(page, shop)
    page.goto("/account")
    page.locator("details.place summary").click()
    page.get_by_role("button", name="Hafen").click()
    expect(page.locator("details.place summary")).to_contain_text("Hafen")
    page.locator("details.user summary").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.locator("details.user summary").click()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("/sign-in")


def test_disabling_somebody_can_be_undone_from_the_toast(page: Page) -> None:
    shop = open_shop()
    hire(shop, "cashier", email="tom@example.com")
    sign_in(page, shop)
    page.goto("/settings/staff")
    page.get_by_role("link", name="Cashier").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_role("row", name="Cashier")).to_contain_text("disabled")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row", name="Cashier")).not_to_contain_text("disabled")


def test_start_your_own_leads_from_the_sample_to_a_business_beside_it(page: Page) -> None:
    shop = open_shop(name="Sample café", is_sample=True)
    sign_in(page, shop)
    page.get_by_role("link", name="Start your own").click()
    page.get_by_label("Name of your business").fill("My own")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Shop").check()
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("/")
    expect(page.get_by_text("This is sample data.")).not_to_be_visible()
    page.locator("details.place summary").click()
    page.get_by_role("button", name="Sample café").click()
    expect(page.get_by_text("This is sample data.")).to_be_visible()
    page.get_by_role("link", name="Remove the sample").click()
    page.get_by_role("button", name="Remove the sample").click()
    page.wait_for_url("/")
    expect(page.get_by_text("The sample is gone")).to_be_visible()
    expect(page.locator(".place-name")).to_have_text("My own")
