"""From a committed change to the push: measured, and shown where it is looked after (WAL-5)."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from regulars.platform.database import execute, unit_of_work
from regulars.wallets.rules.sending import Answer
from tests.people import hire, sign_in_client
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db
PAGE = "/settings/wallets/operation"


def page_of(shop: WalletShop) -> str:
    html = sign_in_client(Client(), shop.counter.shop).get(PAGE).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_page_shows_how_long_phones_waited_hour_by_hour() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    assert "No phone was told in the last 24 hours" in page_of(shop)
    card = shop.counter.issue("+4915112345678")
    phone.take(shop.link(card))
    began = timezone.now()
    shop.counter.adjust(card, "5")
    shop.send(Remembering(), later=timedelta(seconds=2.5))
    told = page_of(shop)
    assert card.number in told
    waited = int(shop.counter.read("SELECT wait_ms FROM wallet_events WHERE kind = 'pushed'")[0][0])
    assert 2000 < waited < 2500 + (timezone.now() - began).total_seconds() * 1000
    assert f"after {round(waited / 100) / 10} s" in told
    assert "Apple Wallet" in told


def test_what_waits_what_is_behind_and_what_was_given_up_stand_there() -> None:
    shop, phones = open_wallet_shop(), [Phone(f"phone-{number}") for number in range(3)]
    cards = [shop.counter.issue(f"+49151123456{number}0") for number in range(3)]
    for phone, card in zip(phones, cards, strict=True):
        phone.take(shop.link(card))
    shop.send(Remembering())
    for phone in phones:
        phone.update()
    shop.counter.adjust(cards[0], "5")
    shop.send(Remembering())
    shop.counter.adjust(cards[1], "5")
    shop.send(Remembering(Answer("later", "TooManyRequests")))
    with unit_of_work(shop.counter.chain_id):
        execute("UPDATE wallet_passes SET told_at = now() - interval '16 minutes' WHERE card_id = %s", [cards[0].id])
    told = page_of(shop)
    assert "Told, and not asked since" in told
    assert "TooManyRequests; again" in told
    shop.counter.adjust(cards[2], "5")
    for _ in range(8):
        shop.sent += 2000
        shop.send(Remembering(Answer("refused", "Forbidden")))
    assert "Given up in the last seven days" in page_of(shop)


def test_the_day_is_read_from_an_index_and_only_by_who_may_see_settings() -> None:
    shop = open_wallet_shop()
    client = sign_in_client(Client(), shop.counter.shop)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE).status_code == 200
    assert len(captured) < 25
    assert sign_in_client(Client(), hire(shop.counter.shop, "cashier")).get(PAGE).status_code == 403
