"""Gift cards in a browser: a type is made, one is sold, its code shown and found, paid with; every page is sound."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from regulars.giftcards.tests.kit import open_till
from regulars.kernel.ids import encode
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.people import PASSWORD, Shop, open_shop

pytestmark = pytest.mark.committed


def signed_in(page: Page, shop: Shop) -> Page:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(shop.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_a_gift_card_is_sold_shown_found_and_paid_with(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str
) -> None:
    page = signed_in(open_page(live_url, width=width, scheme=scheme), open_shop())
    page.goto("/gift-cards")
    check_axe(page)
    page.get_by_role("link", name="Make a type").click()
    page.get_by_label("Name", exact=True).fill("Beauty day")
    page.get_by_label("Values it is sold for").fill("25; 50")
    check_axe(page)
    page.get_by_role("button", name="Make the type").click()
    expect(page.get_by_text("Beauty day can be sold now")).to_be_visible()
    check_axe(page)
    page.goto("/gift-cards")
    page.get_by_role("link", name="Sell", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Value").fill("50")
    dialog.get_by_role("button", name="Sell").click()
    expect(page.get_by_text("The gift card is sold")).to_be_visible()
    page.get_by_role("button", name="Show the code").click()
    code = page.locator("#code .num").inner_text()
    check_axe(page)
    page.goto("/gift-cards")
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Pay with it").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Amount").fill("12.50")
    check_axe(page)
    dialog.get_by_role("button", name="Pay with it").click()
    expect(page.get_by_text("Left: €37.50")).to_be_visible()
    page.get_by_role("link", name="Give back").click()
    page.get_by_role("dialog").get_by_role("button", name="Give back").click()
    expect(page.get_by_text("On it now: €50.00")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1440, "light", "en"), (375, "dark", "ru"), (375, "light", "hi")]
)
def test_every_page_of_gift_cards_is_sound(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str, language: str
) -> None:
    shop = open_shop(language=language)
    till = open_till(shop.chain_id)
    kind = till.type("Gift card with a rather long name that nobody shortens", limits={"services": ["Cut", "Colour"]})
    card = till.sell(kind)
    till.pay(card, "20")
    till.sell(till.type("Once", is_single_use=True, validity={"kind": "days", "value": 3}))
    page = signed_in(open_page(live_url, width=width, scheme=scheme), shop)
    public = encode("gcd", card.id)
    for address in (
        "/gift-cards",
        "/gift-cards?state=blocked",
        "/gift-cards/sell",
        "/gift-cards/types",
        "/gift-cards/types/new",
        f"/gift-cards/types/{encode('gct', kind.id)}",
        f"/gift-cards/{public}",
        f"/gift-cards/{public}/top-up",
        f"/gift-cards/{public}/write-off",
        f"/gift-cards/{public}/block",
        f"/gift-cards/{public}/cancel",
    ):
        page.goto(address)
        check_axe(page)
        check_no_sideways_scroll(page)
        check_layout(page)
