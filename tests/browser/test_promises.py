"""Promises in a browser: a change is looked at, those who would lose something are listed and keep it; every page is sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode
from regulars.programs.actions.tiers import recount_program_tiers
from tests.browser.checks import check_axe, check_layout
from tests.ledger_kit import dispatcher
from tests.order_kit import LATTE, OrderShop, open_order_shop
from tests.people import sign_in_client

OpenPage = Callable[..., Page]
LEVELS = {
    "name": "Levels",
    "external_id": "levels",
    "counts": "paid",
    "tiers": [
        {"name": "Silver", "external_id": "silver", "threshold": "5"},
        {"name": "Gold", "external_id": "gold", "threshold": "30", "multiplier": "2", "background": "#7a4f2d"},
    ],
}


class Promised:
    """A shop in which people collect stamps, and are in tiers."""

    def __init__(self) -> None:
        self.shop: OrderShop = open_order_shop()
        self.program = f"/programs/{encode('prg', self.shop.counter.card_type.program.id)}"
        self.cards = [self.join(name, 4 - place) for place, name in enumerate(("Anna Koch", "Ben Roth", "Carla Weiß"))]
        self.shop.run(
            {
                "name": "Every tenth coffee free",
                "benefits": [{"kind": "cheapest_off"}],
                "cost": {"balance_type": "ext:stamps", "amount": 9},
            }
        )
        self.promotion: str = self.shop.caller.get("/promotions").body["items"][0]["id"]
        assert self.shop.record(self.shop.order(LATTE, state="open")).status == 201
        change = {"cost": {"balance_type": "ext:stamps", "amount": 12}}
        assert self.shop.caller.patch(f"/promotions/{self.promotion}", change).status == 200
        assert self.shop.caller.patch(self.program, {"tier_groups": [LEVELS]}).status == 200
        recount_program_tiers(self.shop.chain_id, self.shop.counter.card_type.program.id, now=timezone.now())
        dispatcher().make_round()

    @property
    def tiers(self) -> str:
        """The address of the tiers."""
        found: str = self.shop.caller.get(self.program).body["tier_groups"][0]["id"]
        return f"{self.program}/tiers/{found}"

    def join(self, name: str, orders: int) -> CardView:
        """One more customer with a card, so many orders and three stamps for each."""
        phone = f"+49 151 1111{len(name)}{orders}11"
        customer = self.shop.caller.post("/customers", {"name": name, "phone": phone}).body["id"]
        card = self.shop.counter.issue(phone)
        for _ in range(orders):
            assert self.shop.record(self.shop.order(customer=customer)).status == 201
        self.shop.counter.adjust(card, str(3 * orders), balance_type="stamps")
        return card


@pytest.fixture
def promised(live_url: str) -> Promised:
    return Promised()


def signed_in(page: Page, promised: Promised, url: str) -> Page:
    client = sign_in_client(Client(), promised.shop.counter.shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/promotions")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def test_a_dearer_reward_is_looked_at_and_left_to_those_who_collect(
    open_page: OpenPage, live_url: str, promised: Promised
) -> None:
    page = signed_in(open_page(live_url, width=1440), promised, live_url)
    page.goto(f"/promotions/{promised.promotion}/publish")
    expect(page.locator(".changes", has_text="3 cards hold 27 Stamps")).to_contain_text("already: 2.")
    page.get_by_role("link", name="Who?").first.click()
    expect(page.get_by_role("link", name="Anna Koch")).to_be_visible()
    expect(page.get_by_role("row", name="Anna Koch")).to_contain_text("has enough")
    page.go_back()
    page.get_by_label("They keep what runs now, until a day").check()
    page.get_by_label("The last day on which they keep it").fill(
        (timezone.now() + timedelta(days=60)).date().isoformat()
    )
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.locator(".toast")).to_contain_text("runs")
    page.goto(f"/promotions/{promised.promotion}/versions")
    expect(page.get_by_role("heading", name="Promises that are kept")).to_be_visible()
    expect(page.locator("main")).to_contain_text("3 keep version 1 until")


def test_a_higher_threshold_asks_before_anything_is_saved(
    open_page: OpenPage, live_url: str, promised: Promised
) -> None:
    page = signed_in(open_page(live_url, width=1440), promised, live_url)
    page.goto(promised.tiers)
    page.get_by_label("From", exact=True).nth(1).fill("40")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".loses")).to_contain_text("1 falls from “Gold” to “Silver” at once.")
    page.get_by_label("They keep what they have for a time").check()
    page.get_by_label("The last day on which they keep it").fill(
        (timezone.now() + timedelta(days=60)).date().isoformat()
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved; everybody’s tier is being counted")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_promises_is_sound(open_page: OpenPage, live_url: str, promised: Promised, scheme: str) -> None:
    page = signed_in(open_page(live_url, width=1440, scheme=scheme), promised, live_url)
    for path in (
        f"/promotions/{promised.promotion}/publish",
        f"/promotions/{promised.promotion}/pause",
        f"/promotions/{promised.promotion}/end",
        f"/promotions/{promised.promotion}/loses/publish/rewards",
        promised.tiers,
        f"/cards/{encode('crd', promised.cards[0].id)}",
    ):
        check_both_widths(page, path)
    for path, press in ((promised.tiers, "Save"), (promised.tiers, "Remove these tiers")):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        page.get_by_label("From", exact=True).nth(1).fill("40")
        page.get_by_role("button", name=press).click()
        expect(page.get_by_role("heading", name="Who loses something")).to_be_visible()
        check_axe(page)
        page.set_viewport_size({"width": 375, "height": 800})
        check_axe(page)
        check_layout(page)


def check_both_widths(page: Page, path: str) -> None:
    """A page is sound at the desk and on a phone."""
    page.set_viewport_size({"width": 1440, "height": 900})
    answer = page.goto(path)
    assert answer
    assert answer.ok, path
    check_axe(page)
    page.set_viewport_size({"width": 375, "height": 800})
    check_axe(page)
    page.goto(path)
    check_layout(page)
