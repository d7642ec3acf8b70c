"""What is done with one card on its pages: adjust, move, take back, block, delete, replace, issue (CRD-1, CRD-3, CRD-6, CRD-9)."""

import re

import pytest
from django.test import Client
from django.utils import translation

from regulars.cards.tests.counter import Counter, card_id, open_counter, type_id
from regulars.kernel.ids import encode
from regulars.platform.pages.typed import typed_amount
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "modal"}


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def messages_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def balance(counter: Counter, card_type: str = "stamps") -> str:
    chosen = {"stamps": counter.stamps, "points": counter.points, "deposit": counter.deposit}[card_type]
    return encode("bal", chosen.balance_types[0].id)


def test_adjust_shows_before_and_after_and_can_be_undone_from_its_toast(counter: Counter) -> None:
    card = counter.card(counter.points, phone="+4915122222222")
    client, url = counter.client(), f"/cards/{card_id(card)}"
    preview = client.get(
        f"{url}/adjust",
        {"amount": "-20", "balance": balance(counter, "points")},
        headers=HTMX | {"HX-Target": "effect"},
    ).content.decode()
    assert re.search(r"50.*30", preview, re.DOTALL)
    sent = {"balance": balance(counter, "points"), "amount": "-20", "reason": "Cake"}
    answer = client.post(f"{url}/adjust", sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, url)
    html = messages_of(client, url)
    assert "Points: 50 → 30" in html
    undo = re.search(rf'action="({url}/reverse/txn_[a-z0-9]+)"', html)
    assert undo
    assert client.get(undo[1]).status_code == 405, "looking at an address takes nothing back"
    assert client.post(undo[1]).status_code == 303
    assert counter.total(card, "points") == 50
    assert "taken back" in messages_of(client, url)
    assert client.post(undo[1]).status_code == 409, "nothing is taken back twice"


