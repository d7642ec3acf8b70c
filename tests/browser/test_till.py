"""The till in a browser: a fake camera that sees a QR code, a hardware scanner, two fingers, two tills (TIL-1 to TIL-3)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from regulars.kernel.ids import encode
from regulars.platform.clock import real_now
from regulars.platform.database import row
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from regulars.staff.actions import set_pin
from regulars.till.actions.receipts import ReceiptDraft, make_receipt
from regulars.till.tests.till_kit import picture_of
from tests.browser.camera import NOTHING, WithCamera, code_as_seen
from tests.browser.checks import check_axe, check_no_sideways_scroll, type_like_a_scanner
from tests.browser.conftest import STEP_MS
from tests.people import PASSWORD

pytestmark = pytest.mark.committed


def signed_in(page: Page, shop: RewardShop, address: str = "/till") -> Page:
    page.goto(f"/sign-in?next={address}", timeout=4 * STEP_MS)
    page.locator("input[name=email]").fill(shop.counter.shop.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(address)
    return page


def test_the_camera_sees_a_code_and_one_press_stamps_it(with_camera: WithCamera) -> None:
    shop = open_reward_shop()
    shop.goals({10: shop.voucher("A coffee")})
    card = shop.counter.issue("+4915112345678")
    page = signed_in(with_camera([(NOTHING, 4), (code_as_seen(card.link), 26)]), shop)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
    assert sum(url.endswith("/till/found") for url in asked) == 1
    size = page.get_by_role("button", name="+1 stamp").bounding_box()
    assert size
    assert size["height"] >= 56
    page.get_by_role("button", name="+1 stamp").click()
    expect(page.get_by_text("1 of 10").first).to_be_visible()
    # Back to scanning by itself, with Undo above it; the code that still lies there is not scanned at once again.
    expect(page.get_by_role("heading", name="Scan a card")).to_be_visible()
    expect(page.locator("#till-last").get_by_role("button", name="Undo")).to_be_visible()
    page.locator("#till-last").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Taken back")).to_be_visible()
    assert shop.stamps(card) == 0


def test_a_camera_that_is_refused_says_why_and_the_other_ways_stay(
    open_page: Callable[..., Page], live_url: str
) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    page = signed_in(open_page(live_url, width=375), shop)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("[data-camera-problem]")).to_contain_text("use a scanner")
    photo = {"name": "code.jpg", "mimeType": "image/jpeg", "buffer": picture_of(card.link, kind="jpeg")}
    page.locator("#till-picture").set_input_files(photo)  # type: ignore[arg-type]
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()


def test_a_hardware_scanner_works_wherever_the_focus_is(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    shop.goals({10: shop.voucher("A coffee")})
    one, two = shop.counter.issue("+4915112345678"), shop.counter.issue("+4915112345679")
    page = signed_in(open_page(live_url, width=1024, height=700), shop)
    expect(page.locator("#till-text")).to_be_focused()
    type_like_a_scanner(page, one.number)
    expect(page.get_by_role("button", name="+1 stamp")).to_be_focused()
    # The Enter of the next scan does not press the button that has the focus.
    type_like_a_scanner(page, two.link)
    expect(page.locator(f"input[name=card][value={encode('crd', two.id)}]").first).to_be_attached()
    page.get_by_role("button", name="+1 stamp").click()
    expect(page.get_by_text("1 of 10").first).to_be_visible()
    type_like_a_scanner(page, one.number)
    expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
    assert (shop.stamps(one), shop.stamps(two)) == (0, 1)
    expect(page.get_by_role("heading", name="Scan a card")).to_have_count(0)
    page.get_by_role("link", name="Next card").click()
    expect(page.locator("#till-text")).to_be_focused()


def test_a_receipt_and_then_a_card_are_scanned_and_taken_back(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    card = shop.counter.issue("+4915112345678")
    made = make_receipt(shop.counter.actor, ReceiptDraft(stamps=2), now=real_now())
    page = signed_in(open_page(live_url, width=1024, height=700), shop)
    type_like_a_scanner(page, made.url)
    expect(page.get_by_text("Whose card does it go to?")).to_be_visible()
    page.locator("#till-stage").focus()
    type_like_a_scanner(page, card.number)
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    assert shop.stamps(card) == 2
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_text("The code on the receipt can be used again.")).to_be_visible()
    assert shop.stamps(card) == 0


def test_two_fingers_are_one_stamp_and_two_tills_are_asked(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    shop.goals({10: shop.voucher("A coffee")})
    card = shop.counter.issue("+4915112345678")
    first, second = (signed_in(open_page(live_url, width=375), shop) for _ in range(2))
    for page in (first, second):
        page.get_by_label("Number, last four digits").fill(card.number)
        page.get_by_role("button", name="Find").click()
        expect(page.get_by_role("button", name="+1 stamp")).to_be_visible()
    first.get_by_role("button", name="+1 stamp").dblclick()
    expect(first.get_by_text("1 of 10").first).to_be_visible()
    second.get_by_role("button", name="+1 stamp").click()
    expect(second.get_by_role("heading", name="seconds ago")).to_be_visible()
    assert shop.stamps(card) == 1
    second.get_by_role("link", name="No, next card").click()
    expect(second.get_by_role("heading", name="Scan a card")).to_be_visible()


def test_autopilot_stamps_scan_after_scan(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_reward_shop()
    cards = [shop.counter.issue(f"+491511234567{number}") for number in range(3)]
    page = signed_in(open_page(live_url, width=1024, height=700), shop, "/till/set-up")
    page.get_by_role("radio", name="Autopilot").check()
    page.get_by_role("button", name="Save and scan").click()
    expect(page.locator("#till-text")).to_be_focused()
    for card in cards:
        type_like_a_scanner(page, card.number)
        expect(page.locator("[data-state=done]")).to_be_visible()
        page.wait_for_function("document.querySelector('[data-state=done]') !== null")
        page.get_by_role("link", name="Next card").click()
        expect(page.locator("#till-text")).to_be_focused()
    assert [shop.stamps(card) for card in cards] == [1, 1, 1]


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(375, "light", "en"), (375, "dark", "ru"), (320, "dark", "hi"), (1024, "dark", "en")],
)
def test_every_state_is_sound(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str, language: str, tmp_path: Path
) -> None:
    shop = open_reward_shop()
    shop.goals({4: shop.award("A biscuit"), 10: shop.voucher("A coffee of your choice, with or without milk")})
    shop.award("A mug", balance_type="points", price="5.00", stock=3)
    card, other = shop.counter.issue("+4915112345678"), shop.counter.issue("+4915112995678")
    shop.counter.adjust(card, "12.00")
    shop.stamp(card, 7)
    set_pin(shop.counter.shop.actor, pin="4082", password=PASSWORD, now=real_now())
    row(
        "UPDATE logins SET language = %s WHERE id = %s RETURNING 1",
        [language, shop.counter.shop.login_id],
        using="owner",
    )
    page = signed_in(open_page(live_url, width=width, height=740, scheme=scheme, language=language), shop)
    texts = ("", "5678", "nobody", card.number, other.number)
    for number, text in enumerate(texts):
        page.goto("/till")
        if text:
            page.locator("#till-text").fill(text)
            page.locator(".till-go").first.click()
            page.wait_for_selector("[data-state]:not([data-state=scan])")
        check_axe(page)
        check_no_sideways_scroll(page)
        page.screenshot(path=tmp_path / f"{number}.png", full_page=True)
    # After a press the page goes back by itself: what is on its buttons is read off at once, in the colours of the scheme.
    page.goto("/till")
    page.locator("#till-text").fill(other.number)
    page.locator(".till-go").first.click()
    page.locator("[data-first]").click()
    page.wait_for_selector("[data-state=done]")
    colours = page.evaluate(
        "[...document.querySelectorAll('.till-done .btn')].map((one) => getComputedStyle(one))"
        ".map((style) => [style.color, style.backgroundColor])"
    )
    assert colours
    assert all(ink != paper for ink, paper in colours), colours
    for address in ("/till/recent", "/till/set-up", "/till/who"):
        page.goto(address)
        check_axe(page)
        check_no_sideways_scroll(page)
