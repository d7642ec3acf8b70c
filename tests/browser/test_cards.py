"""The cards in a browser: journeys through the list, the panel and its dialogs; every page checked by axe and for its layout."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from regulars.cards.queries.cards import CardView
from regulars.cards.tests.counter import Counter, card_id, open_counter, type_id
from regulars.kernel.ids import encode
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.people import sign_in_client

OpenPage = Callable[..., Page]


@pytest.fixture
def counter(live_url: str) -> Counter:
    return open_counter()


@pytest.fixture
def anna(counter: Counter) -> CardView:
    """Anna's coffee card, one of several cards."""
    card = counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111", "anna@example.com"))
    counter.adjust(card, "6", reason="Six coffees")
    counter.card(counter.points, customer=counter.person("प्रिया शर्मा", "+919812345678"))
    counter.card(
        counter.deposit, customer=counter.person("María José Fernández-Villaverde y Echevarría", "+34612345678")
    )
    counter.card(counter.stamps, phone="+4915122222222")
    return counter.card(counter.stamps, phone="+4915133333333") and card


def signed_in(page: Page, counter: Counter, url: str) -> Page:
    client = sign_in_client(Client(), counter.shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/cards")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def test_find_a_card_open_it_adjust_it_and_undo(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto("/cards")
    page.keyboard.press("/")
    page.keyboard.type("0151 1111")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("#sub")).to_have_text("1 card")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Anna Müller")
    # Leaving the search field asks nothing more: the row stays marked, the address stays the card's.
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-row][aria-current=true]")).to_have_count(1)
    assert f"/cards/{card_id(anna)}?q=" in page.url
    page.get_by_role("link", name="Adjust").click()
    page.get_by_label("Amount").fill("2")
    expect(page.locator("#effect")).to_contain_text("8")
    check_axe(page)
    page.get_by_label("Reason").fill("Two more")
    page.get_by_role("button", name="Adjust", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Stamps: 6 → 8")
    expect(page.locator("#panel .prog")).to_contain_text("8/8")
    expect(page.locator("#list .prog")).to_contain_text("8/8")
    expect(page.locator("[data-row][aria-current=true]")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#panel .prog").first).to_contain_text("6/8")
    page.reload()
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("#panel h2")).to_have_text("Anna Müller")
    page.keyboard.press("Escape")
    expect(page.locator("#panel h2")).to_have_count(0)
    assert "/cards?q=" in page.url


def test_who_types_and_opens_at_once_loses_neither_row_nor_address(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto("/cards")
    page.keyboard.press("/")
    page.keyboard.type("0151")
    # The list of this search has not come yet: the row of the one before takes the focus, and keeps it.
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row]")).to_have_count(3)
    expect(page.locator("[data-row]:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_count(1)
    page.locator("[data-search]").fill("0151 1111")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    assert "/cards/crd_" in page.url
    assert "q=0151%201111" in page.url
    page.reload()
    expect(page.locator("#panel h2")).to_have_count(1)
    page.get_by_role("link", name="Close").click()
    expect(page.locator("#panel h2")).to_have_count(0)
    assert re.search(r"/cards\?q=0151(\+|%20)1111", page.url)


def test_a_mistake_keeps_the_dialog_and_what_was_typed(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/cards/{card_id(anna)}")
    page.get_by_role("link", name="Adjust").click()
    page.get_by_label("Amount").fill("-7")
    expect(page.locator("#effect")).to_contain_text("Only 6 can be taken")
    page.get_by_label("Reason").fill("Too much")
    page.get_by_role("button", name="Adjust", exact=True).click()
    expect(page.locator("dialog [data-summary]")).to_be_focused()
    expect(page.get_by_label("Reason")).to_have_value("Too much")
    check_axe(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_issue_a_card_to_a_person_found_while_typing(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto("/cards")
    page.get_by_role("link", name="Issue card").click()
    page.get_by_label("For whom").fill("anna")
    page.get_by_label("Anna Müller").check()
    page.get_by_label("Bonus card").check()
    page.locator("dialog").get_by_label("Number").fill(anna.number)
    page.get_by_role("button", name="Issue card").click()
    expect(page.locator("dialog .note")).to_contain_text("Anna Müller")
    number = page.locator("dialog").get_by_label("Number")
    expect(number).to_have_value(anna.number)  # the form that came back is settled
    number.fill("")
    page.get_by_label("Anna Müller").check()
    # A press that begins in the dialog and ends beside it, as when marking text, leaves the dialog open.
    number.hover()
    page.mouse.down()
    page.mouse.move(3, 3)
    page.mouse.up()
    page.get_by_role("button", name="Issue card").click()
    expect(page.locator("#panel h2")).to_have_text("Anna Müller")
    expect(page.locator("#list [data-row]")).to_have_count(6)


def test_a_menu_closes_behind_the_dialog_it_opened_and_gets_the_focus_back(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/cards/{card_id(anna)}")
    menu = page.locator("#panel summary")
    menu.click()
    page.get_by_role("link", name="Block", exact=True).click()
    expect(page.locator("dialog[open]")).to_contain_text("Block card")
    expect(page.locator("#panel details[open]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("link", name="Block", exact=True).click()
    page.get_by_label("Reason").fill("Stolen")
    page.get_by_role("button", name="Block card").click()
    expect(page.locator("#panel .note")).to_contain_text("Stolen")
    expect(page.locator("#list .tag", has_text="blocked")).to_have_count(2)
    expect(page.locator("#panel h2")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#panel .note")).to_have_count(0)


def test_filters_chips_and_columns_keep_each_other_in_step(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto("/cards")
    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Held by").select_option("unclaimed")
    expect(page.locator("[data-row]")).to_have_count(2)
    check_axe(page)
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Remove the filter").click()
    expect(page.locator("[data-row]")).to_have_count(5)
    expect(page.locator("#filter-holder")).to_have_value("")
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("Kept in").last.uncheck()
    expect(page.locator("th", has_text="Kept in")).to_have_count(0)


def test_everything_works_without_javascript(
    open_page: OpenPage, live_url: str, counter: Counter, anna: CardView
) -> None:
    page = signed_in(open_page(live_url, javascript=False), counter, live_url)
    page.goto("/cards?q=anna")
    page.get_by_role("link", name="Anna Müller").click()
    page.get_by_role("link", name="Adjust").click()
    page.get_by_label("Amount").fill("1")
    page.get_by_label("Reason").fill("No script")
    page.get_by_role("button", name="Adjust", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("6 → 7")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".panel .prog").first).to_contain_text("6/8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_sound(open_page: OpenPage, live_url: str, counter: Counter, anna: CardView, scheme: str) -> None:
    page = signed_in(open_page(live_url, scheme=scheme), counter, live_url)
    card, coffee = f"/cards/{card_id(anna)}", type_id(counter.stamps)
    assert anna.shown
    for path in (
        "/cards", card, f"{card}/history", f"{card}/adjust", f"{card}/move", f"{card}/block", f"{card}/replace",
        f"{card}/delete", f"{card}/print", f"{card}/explain/{encode('bal', anna.shown.balance_type_id)}",
        "/cards?q=nobody", "/cards/issue", "/cards/types", "/cards/types/new", f"/cards/types/{coffee}",
        "/balances", f"/balances/{encode('bal', anna.shown.balance_type_id)}", "/cards/expiring",
        "/cards/blanks", "/cards/bulk?all=1", "/c/" + anna.link.rpartition("/")[2],
    ):  # fmt: skip
        answer = page.goto(path)
        assert answer
        assert answer.ok, path
        check_axe(page)
        page.set_viewport_size({"width": 320, "height": 800})
        check_no_sideways_scroll(page)
        if path in ("/cards", card):
            check_axe(page)
        if scheme == "light":
            check_layout(page)
        page.set_viewport_size({"width": 1280, "height": 800})