def test_the_same_form_sent_twice_acts_once(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client, url = counter.client(), f"/cards/{card_id(card)}/adjust"
    once = re.search(r'name="once" value="([^"]+)"', client.get(url).content.decode())
    assert once
    sent = {"balance": balance(counter), "amount": "3", "reason": "Three coffees", "once": once[1]}
    assert [client.post(url, sent).status_code for _ in range(2)] == [303, 303]
    assert counter.total(card, "stamps") == 3


def test_what_cannot_be_adjusted_comes_back_with_what_was_typed(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client, url = counter.client(), f"/cards/{card_id(card)}/adjust"
    for amount in ("0", "-1", "ten", "1.5", "9" * 30, "1e999", "٣٣٣٣٣", "", "--5", "NaN"):
        answer = client.post(url, {"balance": balance(counter), "amount": amount, "reason": "Why <not>"}, headers=HTMX)
        html = answer.content.decode()
        assert answer.status_code == 422, amount
        assert "Why &lt;not&gt;" in html
        assert "id_amount" in html
    for sent in ({"amount": "1", "reason": "x"}, {"balance": "bal_x", "amount": "1", "reason": "x"}):
        assert client.post(url, sent).status_code == 422
    assert client.post(url, {"balance": balance(counter), "amount": "1", "reason": " "}).status_code == 422
    assert client.post(url, {"balance": balance(counter), "amount": "1", "reason": "a" * 501}).status_code == 422
    assert "Error:" in client.post(url, {"amount": "1"}).content.decode()
    assert counter.total(card, "stamps") == 0


@pytest.mark.parametrize(
    ("language", "typed", "plain"),
    [
        ("en", "1,250", "1250"),
        ("ru", "12,50", "12.50"),
        ("en", "12,50", "12.50"),
        ("ru", "1 250,5", "1250.5"),
        ("en", "1,250.75", "1250.75"),
        ("ru", "1.250,75", "1250.75"),
        ("en", "−5", "-5"),
        ("en", "5-", "-5"),
        ("hi", "1,25,000", "125000"),
        ("ru", "1,250", "1.250"),
    ],
)
def test_amounts_are_read_as_the_reader_writes_them(language: str, typed: str, plain: str) -> None:
    with translation.override(language):
        assert typed_amount(typed) == plain


def test_a_balance_moves_to_another_card_named_by_its_number(counter: Counter) -> None:
    anna = counter.person("Anna", "+4915111111111")
    old, new = counter.card(counter.deposit, customer=anna), counter.card(counter.deposit, customer=anna)
    counter.adjust(old, "40")
    client, url = counter.client(), f"/cards/{card_id(old)}/move"
    assert new.number in client.get(url).content.decode(), "the other cards of the customer are offered"
    sent = {"to": new.number, "balance": balance(counter, "deposit"), "amount": "15,50", "reason": "New card"}
    assert client.post(url, sent | {"to": "nothing"}).status_code == 422
    assert client.post(url, sent | {"to": old.number}).status_code == 422
    assert client.post(url, sent | {"amount": "41"}).status_code == 422
    assert client.post(url, sent).status_code == 303
    assert (counter.total(old, "deposit"), counter.total(new, "deposit")) == (2450, 1550)


def test_block_and_unblock_with_their_undo(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client, url = counter.client(), f"/cards/{card_id(card)}"
    assert client.post(f"{url}/block", {"reason": ""}).status_code == 422
    assert client.post(f"{url}/block", {"reason": "Stolen"}).status_code == 303
    html = messages_of(client, url)
    assert "Stolen" in html
    assert "Card blocked" in html
    assert client.post(f"{url}/unblock").status_code == 303
    undo = re.search(rf'action="({url}/block\?again=Stolen)"', messages_of(client, url))
    assert undo
    assert client.post(undo[1]).status_code == 303
    assert (counter.now(card).status, counter.now(card).status_reason) == ("blocked", "Stolen")


def test_an_empty_card_is_deleted_at_once_a_full_one_after_a_question_a_deposit_never(counter: Counter) -> None:
    client = counter.client()
    empty = counter.card(counter.stamps, phone="+4915122222222")
    url = f"/cards/{card_id(empty)}"
    assert client.post(f"{url}/delete").status_code == 303
    assert "can be restored until" in messages_of(client, url)
    assert client.post(f"{url}/restore").status_code == 303
    assert counter.now(empty).status == "active"

    full = counter.card(counter.points, phone="+4915122222222")
    url = f"/cards/{card_id(full)}/delete"
    asked = client.post(url, headers=HTMX)
    assert asked.status_code == 422
    assert re.search(r"<dt>Points</dt>.*50", asked.content.decode())
    assert client.post(url, {"write_off": "1"}).status_code == 303
    assert counter.total(full, "points") == 0
    assert client.post(f"/cards/{card_id(full)}/restore").status_code == 303
    assert counter.total(full, "points") == 50

    prepaid = counter.card(counter.deposit, phone="+4915122222222")
    counter.adjust(prepaid, "5")
    url = f"/cards/{card_id(prepaid)}/delete"
    html = client.get(url).content.decode()
    assert "write_off" not in html
    assert "Pay out" in html
    assert client.post(url, {"write_off": "1"}).status_code == 422
    assert counter.now(prepaid).status == "active"


def test_a_lost_card_gets_a_new_number_and_the_old_link_dies(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    taken = counter.card(counter.stamps, phone="+4915133333333")
    old_link = "/c/" + card.link.rpartition("/")[2]
    client, url = counter.client(), f"/cards/{card_id(card)}/replace"
    assert client.get(old_link).status_code == 200
    assert client.post(url, {"reason": "Lost", "number": taken.number}).status_code == 422
    assert client.post(url, {"reason": "Lost", "number": "NEW-1"}).status_code == 303
    assert counter.now(card).number == "NEW-1"
    assert client.get(old_link).status_code == 404
    assert f"before: {card.number}" in client.get(f"/cards/{card_id(card)}").content.decode()


def test_a_renewed_link_kills_the_old_one(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client = counter.client()
    assert client.post(f"/cards/{card_id(card)}/renew-link").status_code == 303
    assert client.get("/c/" + card.link.rpartition("/")[2]).status_code == 404
    assert client.get("/c/" + counter.now(card).link.rpartition("/")[2]).status_code == 200


def test_a_card_is_issued_to_a_customer_found_by_name_or_to_a_new_phone(counter: Counter) -> None:
    anna = counter.person("Anna Müller", "+4915111111111", "anna@example.com")
    counter.person("Anna Berg", "+4915122222222")
    client = counter.client()
    found = client.get("/cards/people", {"holder": "anna"}, headers=HTMX | {"HX-Target": "people"}).content.decode()
    assert found.count('name="person"') == 2
    sent = {"card_type": type_id(counter.stamps), "number": "", "holder": "anna"}
    assert "Choose the person below." in client.post("/cards/issue", sent).content.decode()
    answer = client.post("/cards/issue", sent | {"person": encode("cus", anna.id)})
    assert answer.status_code == 303
    assert "Anna Müller" in client.get(answer.headers["Location"]).content.decode()
    answer = client.post("/cards/issue", sent | {"holder": "0151 33333333"})
    assert answer.status_code == 303
    html = client.get(answer.headers["Location"]).content.decode()
    assert "Unclaimed card" in html
    assert "+4915133333333" in html


def test_issuing_says_whose_card_stands_in_the_way(counter: Counter) -> None:
    card = counter.card(counter.stamps, customer=counter.person("Anna Müller", "+4915111111111"), number="A-1")
    client = counter.client()
    sent = {"card_type": type_id(counter.stamps), "holder": "0151 22222222", "number": "a 1"}
    answer = client.post("/cards/issue", sent)
    assert answer.status_code == 422
    for text in ("Anna Müller", f"/cards/{card_id(card)}", "already in use", 'value="a 1"'):
        assert text in answer.content.decode()
    second = client.post("/cards/issue", sent | {"holder": "0151 11111111", "number": ""})
    assert second.status_code == 422
    assert "has a card of this type already" in second.content.decode()


def test_nonsense_issues_nothing(counter: Counter) -> None:
    other = open_counter(name="Another")
    theirs = other.person("Theirs", "+4915155555555")
    client = counter.client()
    sent = {"card_type": type_id(counter.stamps), "holder": "", "number": ""}
    for more in (
        {},
        {"holder": "zz"},
        {"holder": "12"},
        {"card_type": type_id(other.stamps), "holder": "0151 22222222"},
        {"card_type": "", "holder": "0151 22222222"},
        {"customer": encode("cus", theirs.id)},
        {"person": "cus_x"},
        {"holder": "0151 22222222", "number": "-"},
        {"holder": "0151 22222222", "number": "9" * 65},
        {"holder": "💥" * 50},
    ):
        assert client.post("/cards/issue", sent | more).status_code in (404, 422), more
    assert "data-row " not in client.get("/cards").content.decode()


def test_a_cashier_may_adjust_but_not_delete(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    client = sign_in_client(Client(), hire(counter.shop, "cashier"))
    html = client.get(f"/cards/{card_id(card)}").content.decode()
    assert f"/cards/{card_id(card)}/adjust" in html
    assert f"/cards/{card_id(card)}/delete" not in html
    assert client.post(f"/cards/{card_id(card)}/delete").status_code == 403


def test_a_printed_card_shows_its_number_as_a_code(counter: Counter) -> None:
    card = counter.card(counter.stamps, phone="+4915122222222")
    html = counter.client().get(f"/cards/{card_id(card)}/print").content.decode()
    assert card.number in html
    assert "QR code of this card" in html
