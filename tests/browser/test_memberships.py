"""Memberships in a browser: a type is made, sold and used; every page is sound."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from regulars.kernel.ids import encode
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.contract.chains import add_caller
from tests.ledger_kit import Counter, open_counter
from tests.membership_kit import Studio
from tests.people import PASSWORD, Shop

pytestmark = pytest.mark.committed


def signed_in(page: Page, shop: Shop) -> Page:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(shop.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit], form button.primary").first.click()
    page.wait_for_url("/")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_ten_visits_are_made_sold_used_and_a_use_is_undone(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str
) -> None:
    counter = open_counter()
    studio = Studio(add_caller(counter.chain_id))
    customer = studio.customer()
    page = signed_in(open_page(live_url, width=width, scheme=scheme), counter.shop)
    page.goto("/memberships")
    page.get_by_role("link", name="New membership").click()
    page.get_by_label("Name", exact=True).fill("Ten visits")
    page.get_by_label("Visits", exact=False).first.fill("10")
    page.get_by_label("Price").fill("90")
    page.get_by_label("Lasts").fill("3")
    page.get_by_role("button", name="Add the membership").click()
    expect(page.locator(".toast")).to_contain_text("Ten visits can be sold now")
    page.goto(f"/customers/{customer}")
    page.get_by_role("link", name="Sell a membership").click()
    expect(page.get_by_role("dialog")).to_contain_text("10 visits · 3 months")
    check_axe(page)
    page.get_by_role("button", name="Sell", exact=True).click()
    page.wait_for_url("**/memberships/mbr_*")
    expect(page.get_by_text("10 of 10 visits left").first).to_be_visible()
    page.get_by_role("link", name="Use it").click()
    page.get_by_role("dialog").get_by_label("Visits").fill("2")
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("8 of 10 visits left").first).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("10 of 10 visits left").first).to_be_visible()
    expect(page.get_by_text("Taken by mistake")).to_be_visible()


def fill(counter: Counter) -> dict[str, str]:
    """Memberships in every state; the addresses of the pages that show them."""
    studio = Studio(add_caller(counter.chain_id))
    card = counter.issue("+49 151 11111111")
    for name in ("Massage Studio am Kurpark", "Nord"):
        studio.caller.post("/locations", {"name": name, "external_id": name.split()[0].lower()})
    customer = studio.customer(name="Mia Weber-Schneider")
    studio.caller.post("/products", {"sku": "massage", "name": "Massage", "category": "Body > Massage"})
    long = studio.type(
        name="Ten massages within three months",
        period={"unit": "months", "value": 3},
        locations=["ext:massage"],
        categories=["Body > Massage"],
        freezes_max=2,
        freeze_days_max=30,
        notice_days=7,
        notice_visits=3,
        every_hours=12,
    )
    month = studio.type(name="Month", visits=None, period={"unit": "days", "value": 30}, freezes_max=None)
    active = studio.sell(long, customer=customer)["id"]
    used = studio.use(active, visits=7, location="ext:massage", sku="massage").body["id"]
    studio.act(active, f"uses/{used}/undo", reason="The masseur was ill that day and nobody had told the customer")
    studio.use(active, visits=8, location="ext:massage", sku="massage")
    frozen = studio.sell(month, card=encode("crd", card.id), with_code=True)["id"]
    studio.act(frozen, "freeze", days=10, reason="Holidays")
    over = studio.sell(month, with_code=True)["id"]
    studio.act(over, "cancel", reason="Moved away", refund="20")
    link = studio.caller.get(f"/cards/{encode('crd', card.id)}").body["link"]
    return {
        "list": "/memberships",
        "filtered": "/memberships?state=frozen&ends=30",
        "nothing": "/memberships?q=zzz",
        "find": "/memberships/find",
        "types": "/memberships/types",
        "new_type": "/memberships/types/new",
        "type": f"/memberships/types/{long}",
        "active": f"/memberships/{active}",
        "frozen": f"/memberships/{frozen}",
        "over": f"/memberships/{over}",
        "use": f"/memberships/{active}/use",
        "freeze": f"/memberships/{active}/freeze",
        "extend": f"/memberships/{active}/extend",
        "cancel": f"/memberships/{active}/cancel",
        "sell": "/memberships/sell",
        "sell_to": f"/memberships/sell?customer={customer}",
        "customer": f"/customers/{customer}",
        "of": f"/memberships/of/{customer}",
        "card": f"/cards/{encode('crd', card.id)}",
        "web_card": "/c/" + link.rpartition("/c/")[2],
    }


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ru"), ("light", "hi")])
def test_every_page_is_sound(open_page: Callable[..., Page], live_url: str, scheme: str, language: str) -> None:
    counter = open_counter()
    addresses = fill(counter)
    page = signed_in(open_page(live_url, scheme=scheme), counter.shop)
    page.goto("/account")
    speak(page, counter, language)
    for name, path in addresses.items():
        answer = page.goto(path)
        assert answer
        assert answer.ok, path
        page.wait_for_load_state("networkidle")
        check_axe(page)
        keep(page, f"{name}-{scheme}-{language}-wide")
        page.set_viewport_size({"width": 320, "height": 800})
        check_no_sideways_scroll(page)
        if scheme == "light":
            check_layout(page)
        keep(page, f"{name}-{scheme}-{language}-narrow")
        page.set_viewport_size({"width": 1280, "height": 800})


def speak(page: Page, counter: Counter, language: str) -> None:
    """Let whoever looks read this language."""
    from regulars.platform.database import execute, unit_of_work

    with unit_of_work(counter.chain_id, login_id=counter.shop.login_id):
        assert execute("UPDATE logins SET language = %s WHERE id = %s", [language, counter.shop.login_id])


def keep(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
