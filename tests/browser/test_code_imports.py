"""Codes through the import wizard, from upload to undo, as people use it in three languages (IMP-9)."""

import os
from typing import Any

import pytest

from tests.browser.checks import check_axe, check_layout
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

SHOTS = os.environ.get("REGULARS_SHOTS", "")
FILE = "Код;Телефон\nAUTUMN-7KQ2-0001;\nautumn 7kq2 0001;\nAUTUMN-7KQ2-0002;\nABC;\n"
WORDS = {
    "en": ("Promo codes", "Import 2 codes"),
    "ru": ("Промокоды", "Загрузить 2 кода"),
    "hi": ("प्रोमो कोड", "2 कोड आयात करें"),
}


@pytest.fixture
def shop(live_url: str) -> Any:
    """A shop with a pool."""
    from django.utils import timezone

    from regulars.codes.actions.pools import make_pool
    from regulars.codes.rules.pools import PoolDraft
    from tests.ledger_kit import open_counter

    counter = open_counter()
    make_pool(counter.shop.actor, PoolDraft(name="Autumn"), now=timezone.now())
    return counter


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 1440, "light"), ("ru", 375, "light"), ("hi", 375, "dark")]
)
def test_codes_from_upload_to_undo(
    open_page: Open, live_url: str, shop: Any, language: str, width: int, scheme: str
) -> None:
    from tests.browser.test_imports import sign_in, work

    page = open_page(live_url, width=width, height=900, scheme=scheme)
    sign_in(page, shop)
    speak(shop, language)
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


def speak(shop: Any, language: str) -> None:
    """The owner reads this language from now on."""
    from regulars.platform.database import rows, unit_of_work

    with unit_of_work(shop.chain_id, login_id=shop.shop.actor.login_id):
        rows("UPDATE logins SET language = %s WHERE email = %s RETURNING id", [language, shop.shop.email])
