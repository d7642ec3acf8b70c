"""Promotions in a browser: the marketer's journey from a preset to a promotion that runs; every page is sound."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from regulars.cards.tests.counter import Counter, open_counter
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.programs.actions.tier_groups import set_tier_groups
from regulars.programs.rules.tier_drafts import TierDraft, TierGroupDraft
from regulars.promotions.actions.writing import PromotionDraft, create_promotion
from regulars.promotions.queries.promotions import PromotionView, list_promotions
from tests.browser.checks import check_axe, check_layout
from tests.people import NOW, sign_in_client

OpenPage = Callable[..., Page]


@pytest.fixture
def counter(live_url: str) -> Counter:
    return open_counter()


def signed_in(page: Page, counter: Counter, url: str) -> Page:
    client = sign_in_client(Client(), counter.shop)
    # The first page of a process compiles templates; not while a browser waits for it.
    client.get("/promotions")
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": url}])
    return page


def points_id(counter: Counter) -> str:
    return encode("bal", counter.points.balance_types[0].id)


def make(counter: Counter, name: str, *, state: str = "active", **content: object) -> PromotionView:
    draft = PromotionDraft(name=name, program=encode("prg", counter.points.program.id), content=content, state=state)
    return create_promotion(counter.shop.actor, draft, now=NOW)


def give_tiers(counter: Counter) -> None:
    tiers = (TierDraft(name="Silver", threshold="100"), TierDraft(name="Gold", threshold="500"))
    set_tier_groups(
        counter.shop.actor,
        encode("prg", counter.points.program.id),
        [TierGroupDraft(name="Levels", counts="paid", tiers=tiers)],
        currency_decimals=2,
        now=NOW,
        defer=lambda _chain, _program: None,
    )


def rich(counter: Counter) -> PromotionView:
    """A promotion with rows of every sort."""
    make(counter, "Ten percent off for everybody", benefits=[{"kind": "percent_off_order", "percent": "10"}])
    return make(
        counter,
        "Sommeraktion für Stammgäste",
        state="draft",
        earnings=[
            {
                "kind": "percent_back",
                "balance_type": points_id(counter),
                "percent": "5",
                "instead": [
                    {
                        "percent": "10",
                        "conditions": [
                            {
                                "kind": "weekly_hours",
                                "hours": [{"weekdays": [1], "begins": "00:00", "ends": "12:00"}],
                            }
                        ],
                    }
                ],
            }
        ],
        benefits=[{"kind": "steps", "steps": [{"from": "50", "off": "5"}, {"from": "100", "off": "15"}]}],
        conditions=[
            {"kind": "minimum_amount", "amount": "20", "after_discounts": True},
            {"kind": "none_of", "conditions": [{"kind": "tagged", "tags": ["Staff"]}]},
            {
                "kind": "any_of",
                "conditions": [
                    {"kind": "at_places", "channels": ["web", "till"]},
                    {"kind": "days", "first": "2026-06-01", "last": "2026-08-31"},
                ],
            },
        ],
        codes=["SUMMER"],
        products={"without_categories": ["Gift cards"]},
        limits={"earned_per_day": "20", "total": 100},
    )


def test_a_marketer_makes_tries_and_publishes_five_percent_back_with_ten_for_gold_on_tuesday_mornings_not_on_gift_cards_at_most_twenty_a_day(
    open_page: OpenPage, live_url: str, counter: Counter
) -> None:
    give_tiers(counter)
    page = signed_in(open_page(live_url, width=1440, height=1000), counter, live_url)
    page.goto("/promotions")
    page.get_by_role("link", name=re.compile("Cashback in percent")).click()
    page.get_by_label("How many percent come back?").fill("5")
    page.get_by_label("As which points?").select_option(points_id(counter))
    page.get_by_label("What it is called").fill("Five back")
    page.get_by_role("button", name="Write the draft").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Five back")
    expect(page.locator("#words")).to_contain_text("5% comes back as Points.")
    page.get_by_role("button", name="Another percentage when…").click()
    page.locator("#f-earnings-0-instead-0-percent").fill("10")
    page.locator("#f-earnings-0-instead").get_by_text("Add condition").click()
    page.locator("#f-earnings-0-instead").get_by_role("button", name="Day and hour").click()
    page.locator("#f-earnings-0-instead").get_by_text("Tue", exact=True).click()
    page.locator("#f-earnings-0-instead-0-conditions-0-hours-0-begins").fill("00:00")
    page.locator("#f-earnings-0-instead-0-conditions-0-hours-0-ends").fill("12:00")
    page.locator("#f-earnings-0-instead").get_by_text("Add condition").click()
    page.locator("#f-earnings-0-instead").get_by_role("button", name="Tier").click()
    page.locator("#f-earnings-0-instead").get_by_text("Gold", exact=True).click()
    page.get_by_text("Which products it is about").click()
    page.get_by_label("But not these categories").fill("Gift cards")
    page.get_by_text("How often and how much").click()
    page.get_by_label("Earned by a customer in a day, at most").fill("20")
    expect(page.locator("#words")).to_contain_text("10% instead")
    expect(page.locator("#words")).to_contain_text("without category Gift cards")
    expect(page.locator("#words")).to_contain_text("at most 20 Points a day")
    # A Tuesday morning with 100 of drinks and a gift card of 25: the gift card brings nothing.
    page.locator("#s-0-price").fill("50")
    page.locator("#s-day").fill("2026-12-01")
    page.locator("#s-hour").fill("09:00")
    expect(page.locator("#tried .own")).to_contain_text("+5 of “Points”")
    page.locator("#s-tier").select_option("Gold")
    expect(page.locator("#tried .own")).to_contain_text("+10 of “Points”")
    expect(page.locator("#tried .own")).to_contain_text("10% of €100.00 comes back.")
    page.locator("#s-hour").fill("12:00")
    expect(page.locator("#tried .own")).to_contain_text("+5 of “Points”")
    expect(page.locator("#tried .own")).to_contain_text("Not 10%")
    page.locator("#s-0-price").fill("500")
    expect(page.locator("#tried .own")).to_contain_text("At most 20 Points in a day.")
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish")
    page.get_by_role("button", name="Publish: it runs at once").click()
    expect(page.locator(".toast")).to_contain_text("“Five back” runs")
    with unit_of_work(counter.shop.chain_id):
        (made,) = list_promotions(counter.shop.actor, limit=9)
    assert made.state == "active"
    assert made.content["earnings"][0]["instead"][0]["percent"] == "10"
    assert made.content["products"] == {"without_categories": ["Gift cards"]}


def test_what_is_taken_away_is_brought_back_and_the_focus_stays_near(
    open_page: OpenPage, live_url: str, counter: Counter
) -> None:
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/promotions/{encode('prm', rich(counter).id)}")
    page.get_by_role("button", name="Take away: Order amount").click()
    expect(page.locator("#f-conditions-0 select").first).to_be_focused()
    expect(page.locator("#words")).not_to_contain_text("€20.00")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#f-conditions-0-amount")).to_have_value("20.00")
    expect(page.locator("#words")).to_contain_text("€20.00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_promotions_is_sound(open_page: OpenPage, live_url: str, counter: Counter, scheme: str) -> None:
    page = signed_in(open_page(live_url, width=1440, scheme=scheme), counter, live_url)
    page.goto("/promotions")
    check_axe(page)
    check_layout(page)
    identifier = encode("prm", rich(counter).id)
    for path in (
        "/promotions",
        "/promotions/new",
        "/promotions/new/cashback",
        "/promotions/new/happy_hour",
        "/promotions/segments",
        "/promotions/segments/new",
        f"/promotions/{identifier}",
        f"/promotions/{identifier}/publish",
        f"/promotions/{identifier}/versions",
        f"/promotions/{identifier}/end",
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        check_axe(page)
        page.set_viewport_size({"width": 375, "height": 800})
        check_axe(page)
        page.goto(path)
        check_layout(page)


def test_a_condition_is_found_by_typing_and_added_by_the_keyboard(
    open_page: OpenPage, live_url: str, counter: Counter
) -> None:
    view = make(counter, "Five back", state="draft", benefits=[{"kind": "percent_off_order", "percent": "5"}])
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/promotions/{encode('prm', view.id)}")
    offers = page.locator("#f-conditions .offers")
    offers.locator("summary").focus()
    page.keyboard.press("Enter")
    field = offers.get_by_role("searchbox", name="Narrow the list")
    expect(field).to_be_focused()
    page.keyboard.type("nothing like it")
    expect(offers.get_by_text("Nothing is called that.")).to_be_visible()
    expect(offers.locator(".menu-item:visible")).to_have_count(0)
    check_axe(page)
    field.fill("")
    page.keyboard.type("birth")
    expect(offers.locator(".menu-item:visible")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(offers.get_by_role("button", name="Near the birthday")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#f-conditions")).to_contain_text("Near the birthday")
    expect(page.locator("#words")).to_contain_text("birthday")
    page.locator("#f-conditions .offers summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("#f-conditions .offers[open]")).to_have_count(0)


def test_an_order_is_tried_as_somebody_who_is_found_by_name(
    open_page: OpenPage, live_url: str, counter: Counter
) -> None:
    anna = counter.person("Anna Müller", "+4915111111111")
    counter.card(counter.points, customer=anna)
    counter.person("Annika Berg", "+4915122222222")
    view = make(
        counter,
        "Back",
        state="draft",
        earnings=[{"kind": "percent_back", "balance_type": points_id(counter), "percent": "50"}],
    )
    page = signed_in(open_page(live_url), counter, live_url)
    page.goto(f"/promotions/{encode('prm', view.id)}")
    page.get_by_label("Or somebody of yours: name, phone or card").press_sequentially("Ann")
    page.locator("#s-people").get_by_text("Anna Müller").click()
    expect(page.locator("#tried")).to_contain_text("As Anna Müller, after 0 orders")
    expect(page.locator("#tried .own")).to_contain_text("+17 of “Points”")
    page.locator("#s-people").get_by_text("Annika Berg").click()
    expect(page.locator("#tried .own")).to_contain_text("There is no card for it.")
    check_axe(page)
