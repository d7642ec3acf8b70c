"""Exports in a browser: from the list's own filter to a file on the disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.browser.checks import check_axe, check_layout

Open = Callable[..., Any]


@pytest.fixture
def shop(live_url: str) -> Any:
    """A shop with a card that has a balance."""
    from django.utils import timezone

    from regulars.customers.actions import enter_customer
    from regulars.customers.rules import CustomerDraft
    from tests.ledger_kit import open_counter

    counter = open_counter()
    now = timezone.now()
    draft = CustomerDraft(name="Anna Weber", phones=("+4915123456789",))
    enter_customer(counter.actor, draft, country="DE", today=now.date(), now=now)
    counter.adjust(counter.issue("+4915123456789"), "12.50")
    counter.issue("+4915123456780")
    return counter


def sign_in(page: Any, shop: Any) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.shop.email)
    page.get_by_label("Password", exact=True).fill(shop.shop.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def write_waiting(shop: Any) -> None:
    """What the worker does."""
    from regulars.exports.actions.run import run_export
    from regulars.exports.queries.exports import list_exports
    from regulars.platform.database import unit_of_work

    with unit_of_work(shop.chain_id):
        waiting = [one.id for one in list_exports(shop.actor)[0] if one.is_unfinished]
    for export_id in waiting:
        run_export(shop.chain_id, export_id)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_a_list_is_exported_and_fetched(
    open_page: Open, live_url: str, shop: Any, width: int, scheme: str, tmp_path: Path
) -> None:
    page = open_page(live_url, width=width, scheme=scheme)
    sign_in(page, shop)
    page.goto("/exports")
    check_axe(page)
    page.goto("/exports/new?kind=cards&q=anna")
    assert page.get_by_text("1 row").is_visible()
    check_axe(page)
    check_layout(page)
    page.reload()
    page.get_by_role("button", name="Export", exact=True).click()
    page.wait_for_url("**/exports")
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_text("waiting").wait_for()
    check_axe(page)
    write_waiting(shop)
    page.get_by_role("link", name="Download").wait_for()
    check_axe(page)
    check_layout(page)
    page.reload()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    assert saved.suffix == ".xlsx"
    assert [line[2] for line in openpyxl.load_workbook(saved).worksheets[0].iter_rows(values_only=True)] == [
        "name",
        "Anna Weber",
    ]


def test_without_a_script_the_page_looks_again_by_itself(open_page: Open, live_url: str, shop: Any) -> None:
    page = open_page(live_url, javascript=False)
    sign_in(page, shop)
    page.goto("/exports")
    page.get_by_role("link", name="New export").first.click()
    page.get_by_role("link", name="Transactions").click()
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Export", exact=True).click()
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    write_waiting(shop)
    page.get_by_role("link", name="Download").wait_for()


def test_the_dialog_keeps_what_was_chosen_when_it_cannot_be(open_page: Open, live_url: str, shop: Any) -> None:
    page = open_page(live_url)
    sign_in(page, shop)
    page.goto("/exports")
    page.get_by_role("link", name="New export").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="Customers").click()
    dialog.get_by_text("1 row").wait_for()
    dialog.locator("summary").click()
    for box in dialog.get_by_role("checkbox").all():
        box.uncheck()
    dialog.get_by_role("button", name="Export", exact=True).click()
    dialog.get_by_text("Choose at least one column.").first.wait_for()
    assert page.url.endswith("/exports")
