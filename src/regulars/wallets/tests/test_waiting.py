"""What a pass shows waits, ready, for the phones that are told of it, and for nobody else (WAL-5)."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.customers.actions import enter_customer
from regulars.customers.events import CustomersRemoved
from regulars.customers.rules import CustomerDraft
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.wallets.actions.messages import forget_wallet_messages
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.apple.document import Service, pass_document
from regulars.wallets.rules.apple.updates import pass_token
from regulars.wallets.rules.apple.waiting import given_out, to_wait
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db
FIRST_READ_AT_ONCE = """
import sys, threading
from regulars.wallets.rules.apple.document import Service
from regulars.wallets.rules.apple.waiting import given_out
waiting, threads = sys.stdin.buffer.read(), 16
service = Service(pass_type="pass.x", team="T", url="https://x.example", token="t")
together, read = threading.Barrier(threads), []
def first():
    together.wait()
    read.append(given_out(waiting, service, lambda name: None)[0]["teamIdentifier"])
sys.setswitchinterval(1e-6)
readers = [threading.Thread(target=first) for _ in range(threads)]
for reader in readers: reader.start()
for reader in readers: reader.join()
sys.exit(read != ["T"] * threads)
"""
HOLDER = "Mia Weber"


def on_a_phone(shop: WalletShop, number: str = "+4915112345678") -> tuple[CardView, Phone, str]:
    """A customer's card on a phone that has the newest."""
    now = timezone.now()
    draft = CustomerDraft(name=HOLDER, phones=(number,))
    enter_customer(shop.counter.actor, draft, country="DE", today=now.date(), now=now)
    card, phone = shop.counter.issue(number), Phone(f"phone-{int(number)}", f"{int(number):064x}")
    serial = phone.take(shop.link(card))
    shop.send(Remembering())
    phone.update()
    return card, phone, serial


def test_a_phone_is_given_what_it_was_told_of_without_gathering_it_again() -> None:
    shop = open_wallet_shop()
    card, phone, serial = on_a_phone(shop)
    before = phone.passes[serial]
    shop.counter.adjust(card, "3")
    shop.send(Remembering())
    # Nobody is told of this one yet: the tag that the phone is given and what it sees belong together.
    shop.counter.adjust(card, "4")
    with CaptureQueriesContext(connection) as few:
        assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 3
    assert {**phone.passes[serial], "storeCard": None} == {**before, "storeCard": None}
    shop.send(Remembering())
    assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 7
    # It was fetched, so for a second phone it is gathered anew, and is the same.
    phone.modified.clear()
    with CaptureQueriesContext(connection) as many:
        assert phone.fetch(serial) == 200
    assert phone.shows(serial, "Points") == 7
    assert len(few) <= 7
    assert len(many) > len(few)


def test_the_time_that_passed_counts_for_a_phone_that_asks_late() -> None:
    shop = open_wallet_shop()
    card, phone, serial = on_a_phone(shop)
    shop.counter.adjust(card, "3")
    shop.send(Remembering())
    execute("UPDATE wallet_passes SET modified_at = modified_at - interval '2 hours'")
    phone.modified.clear()
    shop.counter.adjust(card, "4")
    assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 7


def test_what_is_ready_is_what_would_be_gathered() -> None:
    shop = open_wallet_shop()
    card, _phone, serial = on_a_phone(shop)
    pass_id = rows("SELECT id FROM wallet_passes")[0][0]
    with unit_of_work(shop.counter.chain_id):
        shown = gather(timezone.now())(shop.counter.chain_id, {pass_id: card.id})[pass_id]
    assert shown.serial == serial
    service = Service(pass_type="pass.example", team="TEAM", url="https://cards.example/apple", token="t" * 43)
    ready = to_wait(shown)
    assert ready
    document, files = given_out(ready, service, lambda _name: None)
    expected, strings = pass_document(shown, service)
    assert document == expected
    assert files == {**shown.pictures, **strings}


def test_nothing_waits_where_no_phone_will_ask_and_nothing_secret_waits() -> None:
    shop = open_wallet_shop()
    card, phone, serial = on_a_phone(shop)
    other, away, put_away = on_a_phone(shop, "+4915112345679")
    away.unregister(put_away)
    for one in (card, other):
        shop.counter.adjust(one, "3")
    shop.send(Remembering())
    waiting = {card_id: bytes(content) for card_id, content in rows(WAITING)}
    assert list(waiting) == [card.id]
    pass_id = row("SELECT id FROM wallet_passes WHERE card_id = %s", [card.id])
    assert pass_id
    assert pass_token(pass_id[0], key=settings.LINK_KEY).encode() not in waiting[card.id]
    assert phone.update() == [serial]
    assert rows(WAITING) == []


def test_who_is_erased_does_not_wait_on() -> None:
    shop = open_wallet_shop()
    card, _phone, _serial = on_a_phone(shop)
    shop.counter.adjust(card, "3")
    shop.send(Remembering(), later=timedelta(minutes=30))
    assert [card_id for card_id, _content in rows(WAITING)] == [card.id]
    with unit_of_work(shop.counter.chain_id):
        holder = row("SELECT customer_id FROM cards WHERE id = %s", [card.id])
        assert holder
        forget_wallet_messages(shop.counter.actor, CustomersRemoved((holder[0],), timezone.now()))
    assert rows(WAITING) == []


WAITING = "SELECT card_id, waiting FROM wallet_passes WHERE waiting IS NOT NULL"


@pytest.mark.parametrize("time", range(5))
def test_phones_that_are_the_first_to_ask_may_ask_at_the_same_instant(time: int) -> None:
    """The library that reads what waits looked through its types then, and half of such processes crashed."""
    shop = open_wallet_shop()
    card, _phone, _serial = on_a_phone(shop)
    shop.counter.adjust(card, "3")
    shop.send(Remembering())
    waiting = row("SELECT waiting FROM wallet_passes WHERE card_id = %s", [card.id])
    assert waiting
    environment = {**os.environ, "PYTHONPATH": "src", "DJANGO_SETTINGS_MODULE": "regulars.project.settings"}
    command = [sys.executable, "-c", FIRST_READ_AT_ONCE]
    assert subprocess.run(command, input=bytes(waiting[0]), env=environment, check=False).returncode == 0
