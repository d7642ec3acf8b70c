"""What the import wizard proposes, as it looks: another unit, another country, second phones; in every language and scheme."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.imports.actions.steps import run_step
from regulars.kernel.ids import encode
from regulars.programs.rules import BalanceTypeDraft
from regulars.staff.actions.profile import change_profile
from tests.browser.checks import check_axe, check_layout
from tests.import_kit import bring
from tests.ledger_kit import Counter, open_counter
from tests.people import sign_in_client

SHOTS = os.environ.get("REGULARS_SHOTS", "")
LOOKS = [("en", 1440, "light"), ("ru", 375, "dark"), ("hi", 375, "light"), ("hi", 1440, "dark")]
WHOLE = BalanceTypeDraft(name="Sterne", kind="points", external_id="stars")
LIGHTSPEED = (
    "customer_code,first_name,last_name,phone,mobile,phone3,loyalty_balance\n"
    "A1,Anna,Weber,+4915123456701,+4915123456702,+4915123456703,12.34\nA2,Boris,Orlow,+4915123456702,,,3\n"
)
RUSSIAN = (
    "phone;phone2;name;stars\n8-921-745-48-30;8-921-745-48-31;Анна Петрова;1\n8-910-444-17-47;;Иван Сидоров;2\n"
    "8 916 123-45-67;8-910-444-17-47;Пётр;3\n+4915123456701;;Max;4\n"
)
OpenPage = Callable[..., Page]


def signed_in(page: Page, counter: Counter, url: str, language: str) -> Page:
    change_profile(login_id=counter.shop.login_id, actor=counter.shop.actor, now=timezone.now(), language=language)
    client = sign_in_client(Client(), counter.shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/imports")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page where REGULARS_SHOTS says so."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_another_unit_is_proposed_where_it_can_be_changed(
    open_page: OpenPage, live_url: str, language: str, width: int, scheme: str
) -> None:
    counter = open_counter(balance_types=(WHOLE,))
    options: dict[str, Any] = {"mode": "", "until": "needs_mapping", "mode_later": True}
    one = bring(counter, counter.shop.actor, LIGHTSPEED, **options)
    page = signed_in(open_page(live_url, width=width, scheme=scheme, language=language), counter, live_url, language)
    page.goto(f"/imports/{encode('imp', one.id)}/match")
    expect(page.locator("#id_rate")).to_have_value("100")
    expect(page.locator("#id_rate")).to_be_visible()
    shoot(page, f"units-{language}-{width}-{scheme}")
    check_axe(page)
    check_layout(page)


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_another_country_is_one_press_away(
    open_page: OpenPage, live_url: str, language: str, width: int, scheme: str
) -> None:
    counter = open_counter(balance_types=(WHOLE,))
    one = bring(counter, counter.shop.actor, RUSSIAN, until="checked")
    page = signed_in(open_page(live_url, width=width, scheme=scheme, language=language), counter, live_url, language)
    page.goto(f"/imports/{encode('imp', one.id)}/check")
    shoot(page, f"country-{language}-{width}-{scheme}")
    check_axe(page)
    check_layout(page)
    page.reload()
    page.locator("form[action$='/country'] button").click()
    page.wait_for_url("**/work")
    run_step(counter.chain_id, one.id, "check", now=timezone.now())
    page.wait_for_url("**/check")
    expect(page.locator("form[action$='/country']")).to_have_count(0)
    shoot(page, f"country-mended-{language}-{width}-{scheme}")
    check_axe(page)
