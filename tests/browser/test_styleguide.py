"""The components in every state: readable by everyone, at every width, in every language, without a fault in the console."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_axe, check_layout

SCREENS = ["", "/list", "/list?open=4807108474", "/import", "/bare", "/card", "/dialog", "/failure-404"]
ACCENTS = ["ocean", "plum", "brick", "rose", "honey", "slate", "indigo"]
OpenPage = Callable[..., Page]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(open_page: OpenPage, guide_url: str, screen: str, scheme: str) -> None:
    page = open_page(guide_url, scheme=scheme)
    page.goto(f"/styleguide{screen}")
    check_axe(page)
    page.set_viewport_size({"width": 375, "height": 760})
    check_axe(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_accent_has_enough_contrast(open_page: OpenPage, guide_url: str, scheme: str) -> None:
    page = open_page(guide_url, scheme=scheme)
    for accent in ACCENTS:
        page.goto(f"/styleguide?accent={accent}")
        check_axe(page)


@pytest.mark.parametrize(
    ("screen", "language"),
    [
        *((screen, "en") for screen in SCREENS),
        *((screen, code) for screen in ("", "/list", "/bare") for code in ("ru", "hi")),
    ],
)
def test_no_page_scrolls_sideways(open_page: OpenPage, guide_url: str, screen: str, language: str) -> None:
    page = open_page(guide_url, language=language)
    page.goto(f"/styleguide{screen}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    check_layout(page)


def test_the_theme_one_chooses_beats_the_system(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url, scheme="light")
    page.goto("/styleguide")
    page.locator(".user summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(21, 19, 16)"


def test_a_list_is_walked_with_the_keyboard(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide/list")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    assert page.url.endswith("?open=4807113441")
    page.keyboard.press("j")
    expect(page.locator("#panel-title")).to_have_text("प्रिया शर्मा")
    page.reload()
    expect(page.locator("#panel-title")).to_have_text("प्रिया शर्मा")
    page.keyboard.press("Escape")
    expect(page.locator("#panel > *")).to_have_count(0)
    expect(page.locator("[data-row]").nth(2)).to_be_focused()
    assert page.url.endswith("/styleguide/list")
    page.go_back()
    expect(page.locator("#panel-title")).to_have_text("प्रिया शर्मा")


def test_rows_are_chosen_one_by_one_in_a_range_and_all(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide/list")
    boxes, bar = page.locator("[data-pick]"), page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(bar.locator("[data-count]")).to_have_text("4")
    page.locator("[data-pick-all]").click()
    expect(bar.locator("[data-count]")).to_have_text("8")
    bar.locator("[data-pick-matching]").click()
    expect(bar.locator("[data-count]")).to_have_text("4,812")
    boxes.nth(1).click()
    expect(bar.locator("[data-count]")).to_have_text("7")
    bar.get_by_role("button", name="Cancel").click()
    expect(bar).to_be_hidden()


def test_a_dialog_takes_the_focus_and_gives_it_back(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide")
    opener = page.get_by_role("link", name="Dialog")
    opener.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog").locator("#id_amount")).to_be_focused()
    check_axe(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_toast_waits_while_it_is_focused(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.clock.install()
    page.goto("/styleguide?toast=1")
    toast = page.locator("[data-toast]")
    toast.get_by_role("button", name="Undo").focus()
    page.clock.fast_forward(20_000)
    expect(toast).to_be_visible()
    page.locator("#main").focus()
    page.clock.fast_forward(7_000)
    expect(toast).to_be_visible()
    page.clock.fast_forward(2_000)
    expect(toast).to_have_count(0)


def test_faults_of_a_form_are_linked_from_the_summary(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide")
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Amount").click()
    expect(page.locator("#id_wrong-amount")).to_be_focused()


def test_single_letters_can_be_switched_off(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide/list")
    page.keyboard.press("?")
    page.get_by_role("button", name="Switch single-letter shortcuts off").click()
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).not_to_be_focused()


def test_everything_essential_works_without_javascript(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url, width=375, javascript=False)
    page.goto("/styleguide/list")
    page.locator(".dock summary").click()
    expect(page.get_by_role("link", name="Settings").last).to_be_visible()
    page.locator(".dock summary").click()
    page.get_by_role("link", name="Jürgen Krause").click()
    expect(page.locator("#panel-title")).to_have_text("Jürgen Krause")
    page.get_by_role("link", name="Back").click()
    expect(page.locator("[data-row]").first).to_be_visible()
    page.goto("/styleguide?toast=1")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def test_a_form_in_a_dialog_keeps_what_was_typed_and_ends_with_a_toast(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide/list")
    page.get_by_role("link", name="Adjust many").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("12,5x")
    dialog.get_by_role("button", name="Adjust").click()
    expect(dialog.locator("[data-summary]")).to_be_focused()
    expect(dialog.get_by_label("Amount")).to_have_value("12,5x")
    check_axe(page)
    dialog.get_by_label("Amount").fill("5")
    dialog.get_by_label("Reason").fill("Kaputte <b>Maschine</b>")
    dialog.get_by_role("button", name="Adjust").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#panel-title")).to_have_text("Jürgen Krause")
    expect(page.locator("[data-toast]")).to_contain_text("Balance changed by 5")
    assert page.url.endswith("?open=4807108474")


def test_progress_is_asked_for_until_it_is_finished(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide")
    expect(page.locator("#work")).to_contain_text("3,600 of 3,600 rows, finished")
    assert page.locator("#work").get_attribute("data-poll") is None


def test_a_failure_of_the_server_is_said_in_words(open_page: OpenPage, guide_url: str) -> None:
    page = open_page(guide_url)
    page.goto("/styleguide/list")
    page.evaluate("htmx.ajax('GET', '/styleguide/failure-409', '#panel')")
    expect(page.locator(".toast.bad")).to_contain_text("This changed while you were looking at it")
    expect(page.locator("#panel > *")).to_have_count(0)
