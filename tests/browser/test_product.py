"""The product as it is served, with its own settings: the frame of a page that needs no sign-in."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_axe, check_layout

pytestmark = pytest.mark.committed


def test_an_address_that_leads_nowhere_is_answered_calmly(page: Page) -> None:
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    check_axe(page)
    check_layout(page)


def test_a_visitor_chooses_the_language(page: Page) -> None:
    page.goto("/no/such/page")
    page.locator("summary").click()
    page.get_by_role("button", name="हिन्दी").click()
    expect(page.locator("html")).to_have_attribute("lang", "hi")
