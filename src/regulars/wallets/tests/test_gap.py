"""Whoever was told of a pass a moment ago is told again half a minute later, once, and of the newest (WAL-5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.wallets.rules.sending import GAP
from tests.ledger_kit import dispatcher
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db


def read_one(shop: WalletShop, statement: str) -> Any:
    ((value,),) = shop.counter.read(statement)
    return value


def told_card(shop: WalletShop, phone: Phone, pusher: Remembering) -> tuple[CardView, str, datetime]:
    """A card whose phone was told just now: the card, its pass, and when that was."""
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    shop.counter.adjust(card, "1")
    shop.send(pusher, later=timedelta(seconds=2))
    assert pusher.pushed == [phone.push_token]
    phone.update()
    pusher.pushed.clear()
    return card, serial, read_one(shop, "SELECT told_at FROM wallet_passes")


def send_at(shop: WalletShop, pusher: Remembering, moment: datetime) -> int:
    """What is sent at a moment of the clock of the world, or a blink later."""
    return shop.send(pusher, later=moment - timezone.now())


def test_what_changes_right_after_a_push_waits_out_the_gap_and_is_told_once() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card, serial, told_at = told_card(shop, phone, pusher)
    for _ in range(5):
        shop.counter.adjust(card, "1")
        dispatcher().make_round()
    assert read_one(shop, "SELECT due_at FROM wallet_refreshes") == told_at + GAP == told_at + timedelta(seconds=30)
    assert send_at(shop, pusher, told_at + timedelta(seconds=29)) == 0
    assert phone.ask() == []
    shop.counter.adjust(card, "4")
    assert send_at(shop, pusher, told_at + timedelta(seconds=30)) == 1
    assert pusher.pushed == [phone.push_token]
    assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 10
    assert send_at(shop, pusher, told_at + timedelta(minutes=2)) == 0


def test_another_pass_of_the_same_phone_does_not_wait_for_it() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    _, _, told_at = told_card(shop, phone, pusher)
    other = shop.counter.issue("+4915112345679")
    phone.take(shop.link(other))
    shop.counter.adjust(other, "3")
    assert send_at(shop, pusher, told_at + timedelta(seconds=3)) == 1
    assert pusher.pushed == [phone.push_token]


def test_what_changes_long_after_a_push_waits_only_to_be_gathered() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card, _, told_at = told_card(shop, phone, pusher)
    shop.counter.read("UPDATE wallet_passes SET told_at = told_at - interval '1 hour' RETURNING 1")
    shop.counter.adjust(card, "1")
    assert send_at(shop, pusher, told_at + timedelta(seconds=3)) == 1
