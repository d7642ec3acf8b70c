"""Pages of orders and visits (ORD-1, ORD-11) over the real database."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.kernel.ids import encode
from tests.order_kit import LATTE, TEN_OFF, OrderShop, back, open_order_shop
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db

HOSTILE = ["\u202eabc", "<script>alert(1)</script>", "%", "x" * 9_000, "'; DROP TABLE orders; --", "ord_zzz", "9" * 40]


@pytest.fixture
def shop(db: None) -> OrderShop:
    return open_order_shop()


@pytest.fixture
def browser(client: Client, shop: OrderShop) -> Client:
    return sign_in_client(client, shop.counter.shop)


def text_of(response: Any) -> str:
    assert response.status_code < 500
    found: str = response.content.decode()
    return found


def words_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text_of(response)).replace("\xa0", " "))


def form(**more: Any) -> dict[str, Any]:
    """A typed order of two coffees."""
    typed = {
        "line_name": ["Latte", "Cake", ""], "line_sku": ["", "", ""], "line_quantity": ["2", "", ""],
        "line_price": ["3.90", "4,05", ""], "line_discount": ["", "", ""], "line_category": ["coffee", "cake", ""],
        "line_kind": ["goods", "goods", "goods"], "state": "paid",
    }  # fmt: skip
    return typed | more


def record(shop: OrderShop, **more: Any) -> dict[str, Any]:
    reply = shop.record(shop.order(**more))
    assert reply.status == 201, reply.body
    found: dict[str, Any] = reply.body
    return found


def test_an_empty_list_says_what_comes_here(browser: Client) -> None:
    assert "Here come your orders" in text_of(browser.get("/orders"))
    assert "No order matches" in text_of(browser.get("/orders?q=nothing"))


def test_the_list_finds_orders_by_what_is_on_the_receipt_and_the_card(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    order = record(shop, external_id="R-1001", card=encode("crd", card.id))
    record(shop, external_id="R-1002")
    everything = words_of(browser.get("/orders"))
    assert "R-1001" in everything
    assert "2 orders" in everything
    assert "Latte and 1 more" in everything
    for text in ("R-1001", order["id"], card.number, "0151 11111111"):
        found = words_of(browser.get("/orders", {"q": text}))
        assert "R-1001" in found, text
        assert "R-1002" not in found, text


def test_views_and_filters_narrow_the_list(browser: Client, shop: OrderShop) -> None:
    paid = record(shop, external_id="PAID-1", channel="till")
    record(shop, external_id="OPEN-1", state="open")
    back_again = shop.caller.post(f"/orders/{paid['id']}/refunds", {"lines": [{"index": 0}]})
    assert back_again.status == 201, back_again.body
    shown = {
        query: words_of(browser.get(f"/orders{query}"))
        for query in ("?state=open", "?state=refunded", "?channel=till", "?period=today", "?period=yesterday")
    }
    assert ["PAID-1" in text for text in shown.values()] == [False, True, True, True, False]
    assert ["OPEN-1" in text for text in shown.values()] == [True, False, False, True, False]
    assert "No order matches" in words_of(browser.get("/orders?customer=cus_nobody"))


def test_the_list_goes_on_and_back(browser: Client, shop: OrderShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regulars.orders.pages.listing.PAGE_SIZE", 2)
    for number in range(5):
        record(shop, external_id=f"R-{number}")
    first = text_of(browser.get("/orders"))
    assert "1–2 of 5" in first
    onward = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert onward
    second = text_of(browser.get(onward[1].replace("&amp;", "&")))
    assert "3–4 of 5" in second
    assert "R-2" in second
    backward = re.search(r'href="([^"]*before=[^"]*)"', second)
    assert backward
    assert "R-4" in text_of(browser.get(backward[1].replace("&amp;", "&")))


def test_queries_do_not_grow_with_the_list(browser: Client, shop: OrderShop) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get("/orders").status_code == 200
        return len(seen)

    card = shop.counter.issue("+49 151 11111111")
    record(shop, card=encode("crd", card.id))
    few = count()
    for number in range(12):
        record(shop, external_id=f"R-{number}", phone=f"+49 151 2222{number:04d}")
    assert count() == few
    assert few <= 12


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_breaks_the_list(browser: Client, text: str) -> None:
    for name in ("q", "state", "location", "channel", "from", "to", "customer", "card", "after", "before", "period"):
        assert browser.get("/orders", {name: text}).status_code in (200, 400), name


def test_the_page_of_an_order_can_be_read_aloud(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    shop.run(
        {"name": "Autumn", **TEN_OFF},
        {"name": "Back", **back("10")},
        {"name": "Winter", "codes": ["WINTER"], **TEN_OFF},
    )
    order = record(
        shop, external_id="R-7", card=encode("crd", card.id), spend=[{"balance_type": "bonus", "amount": "2"}]
    )
    page = words_of(browser.get(f"/orders/{order['id']}"))
    for sentence in (
        "Cake: 2 times €4.05 is €8.10.",
        "Without promotions that is €12.00.",
        "“Autumn”: 10% of €12.00 is €1.20.",
        "Promotions take €1.20 off in all, so the total is €10.80.",
        f"2.00 Bonus of card {card.number} pay €2.00.",
        f"Card {card.number} gets 0.88 Bonus. They can be spent from",
        "“Winter” gave nothing: Its code was not given.",
    ):
        assert sentence in page, sentence
    assert "Paid in money" in page
    assert card.number in page


def test_an_order_is_recorded_by_hand_once(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    typed = form(buyer_text=card.number, once="one-key", external_id="R-9")
    first = browser.post("/orders/new", typed)
    assert first.status_code == 303, words_of(first)
    assert browser.post("/orders/new", typed)["Location"] == first["Location"]
    page = words_of(browser.get(first["Location"]))
    assert "€11.85" in page
    assert shop.balance(card) == 118
    other = browser.post("/orders/new", form(external_id="R-9", once="two"))
    assert other.status_code == 422
    assert "is recorded already" in words_of(other)


def test_a_quote_says_what_is_wrong_or_what_it_comes_to(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    shop.run(TEN_OFF)
    bonus = next(one for one in card.balances if one.external_id == "bonus")
    pay = {"spend_balance": encode("bal", bonus.balance_type_id), "spend_all": "on"}
    quoted = browser.post("/orders/quote", form(buyer_text="0151 11111111", buyer=encode("crd", card.id), **pay))
    page = words_of(quoted)
    for text in ("€10.66", "5.00 Bonus", "€5.66", "10% of €11.85 is €1.19"):
        assert text in page, text
    assert 'name="expected_total" value="10.66"' in text_of(quoted)
    assert words_of(browser.get("/orders")).count("Nobody known") == 0
    wrong = words_of(browser.post("/orders/quote", form(line_price=["abc", "-1", ""])))
    assert "A decimal number is wanted" in wrong
    assert "It cannot be negative." in wrong
    assert "Fill in what is bought" in words_of(browser.post("/orders/quote", {}))


def test_a_changed_total_is_shown_before_it_is_recorded(browser: Client, shop: OrderShop) -> None:
    refused = browser.post("/orders/new", form(expected_total="10.00"))
    assert refused.status_code == 422
    assert "The total is 11.85 now, 10.00 was expected." in words_of(refused)
    assert "0 orders" in words_of(browser.get("/orders")) or "Here come" in words_of(browser.get("/orders"))


def test_wrong_lines_are_told_at_their_line(browser: Client) -> None:
    page = words_of(browser.post("/orders/new", form(line_quantity=["0", "1", ""])))
    assert "It must be more than zero." in page
    assert "Some lines need another look." in page
    nobody = browser.post("/orders/new", form(buyer_text="Somebody unknown"))
    assert "Nobody is called that" in words_of(nobody)
    assert browser.post("/orders/new", form(line_price=["9" * 30, "1", ""])).status_code == 422
    more = browser.post("/orders/new", form(more="1"))
    assert text_of(more).count('name="line_price"') == 4


def test_an_unknown_phone_becomes_a_customer(browser: Client, shop: OrderShop) -> None:
    made = browser.post("/orders/new", form(buyer_text="0151 55555555"))
    assert made.status_code == 303, words_of(made)
    assert "+49 1515 5555555" in words_of(browser.get(made["Location"]))


def test_a_visit_is_opened_changed_paid_and_completed(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.counter.adjust(card, "5", balance_type="bonus")
    bonus = encode("bal", next(one for one in card.balances if one.external_id == "bonus").balance_type_id)
    begins = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    made = browser.post("/orders/new", form(buyer_text=card.number, state="open", starts_at=begins))
    visit = made["Location"]
    page = text_of(browser.get(visit))
    assert "Visit" in page
    assert "is not paid yet" in page
    assert "/adjust?balance=" in page
    edit = text_of(browser.get(f"{visit}/edit"))
    assert 'value="3.90"' in edit
    assert begins in edit
    shop.run(TEN_OFF)
    changed = browser.post(f"{visit}/edit", form(line_quantity=["1", "1", ""], starts_at=begins))
    assert changed.status_code == 303, words_of(changed)
    assert "€7.15" in words_of(browser.get(visit))
    assert "7.15" in text_of(browser.get(f"{visit}/pay"))
    paid = browser.post(
        f"{visit}/pay", {"expected_total": "7.15", "spend_balance": bonus, "spend_amount": "1,50", "once": "p"}
    )
    assert paid.status_code == 303, words_of(paid)
    page = words_of(browser.get(visit))
    assert "1.50 Bonus" in page
    assert "€5.65" in page
    assert browser.post(f"{visit}/complete").status_code == 303
    assert "completed" in words_of(browser.get(visit))
    again = browser.post(f"{visit}/pay", {"expected_total": "7.15"})
    assert again.status_code == 422
    assert browser.get(f"{visit}/edit").status_code == 409


def test_a_refund_shows_what_it_does_before_it_does_it(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    order = record(shop, card=encode("crd", card.id))
    url = f"/orders/{order['id']}/refund"
    assert "Latte" in words_of(browser.get(url))
    typed = {"mode": "lines", "back_0": "1", "back_1": "1", "once": "r"}
    shown = browser.post(url, typed)
    page = words_of(shown)
    assert "Money back: €7.95." in page
    assert f"0.80 Bonus are taken back from card {card.number}." in page or "Bonus are taken back" in page
    assert shop.balance(card) == 120
    mark = re.search(r'name="mark" value="([^"]+)"', text_of(shown))
    assert mark
    stale = browser.post(url, typed | {"back_1": "2", "confirm": "1", "mark": mark[1]})
    assert stale.status_code == 422
    assert "changed meanwhile" in words_of(stale)
    for _time in range(2):
        assert browser.post(url, typed | {"confirm": "1", "mark": mark[1]}).status_code in (303, 422)
    assert shop.balance(card) == 120 - 80
    page = words_of(browser.get(f"/orders/{order['id']}"))
    assert "partly refunded" in page
    assert "Money back: €7.95." in page
    too_much = browser.post(url, {"mode": "lines", "back_1": "5"})
    assert too_much.status_code == 422
    assert "Only 1 can still come back." in words_of(too_much)
    assert "Choose what comes back" in words_of(browser.post(url, {"mode": "lines"}))
    assert browser.post(url, {"mode": "amount", "amount": "abc"}).status_code == 422
    assert "Money back: €1.00." in words_of(browser.post(url, {"mode": "amount", "amount": "1"}))


def test_cancelling_says_what_happens_first(browser: Client, shop: OrderShop) -> None:
    card = shop.counter.issue("+49 151 11111111")
    shop.run(back("10"))
    order = record(shop, card=encode("crd", card.id))
    asked = words_of(browser.get(f"/orders/{order['id']}/cancel"))
    assert "Money back: €12.00." in asked
    assert shop.balance(card) == 120
    assert browser.post(f"/orders/{order['id']}/cancel", {"once": "c"}).status_code == 303
    assert shop.balance(card) == 0
    assert "cancelled" in words_of(browser.get(f"/orders/{order['id']}"))
    visit = record(shop, state="open")
    assert "was not paid" in words_of(browser.get(f"/orders/{visit['id']}/cancel"))


def test_what_somebody_may_not_see_is_not_there(client: Client, shop: OrderShop) -> None:
    order = record(shop)
    stranger = sign_in_client(Client(), open_order_shop(name="Other").counter.shop)
    for rest in ("", "/edit", "/pay", "/refund", "/cancel"):
        assert stranger.get(f"/orders/{order['id']}{rest}").status_code == 404, rest
    assert stranger.post(f"/orders/{order['id']}/complete").status_code == 404
    till = sign_in_client(Client(), hire(shop.counter.shop, "cashier"))
    assert till.get("/orders").status_code == 200
    assert Client().get("/orders")["Location"].startswith("/sign-in")


def test_orders_stand_in_the_time_line_of_their_customer(browser: Client, shop: OrderShop) -> None:
    order = record(shop, phone="+49 151 77777777", external_id="R-55")
    shop.caller.post(f"/orders/{order['id']}/refunds", {"lines": [{"index": 0}]})
    page = text_of(browser.get(f"/customers/{order['customer']}"))
    assert f"/orders/{order['id']}" in page
    assert "Bought" in page
    assert "Refund" in page
    assert f"/orders/of/{order['customer']}" in page
    newest = words_of(browser.get(f"/orders/of/{order['customer']}"))
    assert "Latte and 1 more" in newest
    assert LATTE["price"] in text_of(browser.get(f"/orders/{order['id']}"))
