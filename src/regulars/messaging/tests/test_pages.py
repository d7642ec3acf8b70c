"""The dialog that writes to a customer, and the time lines that tell of it (MSG-5, CRD-5, CUS-8)."""

import re
from typing import Any

import pytest
from django.test import Client

from regulars.kernel.ids import encode
from tests.ledger_kit import Counter, open_counter
from tests.people import hire, sign_in_client
from tests.phone_kit import Phone
from tests.wallet_kit import open_wallet_shop

from .test_messages import PHONE, anna_of, says

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(settings: Any) -> Counter:
    settings.EMAIL_URL = "smtp://127.0.0.1:1?from=shop@example.com"
    return open_counter()


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_dialog_says_whom_each_channel_reaches_and_why_not(counter: Counter) -> None:
    anna, client = anna_of(counter), sign_in_client(Client(), counter.shop)
    address = f"/messages/write?customer={encode('cus', anna.id)}"
    told = text_of(client.get(address).content.decode())
    for sentence in ("anna@example.com", "up to 10,000 letters", "No offers: the customer did not agree", "not set up"):
        assert sentence in told, sentence
    says(counter, anna, "personal_data", given=False)
    told = text_of(client.get(address).content.decode())
    assert "No channel reaches this customer." in told
    assert "the customer withdrew that their data are kept" in told


def test_a_message_that_is_sent_twice_by_a_double_press_is_one(counter: Counter) -> None:
    anna, client = anna_of(counter), sign_in_client(Client(), counter.shop)
    customer = encode("cus", anna.id)
    address = f"/messages/write?customer={customer}"
    once = re.search(r'name="once" value="([^"]+)"', client.get(address).content.decode())
    assert once
    typed = {"once": once[1], "channels": ["email"], "kind": "service", "text": "Deine Jacke ist fertig."}
    for _ in range(2):
        answer = client.post(address, typed)
        assert (answer.status_code, answer["Location"]) == (303, f"/customers/{customer}")
    assert counter.read("SELECT count(*) FROM messages") == [(1,)]
    told = text_of(client.get(f"/customers/{customer}").content.decode())
    assert "Deine Jacke ist fertig." in told
    assert "E-mail: on its way" in told


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(counter: Counter) -> None:
    anna, client = anna_of(counter), sign_in_client(Client(), counter.shop)
    address = f"/messages/write?customer={encode('cus', anna.id)}"
    for typed, sentence in (
        ({"channels": ["email"], "kind": "offer", "text": "Neu im Angebot"}, "E-mail: the customer did not agree"),
        ({"channels": [], "kind": "service", "text": "Hallo"}, "Choose at least one channel."),
        ({"channels": ["fax"], "kind": "service", "text": "Hallo"}, "fax"),
        ({"channels": ["email"], "kind": "service", "text": " "}, "Write something."),
        ({"channels": ["email"], "kind": "sermon", "text": "Hallo"}, "sermon"),
    ):
        answer = client.post(address, typed)
        assert answer.status_code == 422, typed
        html = answer.content.decode()
        assert sentence in text_of(html), typed
        assert str(typed["text"]).strip() in html
    for asked, status in (("", 404), ("?customer=cus_x", 404), ("?customer=ext:nobody", 404), ("?card=%00", 422)):
        assert client.get(f"/messages/write{asked}").status_code == status
    cashier = hire(counter.shop, "analyst")
    assert sign_in_client(Client(), cashier).get(address).status_code == 403


def test_the_panel_offers_it_and_the_cards_time_line_tells_how_it_went_on() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue(PHONE)
    phone.take(shop.link(card))
    client = sign_in_client(Client(), shop.counter.shop)
    public = encode("crd", card.id)
    assert f"/messages/write?card={public}" in client.get(f"/cards/{public}").content.decode()
    dialog = client.get(f"/messages/write?card={public}").content.decode()
    assert "on 1 phone" in text_of(dialog)
    assert 'data-letters-max="400"' in dialog
    too_long = {"channels": ["apple"], "kind": "service", "text": "x" * 401}
    assert "too long" in text_of(client.post(f"/messages/write?card={public}", too_long).content.decode())
    typed = {"channels": ["apple"], "kind": "service", "text": "Deine Jacke ist fertig."}
    assert client.post(f"/messages/write?card={public}", typed).status_code == 303
    told = text_of(client.get(f"/cards/{public}/history").content.decode())
    assert "Deine Jacke ist fertig." in told
    assert "Apple Wallet: on its way" in told
