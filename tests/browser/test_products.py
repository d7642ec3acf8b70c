"""Products in a browser: a feed is added, read and shown; every page is sound."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.products.actions.products import archive_product, create_product
from regulars.products.queries import find_by_skus
from regulars.products.queries.feeds import list_feeds
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.people import PASSWORD, Shop, open_shop
from tests.stand_in import StandIn, stand_in

pytestmark = pytest.mark.committed

FEED = """<rss><channel><item><id>latte</id><title>Latte macchiato</title><price>3.90 EUR</price>
<product_type>Drinks &gt; Coffee</product_type></item><item><id>cut</id><title>Haircut</title><price>1 USD</price></item>
</channel></rss>"""


@pytest.fixture
def server(settings: Any) -> Iterator[StandIn]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with stand_in() as running:
        yield running


def signed_in(page: Page, shop: Shop) -> Page:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


def read_waiting(shop: Shop) -> None:
    """What the worker does."""
    from regulars.products.jobs import read_feed

    with unit_of_work(shop.chain_id):
        runs = [one.last_run.id for one in list_feeds(shop.actor) if one.last_run]
    for run in runs:
        read_feed(str(shop.chain_id), str(run))


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_a_feed_is_added_and_its_result_comes_by_itself(
    open_page: Callable[..., Page], live_url: str, server: StandIn, width: int, scheme: str
) -> None:
    shop = open_shop()
    page = signed_in(open_page(live_url, width=width, scheme=scheme), shop)
    page.goto("/settings/products")
    page.get_by_role("link", name="Add a feed").click()
    page.get_by_label("Name", exact=True).first.fill("Online shop")
    page.get_by_label("Address").fill(server.put("/feed.xml", FEED))
    page.get_by_label("Kind of feed").select_option("google_xml")
    page.get_by_role("button", name="Add and read it").click()
    expect(page.locator("[data-poll]")).to_be_visible()
    check_axe(page)
    read_waiting(shop)
    expect(page.get_by_text("The price is in another currency than the business.")).to_be_visible(timeout=15_000)
    page.goto("/settings/products")
    page.get_by_role("link", name="Latte macchiato").click()
    page.get_by_label("Lowest price").fill("2,50")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved")
    page.goto("/settings/products")
    page.get_by_label("Search products").fill("nothing like it")
    expect(page.get_by_text("No product matches")).to_be_visible()


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ru"), ("light", "hi")])
def test_every_page_is_sound(
    open_page: Callable[..., Page], live_url: str, server: StandIn, scheme: str, language: str
) -> None:
    shop = open_shop(language=language)
    signed = open_page(live_url, scheme=scheme)
    signed.goto("/sign-in")
    signed.locator("[name=email]").fill(shop.email)
    signed.locator("[name=password]").fill(PASSWORD)
    signed.locator("form button[type=submit], form button.primary").first.click()
    signed.wait_for_url("/")
    feed = fill(shop, server)
    latte = "/settings/products/" + latte_of(shop)
    for path in (
        "/settings/products", "/settings/products?away=1", "/settings/products?q=zzz", "/settings/products/new",
        "/settings/products/import", "/settings/products/feeds", "/settings/products/feeds/new", latte, feed,
        f"{feed}/edit",
    ):  # fmt: skip
        answer = signed.goto(path)
        assert answer
        assert answer.ok, path
        check_axe(signed)
        signed.set_viewport_size({"width": 320, "height": 800})
        check_no_sideways_scroll(signed)
        if scheme == "light":
            check_layout(signed)
        signed.set_viewport_size({"width": 1280, "height": 800})


def fill(shop: Shop, server: StandIn) -> str:
    """Products of all kinds, a feed that was read with wrong lines and then failed; the feed's address."""
    from regulars.products.actions.feeds import create_feed, run_feed_now
    from regulars.products.jobs import defer_feed
    from regulars.products.rules.feeds import FeedDraft

    now = timezone.now()
    for given in (
        {"sku": "gift-50", "name": "Gift card", "excluded": True, "price": "50", "category": "Gift cards"},
        {"sku": "cut-m", "name": "Haircut for gentlemen with washing", "kind": "service", "tags": ["new", "salon"]},
        {"sku": "old", "name": "Pumpkin latte", "category": "Drinks > Coffee > Seasonal"},
    ):
        create_product(shop.actor, given, source="page", decimals=2, now=now)
    archive_product(shop.actor, "ext:old", now=now)
    url = server.put("/feed.xml", FEED)
    draft = FeedDraft(name="Online shop", url=url, kind="google_xml", mapping={"tags": "custom_label_0"})
    feed = encode("pfd", create_feed(shop.actor, draft, zone=shop.chain.zone, now=now).id)
    for body in (FEED, FEED.replace("</rss>", "")):
        server.put("/feed.xml", body)
        run_feed_now(shop.actor, feed, defer=defer_feed, now=timezone.now())
        read_waiting(shop)
    return f"/settings/products/feeds/{feed}"


def latte_of(shop: Shop) -> str:
    with unit_of_work(shop.chain_id):
        return encode("prd", find_by_skus(shop.chain_id, ["latte"])["latte"].id)
