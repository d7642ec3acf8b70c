"""Promo codes in a browser: a pool is made and filled, the bar moves by itself; every page is sound."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.codes.actions.generate import make_chunk, run_generating, start_generating
from regulars.codes.actions.handing import expire_code
from regulars.codes.actions.importing import import_codes, run_fetching, start_fetching
from regulars.codes.actions.pools import create_pool
from regulars.codes.models import Code, CodeBatch, CodePool
from regulars.codes.rules.pools import PoolDraft
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.people import PASSWORD, Shop, open_shop

pytestmark = pytest.mark.committed


@pytest.fixture
def shop(live_url: str) -> Shop:
    return open_shop()


def signed_in(page: Page, shop: Shop) -> Page:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(shop.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit], form button.primary").first.click()
    page.wait_for_url("/")
    return page


def newest(shop: Shop) -> tuple[str, Any]:
    """The address of the newest pool, and its newest batch."""
    with unit_of_work(shop.chain_id):
        pool = CodePool.objects.order_by("-id").first()
        batch = CodeBatch.objects.order_by("-id").first()
    assert pool is not None
    return f"/codes/pools/{encode('cpl', pool.id)}", batch and batch.id


def test_a_pool_fills_before_ones_eyes(page: Page, shop: Shop) -> None:
    signed_in(page, shop)
    page.get_by_role("link", name="Promo codes").first.click()
    page.get_by_role("link", name="New pool").first.click()
    page.get_by_label("Name", exact=True).fill("Summer")
    page.get_by_role("button", name="Make the pool").click()
    page.get_by_role("link", name="Make codes").first.click()
    page.get_by_label("How many").fill("300")
    page.get_by_label("Pattern").fill("SALE-****")
    page.get_by_role("button", name="Make codes").click()
    expect(page.get_by_text("Add 9 more * to it.").first).to_be_visible()
    page.get_by_label("Pattern").fill("SALE-****-****-****-****")
    page.get_by_role("button", name="Make codes").click()
    expect(page.locator("[data-poll]")).to_be_visible()
    pool, batch = newest(shop)
    make_chunk(shop.chain_id, batch, now=timezone.now(), size=100)
    expect(page.locator("progress")).to_have_attribute("value", "100", timeout=15_000)
    check_axe(page)
    run_generating(shop.chain_id, batch, now=timezone.now)
    expect(page.locator("[data-poll]")).to_have_count(0, timeout=15_000)
    page.goto(pool)
    page.locator("td.lead a").first.click()
    expect(page.get_by_text("Nothing has become of it yet.")).to_be_visible()


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ru"), ("light", "hi")])
def test_every_page_is_sound(open_page: Callable[..., Page], live_url: str, scheme: str, language: str) -> None:
    shop = open_shop(language=language)
    signed = signed_in(open_page(live_url, scheme=scheme), shop)
    for path in ("/codes", "/codes?away=1", "/codes/new", *fill(shop)):
        answer = signed.goto(path)
        assert answer
        assert answer.ok, path
        check_axe(signed)
        signed.set_viewport_size({"width": 320, "height": 800})
        check_no_sideways_scroll(signed)
        if scheme == "light":
            check_layout(signed)
        signed.set_viewport_size({"width": 1280, "height": 800})


def fill(shop: Shop) -> list[str]:
    """A pool with everything a pool can have, one that is empty, a code; their addresses."""
    now = timezone.now()
    create_pool(shop.actor, PoolDraft(name="Nothing in it yet"), now=now)
    empty, _none = newest(shop)
    made = create_pool(
        shop.actor,
        PoolDraft(
            name="Summer sale for friends of the house",
            needs_activation=True,
            lives_days=14,
            sends_until=now + timedelta(days=9),
            valid_until=now + timedelta(days=90),
            uses_total=1_000,
            remote_url="https://codes.example.com/a/rather/long/address/of/a/service",
            codes_max=40,
        ),
        now=now,
    )
    pool, _none = newest(shop)
    import_codes(shop.actor, made.public_id, [f"SUMMER-7K3M-9PQX-{number}" for number in range(50)] * 2, now=now)
    start_fetching(shop.actor, made.public_id, now=now, defer=lambda _chain, _batch: None)
    _pool, batch = newest(shop)
    run_fetching(shop.chain_id, batch, now=timezone.now)
    start_generating(shop.actor, empty.rpartition("/")[2], count=100, now=now, defer=lambda _chain, _batch: None)
    with unit_of_work(shop.chain_id):
        code = Code.objects.order_by("id").first()
    assert code is not None
    identifier = encode("cod", code.id)
    expire_code(shop.actor, identifier, now=now)
    with unit_of_work(shop.chain_id):
        other = Code.objects.order_by("-id").first()
    assert other is not None
    pages = [f"{pool}/edit", f"{pool}/generate", f"{pool}/import", f"{pool}?state=used"]
    return [pool, empty, *pages, f"/codes/{identifier}", f"/codes/{encode('cod', other.id)}"]
