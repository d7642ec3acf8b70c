"""The list of a printer becomes blank cards, from the file to the sheet (CRD-10)."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.cards.actions.bulk import run_bulk_issue
from regulars.cards.jobs import read_list
from regulars.cards.tests.counter import Counter, open_counter
from regulars.kernel.ids import decode
from tests.browser.checks import check_axe, check_no_sideways_scroll
from tests.browser.test_cards import OpenPage, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture
def counter(live_url: str) -> Counter:
    return open_counter()


def look(page: Page) -> None:
    for width in (1440, 375):
        page.set_viewport_size({"width": width, "height": 900})
        check_axe(page)
        check_no_sideways_scroll(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_is_checked_and_its_good_numbers_become_cards(
    open_page: OpenPage, live_url: str, counter: Counter, scheme: str, tmp_path: Path
) -> None:
    counter.card(counter.stamps, phone="+4915111111111", number="PR-0003")
    rows = [f"PR-{one:04};{one};{1000 + one}" for one in range(1, 9)]
    file = tmp_path / "printer-list.csv"
    file.write_text("\n".join(["Card number;Serial;PIN", *rows, "pr0001;9;1009", "CARD;10;1010", ";11;1011"]))
    page = signed_in(open_page(live_url, scheme=scheme), counter, live_url)
    page.goto("/cards/blanks")
    look(page)
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form", has=page.locator("input[type=file]")).get_by_text("Coffee card").click()
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_text("The list is being read and checked")).to_be_visible()
    look(page)
    list_id = decode("nls", page.url.rpartition("/")[2])
    assert list_id
    read_list(counter.shop.chain_id, list_id)
    expect(page.get_by_role("button", name="Make 8 cards")).to_be_visible()
    expect(page.get_by_text("stands in row 2 already")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Make 8 cards").click()
    expect(page.get_by_text("Blank cards are being made")).to_be_visible()
    look(page)
    batch_id = decode("blk", page.url.rpartition("/")[2])
    assert batch_id
    run_bulk_issue(counter.shop.chain_id, batch_id, now=timezone.now())
    expect(page.locator(".labels li")).to_have_count(8)
    look(page)
    with page.expect_download() as got:
        page.get_by_role("link", name="Numbers and links").click()
    assert got.value.path().read_text("utf-8-sig").count("/c/") == 8
