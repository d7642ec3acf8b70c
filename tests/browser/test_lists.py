"""What a list does while it is fetched, and when the connection is gone: nothing that was there is lost."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from tests.ledger_kit import open_counter
from tests.people import sign_in_client

OpenPage = Callable[..., Page]
SLOW_MS = 700


def opened(open_page: OpenPage, url: str, path: str) -> Page:
    counter = open_counter()
    counter.issue("+4915123456789")
    client = sign_in_client(Client(), counter.shop)
    client.get(path)
    page = open_page(url)
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    page.goto(path)
    return page


@pytest.mark.parametrize("path", ["/cards", "/customers"])
def test_a_slow_answer_is_announced_after_a_moment_and_a_quick_one_is_not(
    open_page: OpenPage, live_url: str, path: str
) -> None:
    page = opened(open_page, live_url, path)
    busy = "getComputedStyle(document.getElementById('busy')).opacity"

    def slow(route: Route) -> None:
        page.wait_for_timeout(SLOW_MS)
        route.continue_()

    assert page.evaluate(busy) == "0"
    page.evaluate("document.addEventListener('htmx:beforeSend', () => { window.sent = performance.now() })")
    page.evaluate(
        "(function look() { const on = getComputedStyle(document.getElementById('busy')).opacity > 0;"
        " if (on && !window.shown) window.shown = performance.now(); requestAnimationFrame(look); })()"
    )
    page.route("**/*q=nobody*", slow)
    page.locator("[data-search]").fill("nobody")
    expect(page.locator(".empty.filter")).to_be_visible(timeout=10_000)
    waited = page.evaluate("window.shown - window.sent")
    assert 140 <= waited < SLOW_MS
    # The rows are there a moment before the request counts as over.
    expect(page.locator("#busy")).to_have_css("opacity", "0")


@pytest.mark.parametrize("path", ["/cards", "/customers"])
def test_without_a_connection_the_list_stays_and_is_asked_for_again(
    open_page: OpenPage, live_url: str, path: str
) -> None:
    page = opened(open_page, live_url, path)
    before = page.locator("#list").inner_text()
    is_cut = [True]
    page.route("**/*q=nobody*", lambda route: route.fulfill(status=429) if is_cut[0] else route.continue_())
    page.locator("[data-search]").fill("nobody")
    toast = page.locator(".toast.bad")
    expect(toast).to_be_visible()
    assert page.locator("#list").inner_text() == before
    expect(page.locator("[data-search]")).to_have_value("nobody")
    is_cut[0] = False
    toast.get_by_role("button", name="Try again").click()
    expect(page.locator(".empty.filter")).to_be_visible()
    expect(toast).to_have_count(0)
