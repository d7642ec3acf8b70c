"""The pages of gift cards and deposits: sell, find, pay, give back, block, cancel, the slip, the web card."""

import re

import pytest
from django.test import Client

from regulars.cards.tests.counter import Counter, card_id, open_counter
from regulars.giftcards.tests.kit import Till, open_till
from regulars.kernel.ids import encode
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return open_counter()


@pytest.fixture
def till(counter: Counter) -> Till:
    return open_till(counter.shop.chain_id)


@pytest.fixture
def client(counter: Counter) -> Client:
    return counter.client()


def html_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def once_of(client: Client, url: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', html_of(client, url))
    assert found
    return found[1]


def test_a_type_is_made_changed_and_put_away(client: Client) -> None:
    assert "Make a type" in html_of(client, "/gift-cards")
    form = {
        "name": "Beauty day",
        "values": "25; 50",
        "uses": "multiple",
        "has_code": "yes",
        "validity": "months",
        "count": "12",
        "goods": "none",
        "services": "some",
        "services_categories": "Cut; Colour",
    }
    assert client.post("/gift-cards/types/new", form).status_code == 303
    html = html_of(client, "/gift-cards/types")
    assert "Beauty day can be sold now" in html
    assert "services: Colour, Cut" in html
    assert "12 months" in html
    url = re.search(r'href="(/gift-cards/types/gct_[a-z0-9]+)"', html)
    assert url
    version = re.search(r'name="version" value="(\d+)"', html_of(client, url[1]))
    assert version
    assert client.post(url[1], form | {"name": "Beauty", "version": version[1]}).status_code == 303
    stale = client.post(url[1], form | {"version": version[1]})
    assert (stale.status_code, "Somebody changed this meanwhile" in stale.content.decode()) == (422, True)
    wrong = client.post(url[1], form | {"values": "", "validity": "days", "count": ""})
    assert wrong.status_code == 422
    assert client.post(f"{url[1]}/archive").status_code == 303
    assert "Sell it again" in html_of(client, "/gift-cards/types")
    assert client.post(f"{url[1]}/restore").status_code == 303


def test_a_gift_card_is_sold_once_found_by_its_code_and_paid_with(client: Client, till: Till) -> None:
    kind = till.type()
    public = encode("gct", kind.id)
    once = once_of(client, "/gift-cards/sell")
    form = {"type": public, "value": "50", "once": once, "customer": "", "code": "", "note": ""}
    refused = client.post("/gift-cards/sell", form | {"value": "5"})
    assert (refused.status_code, "not sold for 5.00" in refused.content.decode()) == (422, True)
    sold = client.post("/gift-cards/sell", form)
    assert sold.status_code == 303
    url = sold.headers["Location"]
    assert client.post("/gift-cards/sell", form).headers["Location"] == url, "the same form sells one"
    html = html_of(client, url)
    assert "€50.00" in html
    shown = client.post(f"{url}/slip", headers={"HX-Request": "true", "HX-Target": "code"}).content.decode()
    code = re.search(r'<bdi class="num" dir="ltr">([^<]+)</bdi>', shown)
    assert code
    assert code[1] not in html, "the code is behind a press"
    assert "<svg" in client.post(f"{url}/slip").content.decode()
    assert client.get(f"{url}/slip").status_code == 405
    found = client.post("/gift-cards/find", {"code": code[1].lower().replace("-", " ")})
    assert (found.status_code, found.headers["Location"]) == (303, url)
    wrong = client.post("/gift-cards/find", {"code": "7K3M-9PQX-2WRT-A8FD"})
    assert (wrong.status_code, "There is no such code" in wrong.content.decode()) == (422, True)
    pay = {"amount": "12.50", "note": "coffee", "once": once_of(client, f"{url}/write-off")}
    assert client.post(f"{url}/write-off", pay).status_code == 303
    assert client.post(f"{url}/write-off", pay).status_code == 303, "sent twice, paid once"
    html = html_of(client, url)
    assert "€37.50" in html
    assert "coffee" in html
    short = client.post(f"{url}/write-off", pay | {"amount": "99", "once": "another"})
    assert (short.status_code, "has 37.50 left" in short.content.decode()) == (422, True)
    back = re.search(rf'href="({url}/give-back/gce_[a-z0-9]+)"', html)
    assert back
    assert 'value="12.50"' in html_of(client, back[1])
    assert client.post(back[1], {"amount": "12.50", "note": "", "once": "b1"}).status_code == 303
    assert client.post(back[1], {"amount": "12.50", "note": "", "once": "b2"}).status_code == 422
    assert client.post(f"{url}/top-up", {"amount": "10", "note": "", "once": "t1"}).status_code == 303
    assert "€60.00" in html_of(client, "/gift-cards")


def test_block_unblock_and_cancel_on_the_page(client: Client, till: Till) -> None:
    card = till.sell(till.type())
    url = f"/gift-cards/{encode('gcd', card.id)}"
    assert "Nobody can pay" in html_of(client, f"{url}/block")
    assert client.post(f"{url}/block", {"note": "lost"}).status_code == 303
    html = html_of(client, url)
    assert "blocked" in html
    assert f"{url}/write-off" not in html
    assert client.post(f"{url}/unblock").status_code == 303
    assert client.post(f"{url}/cancel", {"rest": "pay_out", "note": ""}).status_code == 303
    html = html_of(client, url)
    assert "Paid out" in html
    assert f"{url}/cancel" not in html
    assert client.post(f"{url}/cancel", {"rest": "pay_out", "note": ""}).status_code == 422
    assert encode("gcd", card.id) in html_of(client, "/gift-cards?state=cancelled")
    assert "No gift card matches" in html_of(client, "/gift-cards?state=active")


def test_the_holder_sees_it_on_the_web_card_and_staff_on_the_customers_page(
    client: Client, till: Till, counter: Counter
) -> None:
    anna = counter.person("Anna", "+4915122222222")
    held = counter.card(counter.points, customer=anna)
    public = encode("cus", anna.id)
    sold = till.sell(till.type("Spa day"), "50", customer=public)
    assert "Spa day" in html_of(client, f"/gift-cards/of/customer/{public}")
    page = html_of(client, f"/customers/{public}")
    assert "gift-cards-of" in page
    assert "Gift card sold" in page
    link = held.link[held.link.index("/c/") :]
    web = html_of(Client(), link)
    assert "Spa day" in web
    assert str(sold.code) in web
    assert "€50.00" in web
    till.pay(sold, "50")
    assert "Spa day" not in html_of(Client(), link)


def test_a_deposit_is_topped_up_and_paid_out_on_the_card(client: Client, counter: Counter) -> None:
    card = counter.card(counter.deposit, phone="+4915133333333")
    url = f"/cards/{card_id(card)}"
    assert "Top up the deposit" in html_of(client, url)
    form = {"balance": encode("bal", counter.deposit.balance_types[0].id), "amount": "20", "reason": ""}
    once = once_of(client, f"{url}/top_up")
    assert client.post(f"{url}/top_up", form | {"once": once}).status_code == 303
    assert client.post(f"{url}/top_up", form | {"once": once}).status_code == 303
    html = html_of(client, url)
    assert "Topped up" in html
    assert "€20.00" in html
    assert 'value="20.00"' in html_of(client, f"{url}/pay_out")
    assert client.post(f"{url}/pay_out", form | {"amount": "20.01"}).status_code == 422
    assert client.post(f"{url}/pay_out", form).status_code == 303
    assert "Paid out" in html_of(client, url)
    points = counter.card(counter.points, phone="+4915144444444")
    assert client.get(f"/cards/{card_id(points)}/top_up").status_code == 404


def test_a_cashier_sells_and_an_analyst_looks(counter: Counter, till: Till) -> None:
    card = till.sell(till.type())
    url = f"/gift-cards/{encode('gcd', card.id)}"
    analyst = sign_in_client(Client(), hire(counter.shop, "analyst"))
    assert "Pay with it" not in html_of(analyst, url)
    assert analyst.post(f"{url}/slip").status_code == 403
    assert analyst.get("/gift-cards/types/new").status_code == 403
    cashier = sign_in_client(Client(), hire(counter.shop, "cashier"))
    assert "Pay with it" in html_of(cashier, url)
    assert "Top up" not in html_of(cashier, url)
    assert "pay_out" not in html_of(cashier, f"{url}/cancel")
    assert cashier.get("/gift-cards/types/new").status_code == 403
