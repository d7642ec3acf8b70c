"""Rewards in a browser: a goal is set, stamps are given beside the card, an award is handed over; every page is sound."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from regulars.kernel.ids import encode
from regulars.rewards.tests.reward_kit import RewardShop, open_reward_shop
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.people import PASSWORD

pytestmark = pytest.mark.committed


def signed_in(page: Page, shop: RewardShop) -> Page:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.counter.shop.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_stamps_beside_the_card_bring_an_award_that_is_handed_over(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str
) -> None:
    shop = open_reward_shop()
    shop.goals({2: shop.award("A biscuit", icon="heart"), 8: shop.voucher("A coffee", icon="coffee")})
    card = shop.counter.issue("+4915112345678")
    page = signed_in(open_page(live_url, width=width, scheme=scheme), shop)
    page.goto(f"/cards/{encode('crd', card.id)}")
    expect(page.get_by_text("2 more stamps: A biscuit")).to_be_visible()
    page.get_by_role("button", name="+2 stamps").click()
    expect(page.get_by_text("2 stamps given: A biscuit")).to_be_visible()
    expect(page.get_by_text("6 more stamps: A coffee")).to_be_visible()
    page.get_by_role("button", name="+1 stamps").click()
    expect(page.get_by_role("heading", name="Another visit?")).to_be_visible()
    page.get_by_role("button", name="Give the stamps").click()
    expect(page.get_by_text("5 more stamps: A coffee")).to_be_visible()
    page.get_by_role("button", name="Hand over A biscuit").click()
    expect(page.get_by_text("“A biscuit” is handed over")).to_be_visible()
    check_axe(page)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (375, "dark"), (320, "light")])
def test_every_page_is_sound(open_page: Callable[..., Page], live_url: str, width: int, scheme: str) -> None:
    shop = open_reward_shop()
    prizes = [
        {"probability": "90", "kind": "nothing", "title": "Better luck next time"},
        {"probability": "10", "kind": "award", "title": "A car wash with everything that belongs to it"},
    ]
    spin = shop.lottery("Turn of the wheel", prizes, icon="star")
    coffee = shop.voucher("A coffee of your choice, with or without milk", icon="coffee")
    mug = shop.award("A mug", balance_type="points", price="5.00", stock=3)
    card = shop.counter.issue("+4915112345678")
    shop.counter.adjust(card, "9", balance_type="stamps")
    shop.counter.adjust(card, "12.00")
    shop.goals({4: shop.award("A biscuit"), 5: spin, 8: coffee}, rounds=3, above="reward")
    shop.work()
    shop.stamp(card, 4)
    given = shop.counter.read("SELECT id FROM given_rewards WHERE drawn IS NOT NULL LIMIT 1")[0][0]
    page = signed_in(open_page(live_url, width=width, scheme=scheme), shop)
    addresses = [
        "/rewards",
        "/rewards/new",
        f"/rewards/{encode('rwd', spin.id)}",
        f"/rewards/{encode('rwd', mug.id)}",
        "/rewards/given",
        f"/rewards/given/{encode('grw', given)}",
        f"/rewards/of/card/{encode('crd', card.id)}",
        f"/cards/types/{encode('ctp', shop.counter.card_type.id)}/milestones",
        "/c/" + card.link.rsplit("/", 1)[1],
    ]
    for address in addresses:
        page.goto(address)
        check_axe(page)
        check_no_sideways_scroll(page)
        if width == 1440 and scheme == "light":
            check_layout(page)
