"""Vouchers in a browser: issued at the counter, redeemed once, printed; their holder shows them; every page is sound."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.kernel.ids import encode
from regulars.vouchers.actions.by_hand import IssueByHand, issue_by_hand
from regulars.vouchers.actions.many import IssueMany, issue_many
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.people import PASSWORD

pytestmark = pytest.mark.committed

PICTURES = os.environ.get("VOUCHER_PICTURES", "")


def signed_in(page: Page, counter: Counter) -> Page:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(counter.shop.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit], form button.primary").first.click()
    page.wait_for_url("/")
    return page


def sound(page: Page, name: str = "") -> None:
    check_axe(page)
    check_layout(page)
    check_no_sideways_scroll(page)
    if PICTURES and name:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [(1440, "light", "en"), (375, "dark", "en"), (1440, "dark", "ru"), (375, "light", "hi")],
)
def test_every_page_of_vouchers_is_sound(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str, language: str
) -> None:
    counter = open_counter()
    person = counter.person("Anna Müller", "+4915111111111")
    card = counter.card(counter.points, customer=person)
    now, actor = timezone.now(), counter.shop.actor
    (held,) = issue_by_hand(
        actor,
        IssueByHand(
            title="A coffee on the house",
            description="Any size, with or without milk.",
            card=card_id(card),
            validity={"kind": "months", "value": 3},
            benefit={"percent": "10", "minimum": "20.00"},
            customer_may_redeem=True,
        ),
        now=now,
    )
    sheet = issue_by_hand(actor, IssueByHand(title="Opening day: one cake free", count=5), now=now)
    page = signed_in(open_page(live_url, width=width, scheme=scheme, language=language), counter)
    name = f"{width}-{scheme}-{language}"
    page.goto("/vouchers")
    sound(page, f"{name}-list")
    many = IssueMany(terms=IssueByHand(title="For everybody who came"), count=20_000)
    moving = issue_many(actor, many, now=now, defer=lambda _chain, _batch: None)
    page.goto(f"/vouchers?batch={moving.public_id}")
    expect(page.locator("[data-poll]")).to_be_visible()
    sound(page, f"{name}-batch")
    page.goto(f"/vouchers/{encode('vch', held.id)}")
    sound(page, f"{name}-voucher")
    page.goto("/vouchers/issue")
    sound(page, f"{name}-issue")
    page.goto(f"/vouchers/{encode('vch', held.id)}/cancel")
    sound(page)
    assert sheet[0].batch_id
    page.goto(f"/vouchers/print?batch={encode('vbt', sheet[0].batch_id)}")
    sound(page, f"{name}-print")
    page.goto(f"/customers/{encode('cus', person.id)}")
    expect(page.locator("#vouchers-of .held-vouchers")).to_be_visible()
    sound(page, f"{name}-customer")
    page.goto(f"/cards/{card_id(card)}")
    expect(page.locator("#vouchers-of .held-vouchers")).to_be_visible()
    sound(page, f"{name}-card")
    page.goto("/c/" + card.link.rpartition("/")[2])
    page.locator(".own-voucher summary").first.click()
    expect(page.locator(".own-voucher .barcode")).to_be_visible()
    sound(page, f"{name}-own")


def test_a_voucher_is_issued_from_the_card_and_redeemed_once(open_page: Callable[..., Page], live_url: str) -> None:
    counter = open_counter()
    card = counter.card(counter.points, customer=counter.person("Anna Müller", "+4915111111111"))
    page = signed_in(open_page(live_url), counter)
    page.goto(f"/cards/{card_id(card)}")
    page.locator("#panel summary", has_text="More").click()
    page.get_by_role("link", name="Issue voucher").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What it is for").fill("Sorry for the wait")
    expect(dialog.get_by_label("How much")).to_be_hidden()
    dialog.get_by_label("What it gives").select_option("percent")
    dialog.get_by_label("How much").fill("110")
    dialog.get_by_role("button", name="Issue voucher").click()
    expect(dialog.get_by_text("At most 100.").first).to_be_visible()
    dialog.get_by_label("How much").fill("10")
    dialog.get_by_role("button", name="Issue voucher").click()
    expect(page.locator("#vouchers-of")).to_contain_text("Sorry for the wait")
    page.locator("#vouchers-of").get_by_role("link", name="Sorry for the wait").click()
    page.get_by_role("button", name="Redeem").click()
    expect(page.get_by_text("Voucher redeemed")).to_be_visible()
    expect(page.get_by_role("button", name="Redeem", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Undo the redemption").click()
    expect(page.get_by_role("button", name="Redeem", exact=True)).to_be_visible()
