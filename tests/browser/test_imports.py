"""The import wizard in a browser: upload, match, check with a repair, import, result, undo."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.browser.checks import check_axe, check_layout

Open = Callable[..., Any]
SHOTS = os.environ.get("REGULARS_SHOTS", "")

FILE = """Telefon;Name;Kartennummer;Bonus;Notiz
+49 151 23456701;Anna Weber;770001;10,50;mag Hafermilch
+49 151 23456702;Борис Смирнов;;20;
+49 151 23456703;प्रिया शर्मा;770003;abc;
+49 151 23456704;Émile Ölçer;;-5;
+79123456789;Anna Zweit;;3,25;
8-910-444-17-47;Ольга Петрова;;1;
8-921-745-48-30;Иван Петров;;2;
12;Nobody;;1;
+49 151 23456702;Борис Смирнов;;7;
Summe;;;41,75;
"""


@pytest.fixture
def shop(live_url: str) -> Any:
    """A shop with a points card."""
    from tests.ledger_kit import open_counter

    return open_counter()


def sign_in(page: Any, shop: Any) -> None:
    """Sign in as the owner."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.shop.email)
    page.get_by_label("Password", exact=True).fill(shop.shop.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)


def shoot(page: Any, name: str) -> None:
    """Keep a picture of the page where REGULARS_SHOTS says so."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def work(shop: Any) -> None:
    """What the worker does: every step that an import of this chain waits for."""
    from django.utils import timezone

    from regulars.imports.actions.steps import run_step
    from regulars.imports.actions.undoing import run_undo
    from regulars.imports.models import Import
    from regulars.platform.database import unit_of_work

    steps = {"reading": "read", "checking": "check", "applying": "apply"}
    with unit_of_work(shop.chain_id):
        waiting = list(Import.objects.values_list("id", "state"))
    for import_id, state in waiting:
        if state == "undoing":
            run_undo(shop.chain_id, import_id, now=timezone.now())
        elif state in steps:
            run_step(shop.chain_id, import_id, steps[state], now=timezone.now())


def upload(page: Any, content: str, name: str = "Herbst-Bonus.csv") -> None:
    """Choose a file and go on."""
    page.goto("/imports/new")
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    page.get_by_role("button", name="Next: match columns").click()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (375, "light"), (375, "dark")])
def test_a_file_from_upload_to_undo(
    open_page: Open, live_url: str, shop: Any, width: int, scheme: str, tmp_path: Path
) -> None:
    page = open_page(live_url, width=width, height=900, scheme=scheme)
    tag = f"{width}-{scheme}"
    sign_in(page, shop)

    def see(name: str, *, layout: bool = True) -> None:
        shoot(page, f"{tag}-{name}")
        check_axe(page)
        if layout and scheme == "light":
            check_layout(page)
            page.set_viewport_size({"width": width, "height": 900})
            page.reload()

    page.goto("/imports")
    see("1-empty")
    page.get_by_role("link", name="Import a spreadsheet").first.click()
    page.wait_for_url("**/imports/new")
    see("2-upload")
    upload(page, FILE)
    page.wait_for_url("**/work")
    see("3-reading", layout=False)
    work(shop)
    page.wait_for_url("**/match")
    see("4-match")
    page.get_by_role("button", name="Next: check").click()
    page.get_by_role("alert").first.wait_for()
    shoot(page, f"{tag}-5-match-question")
    check_axe(page)
    page.locator("[name=mode][value=add]").check()
    page.get_by_text("Phones, numbers, dates and units").click()
    page.locator("#id_country").select_option("IN")
    page.get_by_role("button", name="Next: check").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/check")
    see("6-check")
    page.get_by_role("link", name="Correct row 4").click()
    page.get_by_role("dialog").get_by_label("Bonus").fill("12,75")
    shoot(page, f"{tag}-7-row")
    page.get_by_role("dialog").get_by_role("button", name="Check again").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/check")
    page.get_by_role("button", name="Add +49 to all 2").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/check")
    see("8-check-mended")
    page.locator(".counts a").first.click()
    shoot(page, f"{tag}-9-check-new")
    check_axe(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    lines = list(openpyxl.load_workbook(saved).worksheets[0].iter_rows(values_only=True))
    assert lines[0][-1] == "Problem"
    page.get_by_role("button", name="Import 6 cards").click()
    page.wait_for_url("**/work")
    shoot(page, f"{tag}-10-applying")
    check_axe(page)
    work(shop)
    page.wait_for_url("**/result")
    see("11-result")
    page.goto("/imports")
    see("12-history")
    page.get_by_role("link", name="Herbst-Bonus.csv").click()
    page.wait_for_url("**/result")
    # Without its scripts the link leads to a page that asks the same.
    page.wait_for_load_state("load")
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("dialog").wait_for()
    shoot(page, f"{tag}-13-undo")
    check_axe(page)
    page.get_by_role("button", name="Undo the import").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/result")
    see("14-undone")
    upload(page, "%PDF-1.4\n%nothing of a table", "x.xlsx")
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/result")
    see("15-failed")
