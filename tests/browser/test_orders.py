"""Orders in a browser: one is recorded at the counter, its page says why, a line comes back; every page is sound."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from regulars.kernel.ids import encode
from tests.browser.checks import check_axe, check_layout, check_no_sideways_scroll
from tests.order_kit import TEN_OFF, OrderShop, back, open_order_shop
from tests.people import PASSWORD
from tests.tokens_kit import Tokens

pytestmark = pytest.mark.committed


def signed_in(page: Page, shop: OrderShop) -> Page:
    page.goto("/sign-in")
    page.locator("[name=email]").fill(shop.counter.shop.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit], form button.primary").first.click()
    page.wait_for_url("/")
    return page


def card_with_five(shop: OrderShop) -> str:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    return card.number


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_an_order_is_recorded_explained_and_partly_refunded(
    open_page: Callable[..., Page], live_url: str, width: int, scheme: str
) -> None:
    shop = open_order_shop()
    number = card_with_five(shop)
    shop.run({"name": "Autumn", **TEN_OFF}, {"name": "Ten back", **back("10")})
    page = signed_in(open_page(live_url, width=width, scheme=scheme), shop)
    page.goto("/orders/new")
    page.get_by_label("Card or customer").fill(number)
    expect(page.locator("#buyers input[type=radio]")).to_be_checked()
    first = page.get_by_role("group", name="Line").first
    first.get_by_label("What").fill("Cake")
    first.get_by_label("Quantity").fill("2")
    first.get_by_label("Price of one").fill("10")
    expect(page.locator("#quote")).to_contain_text("€18.00")
    expect(page.locator("#quote")).to_contain_text("10% of €20.00 is €2.00.")
    page.get_by_label("How much").fill("3")
    expect(page.locator("#quote")).to_contain_text("€15.00")
    page.get_by_role("button", name="Another line").click()
    expect(page.get_by_role("group", name="Line")).to_have_count(4)
    check_axe(page)
    page.get_by_role("button", name="Record as paid").click()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    expect(page.locator("ol.told")).to_contain_text("“Autumn”: 10% of €20.00 is €2.00.")
    expect(page.locator("ol.told")).to_contain_text(f"3.00 Bonus of card {number} pay €3.00.")
    page.get_by_role("link", name="Refund").click()
    page.get_by_label("Cake").fill("1")
    expect(page.locator("#preview")).to_contain_text("Money back: €7.50.")
    expect(page.locator("#preview")).to_contain_text(f"1.50 Bonus go back to card {number}.")
    expect(page.locator("#preview")).to_contain_text("are taken back")
    check_axe(page)
    page.locator("#preview").get_by_role("button", name="Refund").click()
    expect(page.get_by_text("partly refunded")).to_be_visible()
    expect(page.get_by_role("heading", name="What came back")).to_be_visible()


def test_a_visit_is_paid_in_a_dialog(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_order_shop()
    number = card_with_five(shop)
    page = signed_in(open_page(live_url), shop)
    page.goto("/orders/new")
    page.get_by_label("Card or customer").fill(number)
    page.get_by_role("group", name="Line").first.get_by_label("What").fill("Haircut")
    page.get_by_role("group", name="Line").first.get_by_label("Price of one").fill("40")
    page.get_by_text("Time of the visit and more").click()
    page.get_by_label("Begins at").fill((timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Save as open").click()
    expect(page.get_by_role("heading", name="Visit")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("link", name="Pay", exact=True).click()
    page.locator("#modal").get_by_label("How much").fill("99")
    page.locator("#modal").get_by_role("button", name="Paid").click()
    expect(page.locator("#modal .summary")).to_be_visible()
    page.locator("#modal").get_by_label("How much").fill("5")
    page.locator("#modal").get_by_role("button", name="Paid").click()
    expect(page.locator(".toast")).to_contain_text("Paid")
    expect(page.get_by_text("€35.00").first).to_be_visible()


def test_an_order_is_saved_while_its_total_is_still_on_its_way(open_page: Callable[..., Page], live_url: str) -> None:
    page = signed_in(open_page(live_url), open_order_shop())
    page.goto("/orders/new")
    first = page.get_by_role("group", name="Line").first
    first.get_by_label("What").fill("Haircut")
    page.wait_for_load_state("networkidle")
    page.route("**/orders/quote", lambda _route: None)
    with page.expect_request("**/orders/quote"):
        first.get_by_label("Price of one").fill("40")
    page.get_by_role("button", name="Record as paid").click()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    expect(page.get_by_text("€40.00").first).to_be_visible()


def test_an_order_is_entered_without_javascript(open_page: Callable[..., Page], live_url: str) -> None:
    shop = open_order_shop()
    page = signed_in(open_page(live_url, javascript=False), shop)
    page.goto("/orders/new")
    page.get_by_role("button", name="Another line").click()
    assert page.locator("[name=line_price]").count() == 4
    page.locator("[name=line_name]").first.fill("Cake")
    page.locator("[name=line_price]").first.fill("4.50")
    page.get_by_role("button", name="Record as paid").click()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    page.get_by_role("link", name="Refund").click()
    page.get_by_label("Cake").check()
    page.get_by_role("button", name="Show what happens").click()
    expect(page.get_by_text("Money back: €4.50.")).to_be_visible()
    page.locator("[name=confirm]").click()
    expect(page.get_by_role("heading", name="What came back")).to_be_visible()


@dataclass(frozen=True)
class Filled:
    """Orders of all kinds, by their addresses."""

    paid: str
    visit: str
    refunded: str
    card: str
    """The card that named the first of them."""


def fill(shop: OrderShop) -> Filled:
    shop.run(
        {"name": "Autumn for everybody who comes on a rainy day", **TEN_OFF},
        {"name": "Ten back", **back("10")},
        {"name": "Winter", "codes": ["WINTER"], **TEN_OFF},
    )
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "500", balance_type="bonus")
    mine = {"card": encode("crd", card.id), "channel": "till"}
    tokens = Tokens(shop.chain_id)
    voucher = tokens.voucher({"amount": "5.00"}, "Thank you for ten years with us")
    gift = tokens.gift_card(2500)
    made = [
        shop.record(shop.order(external_id="R-2026-000001", spend=[{"balance_type": "bonus", "amount": "2"}], **mine)),
        shop.record(
            shop.order(
                {"name": "Haircut for gentlemen with washing", "kind": "service", "price": "45.00", "sku": "cut"},
                state="open",
                starts_at=(timezone.now() + timedelta(days=1)).isoformat(),
                phone="+49 151 22222222",
                codes=[voucher.code, "NOPE"],
                spend=[{"code": gift.code, "amount": "20.00"}],
            )
        ),
        shop.record(shop.order(shipping="4.90", tips="1.00", codes=["NOPE"], **mine)),
        shop.record(shop.order()),
    ]
    for one in made:
        assert one.status == 201, one.body
    refunded = shop.caller.post(f"/orders/{made[2].body['id']}/refunds", {"lines": [{"index": 1, "quantity": "1"}]})
    assert refunded.status == 201, refunded.body
    paid, visit, given_back = (f"/orders/{one.body['id']}" for one in made[:3])
    return Filled(paid, visit, given_back, f"/cards/{encode('crd', card.id)}")


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ru"), ("light", "hi")])
def test_every_page_is_sound(open_page: Callable[..., Page], live_url: str, scheme: str, language: str) -> None:
    shop = open_order_shop(language=language)
    signed = signed_in(open_page(live_url, scheme=scheme), shop)
    filled = fill(shop)
    customer = shop.caller.get("/orders?limit=4").body["items"][2]["customer"]
    for path in (
        "/orders", "/orders?state=open", "/orders?q=zzz", "/orders/new", f"/orders/new?customer={customer}",
        f"/orders?open={filled.paid.removeprefix('/orders/')}", f"/orders?open={filled.visit.removeprefix('/orders/')}",
        filled.paid, filled.visit, filled.refunded, filled.card, f"{filled.card}/history", f"{filled.visit}/edit", f"{filled.visit}/pay",
        f"{filled.paid}/refund", f"{filled.paid}/cancel", f"{filled.visit}/cancel", f"/customers/{customer}",
    ):  # fmt: skip
        answer = signed.goto(path)
        assert answer
        assert answer.ok, path
        check_axe(signed)
        signed.set_viewport_size({"width": 320, "height": 800})
        check_no_sideways_scroll(signed)
        if scheme == "light":
            check_layout(signed)
        signed.set_viewport_size({"width": 1280, "height": 800})
