"""Codes through the import wizard, from upload to undo, as people use it in three languages (IMP-9)."""

import os
from collections.abc import Callable
from typing import Final

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from regulars.codes.actions.pools import create_pool
from regulars.codes.rules.pools import PoolDraft
from tests.browser.checks import check_axe, check_layout
from tests.browser.test_codes import signed_in
from tests.browser.test_imports import work
from tests.people import open_shop

pytestmark = pytest.mark.committed

SHOTS: Final = os.environ.get("REGULARS_SHOTS", "")
FILE = "Код;Действует до\nAUTUMN-7KQ2-0001;2099-05-01\nautumn 7kq2 0001;2099-05-01\nAUTUMN-7KQ2-0002;2099-05-01\nABC;2099-05-01\n"
WORDS = {
    "en": ("Promo codes", "Import 2 codes"),
    "ru": ("Промокоды", "Загрузить 2 кода"),
    "hi": ("प्रोमो कोड", "2 कोड आयात करें"),
}


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 1440, "light"), ("ru", 375, "light"), ("hi", 375, "dark")]
)
def test_codes_from_upload_to_undo(
    open_page: Callable[..., Page], live_url: str, language: str, width: int, scheme: str
) -> None:
    shop = open_shop(language=language)
    create_pool(shop.actor, PoolDraft(name="Autumn"), now=timezone.now())
    page = open_page(live_url, width=width, height=900, scheme=scheme)
    signed_in(page, shop)
    kind, button = WORDS[language]

    def see(name: str) -> None:
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/codes-{language}-{name}.png", full_page=True)
        check_axe(page)
        check_layout(page)
        page.set_viewport_size({"width": width, "height": 900})

    page.goto("/imports/new?kind=codes")
    assert kind in page.locator("form.start").inner_text()
    assert page.locator("[name=pool]").is_visible()
    assert not page.locator("[name=card_type]").is_visible()
    see("1-upload")
    page.goto("/imports/new?kind=codes")
    page.locator("input[type=file]").set_input_files(
        {"name": "codes.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.locator("form.start button.primary").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/match")
    see("2-match")
    assert page.locator("#column-0").input_value() == "code"
    page.locator(".bar.sticky button.primary").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/check")
    see("3-check")
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/result")
    see("4-result")
    page.locator("[href$='/undo']").click()
    page.get_by_role("dialog").locator("button.danger").click()
    page.wait_for_url("**/work")
    work(shop)
    page.wait_for_url("**/result")
    see("5-undone")
