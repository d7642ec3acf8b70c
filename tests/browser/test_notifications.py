"""The list of notifications and the height of rows in a browser, in every language, both schemes, at the desk and on a phone."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.kernel.ids import new_id
from regulars.platform.database import unit_of_work
from regulars.staff.actions.notifications import notify
from regulars.staff.actions.profile import change_profile
from tests.browser.checks import check_axe, check_layout
from tests.ledger_kit import Counter, open_counter
from tests.people import sign_in_client

SHOTS = os.environ.get("REGULARS_SHOTS", "")
LOOKS = [("en", 1440, "light"), ("ru", 375, "dark"), ("hi", 375, "light"), ("hi", 1440, "dark")]
OpenPage = Callable[..., Page]


@pytest.fixture
def counter(live_url: str) -> Counter:
    made = open_counter()
    for number in range(6):
        made.issue(f"+491512345670{number}")
    return made


def tell_all(counter: Counter) -> None:
    """One of every kind, and names as people give them."""
    long = "Donaudampfschifffahrtsgesellschaft-Kundenliste-Herbst-2026-final-final2.xlsx"
    told: list[tuple[str, dict[str, Any]]] = [
        ("import.needs_mapping", {"file": "клиенты.xls", "kind": "customers"}),
        ("import.checked", {"file": "ग्राहक.csv", "kind": "cards", "good": 8300, "errors": 12}),
        ("import.applied", {"file": long, "kind": "cards", "created": 1200, "changed": 40, "left": 3}),
        ("import.undone", {"file": "herbst.csv", "kind": "cards", "kept": 2}),
        ("import.failed", {"file": "foto.xlsx", "kind": "cards", "problem": {"code": "file_empty", "values": {}}}),
        ("export.done", {"file": "cards-2026-11-27.xlsx", "rows": 2340, "problem": None}),
        (
            "export.failed",
            {
                "file": "c.csv",
                "rows": None,
                "problem": {"message": "It was stopped before it was finished.", "values": {}},
            },
        ),
        ("bulk_issue.done", {"type": "Club card", "kind": "customers", "issued": 214, "skipped": 3, "kept": 0}),
        ("bulk_issue.undone", {"type": "Club card", "kind": "customers", "issued": 214, "skipped": 3, "kept": 1}),
        ("till_pin.locked", {"name": "Константин Константинопольский", "wrong": 10, "own": False}),
        ("till_pin.locked", {"name": "Anna", "wrong": 10, "own": True}),
    ]
    with unit_of_work(counter.chain_id):
        for kind, facts in told:
            notify(counter.shop.actor, kind, subject_id=new_id(), facts=facts, now=timezone.now())


def signed_in(page: Page, counter: Counter, url: str, language: str = "en") -> Page:
    change_profile(login_id=counter.shop.login_id, actor=counter.shop.actor, now=timezone.now(), language=language)
    client = sign_in_client(Client(), counter.shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/cards")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page where REGULARS_SHOTS says so."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_the_bell_counts_and_the_list_tells(
    open_page: OpenPage, live_url: str, counter: Counter, language: str, width: int, scheme: str
) -> None:
    page = signed_in(open_page(live_url, width=width, scheme=scheme, language=language), counter, live_url, language)
    page.goto("/notifications")
    shoot(page, f"notifications-empty-{language}-{width}-{scheme}")
    check_axe(page)
    tell_all(counter)
    page.goto("/")
    expect(page.locator(".bell .n")).to_contain_text("11")
    page.locator(".bell").click()
    page.wait_for_url("**/notifications")
    shoot(page, f"notifications-{language}-{width}-{scheme}")
    check_axe(page)
    check_layout(page)


def test_a_line_is_read_by_opening_it(open_page: OpenPage, live_url: str, counter: Counter) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    with unit_of_work(counter.chain_id):
        facts = {"file": "cards.xlsx", "rows": 3, "problem": None}
        notify(counter.shop.actor, "export.done", subject_id=new_id(), facts=facts, now=timezone.now())
    page.goto("/notifications")
    page.get_by_role("link", name="cards.xlsx").click()
    page.wait_for_url("**/exports")
    expect(page.locator(".bell .n")).to_have_count(0)


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_rows_are_as_high_as_one_likes_and_the_filter_stays(
    open_page: OpenPage, live_url: str, counter: Counter, language: str, width: int, scheme: str
) -> None:
    page = signed_in(open_page(live_url, width=width, scheme=scheme, language=language), counter, live_url, language)
    page.goto("/cards")
    height = "document.querySelector('tbody tr').getBoundingClientRect().height"
    roomy = page.evaluate(height)
    page.locator("[data-search]").fill("3456700")
    page.wait_for_url("**/cards?*q=3456700*")
    page.locator(".filters summary").last.click()
    shoot(page, f"density-{language}-{width}-{scheme}")
    check_axe(page)
    page.locator("button[value=dense]").click()
    expect(page.locator("table.dense")).to_have_count(1)
    assert "q=3456700" in page.url
    shoot(page, f"dense-{language}-{width}-{scheme}")
    assert page.evaluate(height) < roomy
    check_axe(page)
    check_layout(page)
