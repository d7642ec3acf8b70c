"""Codes on receipts and inserts: one card, once, whoever asks and however many at once (TIL-4)."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, delete_card
from regulars.cards.models import CardType
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import FIXED_A_DAY
from regulars.kernel.codes import code_key
from regulars.platform.database import unit_of_work
from regulars.rewards.tests.reward_kit import open_reward_shop
from regulars.till.actions.receipts import ReceiptDraft, make_receipt
from regulars.till.queries.receipts import ReceiptView
from regulars.till.tests.till_kit import Till, card_id, open_till
from tests.people import hire, sign_in_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def till() -> Till:
    return open_till()


@pytest.fixture
def card(till: Till) -> CardView:
    return till.shop.counter.issue("+4915112345678")


def receipt(till: Till, **more: Any) -> ReceiptView:
    draft = ReceiptDraft(**({"stamps": 2} | more if "amount" not in more else more))
    return make_receipt(till.shop.counter.actor, draft, now=timezone.now())


def slip(one: ReceiptView) -> str:
    return f"/r/{code_key(one.code)}"


def token_of(card: CardView) -> str:
    return card.link.rsplit("/", 1)[1]


def test_a_phone_that_knows_its_card_adds_the_code_once(till: Till, card: CardView) -> None:
    one = receipt(till, external_id="4711")
    client = Client()
    page = client.get(slip(one))
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert "+2 stamps" in page.content.decode()
    assert till.shop.stamps(card) == 0
    done = client.post(slip(one), {"token": token_of(card)})
    assert "It is on the card." in done.content.decode()
    assert token_of(card) in done.content.decode()
    assert till.shop.stamps(card) == 2
    assert till.shop.counter.read("SELECT source FROM transactions WHERE kind = 'earn'") == [("receipt",)]
    assert "This code was used already" in client.post(slip(one), {"token": token_of(card)}).content.decode()
    assert "This code was used already" in client.get(slip(one)).content.decode()
    assert till.shop.stamps(card) == 2


def test_a_typed_number_tells_nothing_of_its_card(till: Till, card: CardView) -> None:
    blocked = till.shop.counter.issue("+4915100000001")
    block_card(till.shop.counter.actor, card_id(blocked), reason="Lost", now=timezone.now())
    other = open_reward_shop().counter.issue("+4915199999999")
    client, one = Client(), receipt(till)
    answers = [client.post(slip(one), {"card": text}) for text in ("12", blocked.number, other.link, other.number, "")]
    said = {page.content.decode().partition("There is no card here")[1] for page in answers}
    assert [page.status_code for page in answers] == [422] * 5
    assert said == {"There is no card here"}
    done = client.post(slip(one), {"card": card.number}).content.decode()
    assert "It is on the card." in done
    assert "/c/" not in done
    assert till.shop.stamps(card) == 2


def test_whoever_types_a_number_uses_up_nothing_of_its_holder(till: Till, card: CardView) -> None:
    CardType.objects.filter(id=card.type_id).update(rotates=True)
    client, one = Client(), receipt(till)
    for _ in range(FIXED_A_DAY + 1):
        assert "is on the card" in client.post(slip(receipt(till)), {"card": card.number}).content.decode()
    client.post(slip(one), {"token": token_of(card)})
    assert "used already" in client.post(slip(one), {"card": card.number}).content.decode()
    assert 'data-state="card"' in till.scan(card.number)


def test_a_code_stays_open_for_cards_that_it_is_not_for(till: Till, card: CardView) -> None:
    issue, actor, now = till.shop.counter.issue, till.shop.counter.actor, timezone.now()
    blocked, deleted = issue("+4915100000001"), issue("+4915100000002")
    block_card(actor, card_id(blocked), reason="Lost", now=now)
    delete_card(actor, card_id(deleted), write_off=True, now=now)
    elsewhere = open_till()
    other = elsewhere.shop.counter.issue("+4915199999999")
    one = receipt(till)
    sent = {"receipt": one.public_id}
    said = {blocked: "This card is blocked", deleted: "This card was deleted", other: "A card of another business"}
    for wrong, title in said.items():
        answer = Client().post(slip(one), {"token": token_of(wrong)})
        assert (answer.status_code, "There is no card here" in answer.content.decode()) == (422, True), title
        answer = till.client.post("/till/receipt", sent | {"text": wrong.link})
        assert (answer.status_code, title in answer.content.decode()) == (422, True), title
    assert "Nobody knows this code" in elsewhere.scan(one.url), "a code of another business is none here"
    assert elsewhere.client.post("/till/receipt", sent | {"text": other.number}).status_code == 404
    assert till.shop.counter.read("SELECT claimed_at FROM receipt_codes") == [(None,)]
    assert "It is on the card." in Client().post(slip(one), {"token": token_of(card)}).content.decode()


def test_a_purchase_is_an_order_that_promotions_decide(till: Till, card: CardView) -> None:
    one = receipt(till, amount="12.50")
    assert "Purchase of" in Client().get(slip(one)).content.decode()
    Client().post(slip(one), {"token": token_of(card)})
    assert till.shop.counter.read("SELECT channel, total FROM orders") == [("receipt", 1250)]


def test_what_is_over_and_what_never_was(till: Till, card: CardView) -> None:
    late = receipt(till, expires_at=timezone.now() + timedelta(hours=1))
    with unit_of_work(till.shop.counter.chain_id), connection.cursor() as cursor:
        cursor.execute("UPDATE receipt_codes SET expires_at = now() - interval '1 minute'")
    client = Client()
    assert "The time of this code is over" in client.post(slip(late), {"token": token_of(card)}).content.decode()
    assert till.shop.stamps(card) == 0
    for text in ("ABCD", "0" * 16, "x" * 500, "%00", card.number):
        page = client.get(f"/r/{text}")
        assert page.status_code == 404
        # Who holds a receipt has no place where the staff sign in.
        assert "To the start page" not in page.content.decode()
        assert "ask at the till" in page.content.decode()
    for _try in range(20):
        client.get("/r/ABCDABCDABCDABCD")
    assert client.get("/r/ABCDABCDABCDABCD").status_code == 429


def test_at_the_till_the_code_is_scanned_and_then_the_card(till: Till, card: CardView) -> None:
    one = receipt(till)
    page = till.scan(one.url)
    assert 'data-state="receipt"' in page
    sent = {"receipt": one.public_id, "text": "nobody"}
    assert "Nobody knows this code" in till.client.post("/till/receipt", sent).content.decode()
    done = till.client.post("/till/receipt", sent | {"text": card.number}, follow=True)
    assert 'data-state="done"' in done.content.decode()
    assert till.shop.stamps(card) == 2
    assert "Used already" in till.client.post("/till/receipt", sent | {"text": card.number}).content.decode()
    assert "Used already" in till.scan(one.code)
    assert till.client.post("/till/receipt", {"receipt": "rcp_x"}).status_code == 404
    analyst = sign_in_client(Client(), hire(till.shop.counter.shop, "analyst"))
    assert analyst.post("/till/receipt", sent).status_code == 403


def test_a_batch_is_made_printed_and_written_to_a_file(till: Till, card: CardView) -> None:
    sent = {"name": "Parcels of May", "kind": "insert", "count": "3", "stamps": "1", "amount": ""}
    address = till.client.post("/receipts/new", sent)["Location"]
    assert "Parcels of May" in till.client.get("/receipts").content.decode()
    found = list(csv.reader(StringIO(till.client.get(f"{address}/codes.csv").getvalue().decode("utf-8-sig"))))
    assert found[0] == ["code", "url", "state", "claimed_at"]
    assert len({line[0] for line in found[1:]}) == 3
    assert till.client.get(f"{address}/print").content.decode().count("<svg") >= 3
    Client().post(f"/r/{code_key(found[1][0])}", {"token": token_of(card)})
    assert till.shop.counter.read("SELECT source FROM transactions WHERE kind = 'earn'") == [("insert",)]
    assert "1 of 3 used" in till.client.get(address).content.decode()
    for wrong in ({"count": "0"}, {"count": "1001"}, {"stamps": "101"}, {"amount": "3"}, {"stamps": ""}, {"name": " "}):
        assert till.client.post("/receipts/new", sent | wrong).status_code == 422, wrong
    other = sign_in_client(Client(), open_reward_shop().counter.shop)
    assert other.get(address).status_code == 404
    assert other.get(f"{address}/codes.csv").status_code == 404
