"""The first hour of docs/tutorial, walked in a browser: every press is one that the page tells of."""

import os
import re
from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from regulars.cards.tests.counter import Counter, open_counter
from regulars.staff.queries import list_places
from tests.browser.checks import check_axe
from tests.browser.test_imports import sign_in, work
from tests.test_docs import ROOT

OpenPage = Callable[..., Page]
TUTORIAL = (ROOT / "docs" / "tutorial" / "first-hour.md").read_text(encoding="utf-8")
SPOKEN = " ".join(TUTORIAL.split())
FILE = ROOT / "examples" / "salon-altegio-clients.xlsx"


def said(label: str) -> str:
    """A label that the tutorial names, in italics or bold."""
    assert re.search(rf"\*{re.escape(label)}\*", SPOKEN), f"the tutorial does not tell of {label!r}"
    return label


@pytest.fixture
def sample(live_url: str) -> Counter:
    """A sample business with one card."""
    counter = open_counter(is_sample=True)
    card = counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111", "anna@example.com"))
    counter.adjust(card, "6", reason="Six coffees")
    return counter


def test_the_first_hour(open_page: OpenPage, live_url: str, sample: Counter) -> None:
    page = open_page(live_url)
    sign_in(page, sample)
    expect(page.get_by_role("heading", level=1)).to_have_text(said("Overview"))
    look_around_and_change_a_balance(page)
    own = start_ones_own(page, sample)
    bring_the_file_in(page, own)
    page.get_by_role("link", name=said("Look at the cards")).click()
    expect(page.locator("#sub")).to_have_text("2,480 cards")
    undo_it(page, own)
    bring_the_file_in(page, own)
    page.get_by_role("link", name="Look at the cards").click()
    put_a_card_on_paper(page)


def by_the_side(page: Page, name: str) -> None:
    """Press an entry of the navigation, once the page has its style: on a small screen the same entries stand below."""
    page.wait_for_load_state("load")
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name=name, exact=True).click()


def look_around_and_change_a_balance(page: Page) -> None:
    by_the_side(page, said("Cards"))
    page.wait_for_url("**/cards")
    page.wait_for_load_state("load")
    page.keyboard.press("/")
    page.keyboard.type("0151 1111")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_contain_text("Six coffees")
    page.get_by_text(said("Why?")).first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Six coffees")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name=said("Adjust")).click()
    page.get_by_label("Amount").fill("5")
    expect(page.locator("#effect")).to_contain_text("11")
    page.get_by_label("Reason").fill("A present")
    page.get_by_role("button", name="Adjust", exact=True).click()
    page.get_by_role("button", name=said("Undo")).click()
    expect(page.locator("#panel .prog").first).to_contain_text("6/8")
    expect(page.locator("#panel")).to_contain_text("A present")


def start_ones_own(page: Page, sample: Counter) -> SimpleNamespace:
    expect(page.get_by_text(said("This is sample data."))).to_be_visible()
    page.get_by_role("link", name=said("Start your own")).click()
    page.get_by_label("Name of your business").fill("Studio Nova")
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name=said("Continue")).click()
    page.get_by_text("Salon or spa").click()
    page.locator("main button").last.click()
    expect(page.get_by_text("0 of 4")).to_be_visible()
    check_axe(page)
    places = {place.chain_id for place in list_places(sample.shop.login_id)} - {sample.shop.chain_id}
    own: UUID = places.pop()
    return SimpleNamespace(chain_id=own)


def bring_the_file_in(page: Page, own: SimpleNamespace) -> None:
    by_the_side(page, said("Imports"))
    page.get_by_role("link", name=said("Import a spreadsheet")).first.click()
    page.wait_for_url("**/imports/new")
    name = page.get_by_label("Name of the card")
    if name.is_visible():
        expect(page.get_by_text("optional")).to_have_count(0)
        name.fill("Club card")
        page.get_by_label("What it counts").select_option(label="Bonus points")
    page.locator("input[type=file]").set_input_files(os.fspath(FILE))
    page.get_by_role("button", name=said("Next: match columns")).click()
    page.wait_for_url("**/work")
    work(own)
    page.wait_for_url("**/match")
    expect(page.locator("[name=mode]:checked")).to_have_count(0)
    expect(page.locator(".choice", has_text=said("They are the new totals"))).to_contain_text("usual for such a file")
    page.get_by_text("They are the new totals").click()
    page.get_by_role("button", name=said("Next: check")).click()
    page.wait_for_url("**/work")
    work(own)
    page.wait_for_url("**/check")
    page.get_by_role("button", name=said("Import 2,480 cards")).click()
    page.wait_for_url("**/work")
    work(own)
    page.wait_for_url("**/result")


def undo_it(page: Page, own: SimpleNamespace) -> None:
    by_the_side(page, "Imports")
    page.get_by_role("link", name=FILE.name).click()
    page.wait_for_load_state("load")
    page.get_by_role("link", name=said("Undo this import")).click()
    page.get_by_role("button", name="Undo the import").click()
    page.wait_for_url("**/work")
    work(own)
    page.wait_for_url("**/result")
    by_the_side(page, "Cards")
    expect(page.locator("[data-row]")).to_have_count(0)


def put_a_card_on_paper(page: Page) -> None:
    page.locator("[data-row]").first.click()
    page.locator("#panel summary").last.click()
    expect(page.locator("#panel").get_by_role("button", name=said("Copy link"))).to_be_visible()
    expect(page.locator("#panel").get_by_role("link", name=said("Web card"))).to_be_visible()
    paper = page.locator("#panel").get_by_role("link", name=said("Print")).get_attribute("href")
    assert paper
    page.goto(paper)
    expect(page.locator("svg").first).to_be_visible()
