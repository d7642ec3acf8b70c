"""Sample data in a browser: from the empty overview to a full one, and back to the empty one."""

import os
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.imports.actions import sample_data
from regulars.imports.actions.sample_data import run_adding, run_removing
from regulars.imports.rules.samples import FILES
from regulars.staff.actions.profile import change_profile
from tests.browser.checks import check_axe, check_layout
from tests.people import Shop, open_shop, sign_in_client

SHOTS = os.environ.get("REGULARS_SHOTS", "")
OpenPage = Callable[..., Page]


def signed_in(page: Page, shop: Shop, url: str) -> Page:
    session = sign_in_client(Client(), shop).cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": session, "url": url}])
    return page


def test_sample_data_comes_at_one_press_and_goes_at_one_press(open_page: OpenPage, live_url: str) -> None:
    shop = open_shop()
    page = signed_in(open_page(live_url), shop, live_url)
    page.goto("/")
    page.get_by_role("button", name="Add sample data").click()
    expect(page.get_by_role("heading", name="Sample data is being added")).to_be_visible()
    # No worker runs beside the tests: its work is done here, and the page finds out by itself.
    run_adding(shop.chain_id, now=timezone.now())
    expect(page.get_by_role("heading", name="There is sample data here")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("heading", name="Who is near the reward?")).to_be_visible()
    page.goto("/cards")
    expect(page.locator("td", has_text="Sample: Coffee card").first).to_be_visible()
    page.goto("/")
    page.get_by_role("button", name="Remove sample data").click()
    expect(page.get_by_role("heading", name="Sample data is being removed")).to_be_visible()
    run_removing(shop.chain_id, now=timezone.now())
    expect(page.get_by_role("button", name="Add sample data")).to_be_visible(timeout=15_000)
    expect(page.locator("main", has_text="Sample:")).to_have_count(0)
    page.goto("/notifications")
    expect(page.get_by_text("It is gone, all of it.")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 1440, "light"), ("ru", 375, "dark"), ("hi", 375, "light")]
)
def test_its_notices_are_sound(
    open_page: OpenPage, live_url: str, language: str, width: int, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_data, "FILES", FILES[-2:])
    shop = open_shop()
    change_profile(login_id=shop.login_id, actor=shop.actor, now=timezone.now(), language=language)
    page = signed_in(open_page(live_url, width=width, scheme=scheme, language=language), shop, live_url)

    def look(name: str) -> None:
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/sample-{name}-{language}-{width}-{scheme}.png", full_page=True)
        check_axe(page)
        check_layout(page)
        page.goto("/")

    page.goto("/")
    look("empty")
    page.locator('form[action="/sample-data/add"] button').click()
    expect(page.locator("#sample-data progress")).to_be_visible()
    look("adding")
    run_adding(shop.chain_id, now=timezone.now())
    page.goto("/")
    expect(page.locator('form[action="/sample-data/remove"]')).to_be_visible()
    look("here")
