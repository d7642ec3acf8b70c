"""The tutorial of the first promotion, walked in a browser on a desk and on a phone; its presses and keys are counted."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from regulars.imports.actions import sample_data
from regulars.imports.actions.sample_data import add_sample, run_adding
from regulars.imports.rules.samples import FILES
from regulars.kernel.ids import encode
from regulars.platform.database import rows, unit_of_work
from regulars.promotions.queries.promotions import list_promotions
from tests.browser.checks import check_axe, check_layout
from tests.people import Shop, open_shop, sign_in_client
from tests.test_docs import ROOT

SHOTS = os.environ.get("REGULARS_SHOTS", "")
OpenPage = Callable[..., Page]
SPOKEN = " ".join((ROOT / "docs" / "tutorial" / "first-promotion.md").read_text(encoding="utf-8").split())
TWO_MINUTES = 120
PRESS, KEY = 1.35, 0.28
"""Seconds for a point and a press, and for a key: the keystroke-level model of Card, Moran and Newell."""
THINKING = 1.35
"""Seconds of thought before each step of it."""


def said(label: str) -> str:
    """A label that the tutorial names."""
    assert f"*{label}*" in SPOKEN, f"the tutorial does not tell of {label!r}"
    return label


@dataclass
class Hand:
    """Somebody who presses and types, and how often they did."""

    page: Page
    presses: int = 0
    keys: int = 0

    def press(self, place: Locator) -> None:
        place.click()
        self.presses += 1

    def write(self, place: Locator, text: str) -> None:
        place.fill(text)
        self.presses += 1
        self.keys += len(text)

    @property
    def seconds(self) -> float:
        """How long it takes somebody who knows what they want."""
        return self.presses * (PRESS + THINKING) + self.keys * KEY


@pytest.fixture
def shop(live_url: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(sample_data, "FILES", (FILES[1], FILES[5]))
    made = open_shop()
    add_sample(made.actor, word="Sample", defer=lambda *_: None, now=timezone.now())
    run_adding(made.chain_id, now=timezone.now())
    return made


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/first-{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "height"), [(1440, 1000), (375, 800)])
def test_a_marketer_makes_it_in_two_minutes_and_sees_its_effect_on_yesterdays_orders(
    open_page: OpenPage, live_url: str, shop: Shop, width: int, height: int
) -> None:
    client = sign_in_client(Client(), shop)
    client.get("/promotions/new")
    page = open_page(live_url, width=width, height=height)
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": live_url}])
    hand = Hand(page)
    page.goto("/promotions")
    shot(page, f"1-list-{width}")
    write_it(page, hand)
    shot(page, f"3-written-{width}")
    address = page.url
    assert hand.seconds < TWO_MINUTES, (hand.presses, hand.keys, hand.seconds)
    see_its_effect(page, hand, width)
    hand.press(page.get_by_role("button", name=said("Publish…")))
    hand.press(page.get_by_role("button", name=said("Publish: it runs at once")))
    expect(page.locator(".toast")).to_contain_text("“Five back” runs")
    see_an_order_explained(page, shop, width)
    page.goto(address)
    page.get_by_role("button", name="See its effect").click()
    expect(page.locator("#effect")).to_contain_text("changed nothing")
    check_layout(page)


def write_it(page: Page, hand: Hand) -> None:
    hand.press(page.get_by_role("link", name=said("New promotion")))
    hand.press(page.get_by_role("link", name=re.compile(said("Cashback in percent"))))
    shot(page, f"2-questions-{page.viewport_size['width'] if page.viewport_size else 0}")
    expect(page.get_by_label(said("How many percent come back?"))).to_have_value("5")
    expect(page.get_by_label(said("As which points?"))).to_contain_text("Sample: Bonus")
    hand.write(page.get_by_label(said("What it is called")), "Five back")
    hand.press(page.get_by_role("button", name=said("Write the draft")))
    expect(page.locator("#words")).to_contain_text("5% comes back as Sample: Bonus.")
    hand.press(page.get_by_role("button", name=said("Another percentage when…")))
    hand.write(page.locator("#f-earnings-0-instead-0-percent"), "10")
    other = page.locator("#f-earnings-0-instead")
    hand.press(other.get_by_text(said("Add condition")))
    hand.press(other.get_by_role("button", name=said("Day and hour")))
    hand.press(other.get_by_text(said("Tue"), exact=True))
    hand.write(page.locator("#f-earnings-0-instead-0-conditions-0-hours-0-begins"), "00:00")
    hand.write(page.locator("#f-earnings-0-instead-0-conditions-0-hours-0-ends"), "12:00")
    hand.press(other.get_by_text("Add condition"))
    hand.press(other.get_by_role("button", name=said("Tier"), exact=True))
    hand.press(other.get_by_text("Sample: Gold", exact=True))
    hand.press(page.get_by_text(said("Which products it is about")))
    hand.write(page.get_by_label(said("But not these categories")), "Gift cards")
    hand.press(page.get_by_text(said("How often and how much")))
    hand.write(page.get_by_label(said("Earned by a customer in a day, at most")), "20")
    words = page.locator("#words")
    expect(words).to_contain_text("10% instead")
    expect(words).to_contain_text("Sample: Gold")
    expect(words).to_contain_text("without category Gift cards")
    expect(words).to_contain_text("at most 20 Sample: Bonus a day")


def see_its_effect(page: Page, hand: Hand, width: int) -> None:
    expect(page.get_by_role("heading", name=said("Its effect on a day"))).to_be_visible()
    hand.press(page.get_by_role("button", name=said("See its effect")))
    effect = page.locator("#effect")
    expect(effect).to_contain_text(re.compile(r"it would have changed \d+ orders? of \d+"))
    expect(effect.get_by_role("row", name=re.compile("Sample: Bonus"))).to_contain_text("+")
    expect(effect).to_contain_text("5% of")
    shot(page, f"4-effect-{width}")
    if SHOTS:
        page.locator("#its-effect").screenshot(path=f"{SHOTS}/first-4-effect-only-{width}.png")
    check_axe(page)


def see_an_order_explained(page: Page, shop: Shop, width: int) -> None:
    with unit_of_work(shop.chain_id):
        (made, *_) = [one for one in list_promotions(shop.actor, limit=50) if one.name == "Five back"]
        assert made.state == "active"
        assert made.content["earnings"][0]["instead"][0]["percent"] == "10"
        assert made.content["products"] == {"without_categories": ["Gift cards"]}
        found = rows(
            "SELECT k.id FROM cards k JOIN card_types t ON t.id = k.card_type_id"
            " WHERE t.external_id = 'sample-club' AND k.customer_id IS NOT NULL ORDER BY k.id LIMIT 1"
        )
    browser = sign_in_client(Client(), shop)
    body = {
        "lines": [{"name": "Shampoo", "category": "Care", "price": "30", "quantity": "2"}],
        "card": encode("crd", found[0][0]),
        "state": "completed",
    }
    answer = browser.post(
        "/api/v1/orders",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {shop.api_key}", "Idempotency-Key": f"first-{width}"},
    )
    assert answer.status_code == 201, answer.content
    page.goto("/orders")
    page.locator("[data-row] a, tbody tr a").first.click()
    expect(page.locator("main")).to_contain_text("Five back")
    expect(page.locator("main")).to_contain_text("5% of €60.00 comes back.")
    shot(page, f"5-order-{width}")
