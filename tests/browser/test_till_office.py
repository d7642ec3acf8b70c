"""Codes on receipts on a phone, and the pages of devices, limits and codes in a browser (TIL-4 to TIL-6)."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.kernel.codes import code_key
from regulars.kernel.ids import encode
from regulars.platform.database import row, unit_of_work
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from regulars.till.actions.receipts import BatchDraft, ReceiptDraft, make_batch, make_receipt
from tests.browser.checks import check_axe, check_no_sideways_scroll
from tests.browser.test_till import signed_in

pytestmark = pytest.mark.committed


def slip_of(shop: RewardShop, stamps: int = 2) -> str:
    made = make_receipt(shop.counter.actor, ReceiptDraft(stamps=stamps), now=timezone.now())
    return f"/r/{code_key(made.code)}"


def test_a_phone_that_opened_its_card_adds_a_code_by_one_press(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    page = open_page(live_url, width=375)
    slip = slip_of(shop)
    page.goto(slip)
    expect(page.get_by_role("button", name="Add to my card")).to_be_hidden()
    check_axe(page)
    check_no_sideways_scroll(page)
    page.goto(card.link.partition("/c/")[1] + card.link.partition("/c/")[2])
    page.goto(slip)
    page.get_by_role("button", name="Add to my card").click()
    expect(page.get_by_text("It is on the card.")).to_be_visible()
    check_axe(page)
    assert shop.stamps(card) == 2


@pytest.mark.parametrize(("width", "scheme", "language"), [(375, "dark", "ru"), (1280, "light", "hi")])
def test_pages_of_devices_limits_and_codes_are_sound(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str, language: str
) -> None:
    shop = open_reward_shop()
    draft = BatchDraft(name="Parcels of May with a rather long name", count=5, stamps=1)
    batch = encode("rcb", make_batch(shop.counter.actor, draft, now=timezone.now()))
    row(
        "UPDATE logins SET language = %s WHERE id = %s RETURNING 1",
        [language, shop.counter.shop.login_id],
        using="owner",
    )
    page = signed_in(open_page(live_url, width=width, height=740, scheme=scheme, language=language), shop)
    expect(page.locator("body")).to_have_attribute("data-is-kept", "1", timeout=30_000)
    with unit_of_work(shop.counter.chain_id):
        (device,) = row("SELECT id FROM till_devices", []) or (None,)
    addresses = ["/settings/tills", f"/settings/tills/{encode('tdv', device)}/revoke", "/settings/tills/limits"]
    addresses += ["/receipts", "/receipts/new", f"/receipts/{batch}", f"/receipts/{batch}/print", "/till/queue"]
    for address in addresses:
        page.goto(address)
        check_axe(page)
        check_no_sideways_scroll(page)


def test_over_plain_http_the_page_says_why_there_is_no_camera(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    page = open_page(live_url, width=375)
    # As browsers have it for a page that came over plain http from another machine.
    page.add_init_script(
        "Object.defineProperty(window, 'isSecureContext', { value: false });"
        "Object.defineProperty(Navigator.prototype, 'mediaDevices', { get: () => undefined });"
    )
    signed_in(page, shop)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("[data-camera-problem]")).to_contain_text("only over https")


def test_text_of_twice_the_size_fits(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    shop.goals({10: shop.voucher("A coffee of your choice, with or without milk")})
    card = shop.counter.issue("+4915112345678")
    page = signed_in(open_page(live_url, width=375, height=740), shop)
    for text in ("", "nobody", card.number):
        page.goto("/till")
        if text:
            page.locator("#till-text").fill(text)
            page.locator(".till-go").first.click()
            page.wait_for_selector("[data-state]:not([data-state=scan])")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        check_no_sideways_scroll(page)
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
