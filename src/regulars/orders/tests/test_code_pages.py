"""Pages of orders that come with codes, vouchers and gift cards (ORD-6, RWD-10)."""

from __future__ import annotations

import pytest
from django.test import Client

from regulars.kernel.ids import encode
from regulars.orders.queries.orders import OrderFilter, list_orders
from regulars.orders.rules.view import OrderView
from regulars.platform.database import unit_of_work
from tests.order_kit import OrderShop, open_order_shop
from tests.people import sign_in_client
from tests.tokens_kit import Tokens, pool_id

from .test_pages import form, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def tokens(shop: OrderShop) -> Tokens:
    return Tokens(shop.chain_id)


@pytest.fixture
def browser(client: Client, shop: OrderShop) -> Client:
    return sign_in_client(client, shop.counter.shop)


def newest(shop: OrderShop) -> OrderView:
    with unit_of_work(shop.chain_id):
        return list_orders(shop.counter.actor, OrderFilter())[0][0]


def test_an_order_is_entered_with_a_code_a_voucher_and_a_gift_card(
    browser: Client, shop: OrderShop, tokens: Tokens
) -> None:
    pool = tokens.pool("Spring")
    code, voucher, gift = tokens.code(pool), tokens.voucher({"amount": "1.00"}, "Thank you"), tokens.gift_card(500)
    shop.run(
        {
            "name": "Tenth",
            "benefits": [{"kind": "percent_off_order", "percent": "10"}],
            "code_pools": [pool_id(pool)],
        }
    )
    typed = form(codes=f"{code.text}, {voucher.code}", gift_card=gift.code)
    told = words_of(browser.post("/orders/quote", typed))
    # 11.85 less a tenth, less 1.00.
    assert "€9.66" in told
    assert "€4.66" in told
    assert "It unlocked Tenth." in told
    browser.post("/orders/new", typed)
    view = newest(shop)
    assert view.paid_by_balances == 500
    assert view.id is not None
    page = f"/orders/{encode('ord', view.id)}"
    told = words_of(browser.get(page))
    assert "Codes, vouchers, gift cards and memberships" in told
    assert "unlocks it. 10% of" in told
    assert "It pays €5.00." in told
    for secret in (code.text, voucher.code, str(gift.code)):
        assert secret not in told
    browser.post(f"{page}/cancel")
    told = words_of(browser.get(page))
    assert "€5.00 go back to the gift card" in told
    assert "The voucher" in told
    assert "can be used again." in told


def test_an_order_is_paid_with_visits_by_code_and_of_the_customer(
    browser: Client, shop: OrderShop, tokens: Tokens
) -> None:
    membership_id, code = tokens.membership(1)
    told = words_of(browser.post("/orders/quote", form(codes=code)))
    assert "Visits taken: 1." in told
    browser.post("/orders/new", form(codes=code, state="open"))
    view = newest(shop)
    assert view.id is not None
    page = f"/orders/{encode('ord', view.id)}"
    browser.post(f"{page}/edit", form(kept=["0"]))
    (kept,) = newest(shop).redemptions
    assert (kept.kind, kept.state, kept.visits) == ("membership", "locked", 1)
    assert "Membership" in words_of(browser.get(f"{page}/edit"))
    browser.post(f"{page}/pay")
    told = words_of(browser.get(page))
    assert "That takes 1 visit." in told
    assert encode("mbr", membership_id) in browser.get(page).content.decode()
    assert code not in told
    browser.post(f"{page}/cancel")
    assert "1 visit goes back to the membership" in words_of(browser.get(page))
    assert tokens.visits_left(membership_id) == 1
    # Without a code, on the card that is named.
    card = shop.counter.issue("+49 151 11111111")
    own, _ = tokens.membership(3, card_id=card.id)
    browser.post("/orders/new", form(buyer_text=str(card.number), uses_memberships="on"))
    (used,) = newest(shop).redemptions
    assert (used.owner_id, used.state) == (own, "used")


def test_what_is_wrong_with_a_gift_card_is_told_at_its_field(browser: Client, shop: OrderShop, tokens: Tokens) -> None:
    gift = tokens.gift_card(500)
    short = words_of(browser.post("/orders/quote", form(gift_card=gift.code, gift_amount="6")))
    assert "This gift card has 5.00 left, less than 6.00." in short
    unknown = browser.post("/orders/new", form(gift_card="7K3M9PQX2WRTABCD"))
    assert unknown.status_code == 422
    assert "There is no such code." in words_of(unknown)


def test_an_open_order_shows_what_it_keeps_and_lets_it_go(browser: Client, shop: OrderShop, tokens: Tokens) -> None:
    voucher, gift = tokens.voucher({"amount": "1.00"}, "Thank you"), tokens.gift_card(500)
    browser.post("/orders/new", form(codes=voucher.code, gift_card=gift.code, state="open"))
    view = newest(shop)
    assert view.id is not None
    page = f"/orders/{encode('ord', view.id)}"
    assert "kept for this order" in words_of(browser.get(page))
    # Changed without taking anything away, then without the gift card.
    browser.post(f"{page}/edit", form(kept=["0", "1"]))
    assert [one.state for one in newest(shop).redemptions] == ["locked", "locked"]
    browser.post(f"{page}/edit", form(kept=["0"]))
    assert [one.kind for one in newest(shop).redemptions] == ["voucher"]
    assert tokens.gift_card_now(gift).balance == 500
    browser.post(f"{page}/release")
    assert newest(shop).reserved_until is None
    assert tokens.voucher_now(voucher).state == "active"
    assert "let go" in words_of(browser.get(page))


def test_the_quote_beside_the_form_asks_for_no_half_typed_code(browser: Client) -> None:
    page = browser.get("/orders/new").content.decode()
    assert "input delay:400ms from:#order-form" not in page
    assert "change delay:100ms from:#order-form" in page
    for listened in ("lines", "id_spend_amount", "id_gift_amount"):
        assert f"input delay:400ms from:#{listened}," in page
        assert f'id="{listened}"' in page
