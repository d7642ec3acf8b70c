"""What Apple took and no phone fetched is told once more after a quarter of an hour and six hours, then no more (WAL-5)."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.platform.database import execute, row, rows, unit_of_work
from regulars.project import sender
from regulars.wallets.actions import again
from regulars.wallets.actions.again import tell_again
from regulars.wallets.actions.apple_wallet import AppleWallet
from regulars.wallets.rules.sending import Answer
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db


class Deaf:
    """A phone that was told of a change and does not ask."""

    def __init__(self, shop: WalletShop | None = None, number: int = 1) -> None:
        self.shop, self.pusher = shop or open_wallet_shop(), Remembering()
        self.phone = Phone(f"phone-{number}", push_token=f"{number:064x}")
        self.card: CardView = self.shop.counter.issue(f"+491511234567{number}")
        self.serial = self.phone.take(self.shop.link(self.card))
        self.shop.send(self.pusher, later=timedelta(seconds=2))
        self.phone.update()
        self.began = timezone.now() + timedelta(minutes=1)
        self.change()

    def change(self) -> None:
        self.shop.counter.adjust(self.card, "5")
        assert self.at(minutes=0) == 1

    def at(self, **later: float) -> int:
        """How many pushes there are so long after the first, when what was not fetched is looked for and then told."""
        return self.at_moment(self.began + timedelta(**later))

    def at_moment(self, moment: datetime) -> int:
        before = len(self.pusher.pushed)
        tell_again(self.shop.counter.chain_id, "apple", now=moment)
        self.shop.send(self.pusher, later=moment - timezone.now())
        return len(self.pusher.pushed) - before

    def pushes(self) -> int:
        return int(self.shop.counter.read("SELECT pushes FROM wallet_passes")[0][0])


def test_it_is_told_after_a_quarter_of_an_hour_and_six_hours_and_then_no_more() -> None:
    deaf = Deaf()
    counted = deaf.pushes()
    told = [deaf.at(minutes=one) for one in (1, 14, 15.1, 16, 31, 300, 374, 376, 400, 800, 1300)]
    assert told == [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    assert deaf.pushes() == counted + 2


def test_the_next_change_begins_anew() -> None:
    deaf = Deaf()
    assert [deaf.at(minutes=one) for one in (15.1, 376, 900)] == [1, 1, 0]
    deaf.began += timedelta(hours=20)
    deaf.change()
    assert [deaf.at(minutes=one) for one in (14, 15.1, 376, 900)] == [0, 1, 1, 0]


@pytest.mark.parametrize("when", [1, 16])
def test_it_ends_once_the_phone_has_fetched(when: int) -> None:
    deaf = Deaf()
    assert deaf.at(minutes=when) == (1 if when > 15 else 0)
    assert deaf.phone.update() == [deaf.serial]
    assert [deaf.at(minutes=one) for one in (17, 400, 900)] == [0, 0, 0]


def test_a_phone_that_fetches_between_the_look_and_the_push_is_not_told() -> None:
    deaf = Deaf()
    tell_again(deaf.shop.counter.chain_id, "apple", now=deaf.began + timedelta(minutes=15.1))
    assert len(deaf.shop.counter.read("SELECT 1 FROM wallet_refreshes")) == 1
    deaf.phone.update()
    assert deaf.at(minutes=16) == 0


def test_what_was_put_away_or_never_taken_by_apple_is_left_alone() -> None:
    deaf = Deaf()
    assert deaf.phone.unregister(deaf.serial) == 200
    assert [deaf.at(minutes=one) for one in (15.1, 400)] == [0, 0]
    refused = Deaf(deaf.shop, number=2)
    refused.phone.update()
    refused.pusher.answer = Answer("later", "TooManyRequests")
    refused.shop.counter.adjust(refused.card, "5")
    refused.at(minutes=2)
    looked = refused.shop.counter.read("SELECT look_again_at FROM wallet_passes WHERE card_id = %s", [refused.card.id])
    assert looked == [(None,)]


def test_a_phone_that_has_what_it_was_told_of_since_it_took_the_pass_is_not_told_again() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    serial = phone.take(shop.link(shop.counter.issue("+4915112345678")))
    shop.send(pusher, later=timedelta(seconds=2))
    assert (phone.ask(), phone.fetch(serial)) == ([serial], 304)
    assert shop.counter.read("SELECT fetched_tag = tag, look_again_at FROM wallet_passes") == [(True, None)]


def test_it_waits_where_the_pushes_of_the_day_are_used_up(settings: Any) -> None:
    deaf = Deaf()
    settings.PUSHES_A_DAY = deaf.pushes()
    assert deaf.at(minutes=15.1) == 0
    (ends_at,) = deaf.shop.counter.read("SELECT pushes_since + interval '24 hours' FROM wallet_passes")[0]
    assert deaf.at_moment(ends_at + timedelta(seconds=1)) == 1


def test_many_are_noted_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = open_wallet_shop()
    for number in range(1, 4):
        Deaf(shop, number)
    monkeypatch.setattr(again, "CHUNK", 2)
    later = timezone.now() + timedelta(minutes=20)
    assert [tell_again(shop.counter.chain_id, "apple", now=later) for _ in range(2)] == [True, False]
    assert len(shop.counter.read("SELECT 1 FROM wallet_refreshes")) == 3


def test_the_sender_looks_for_them_in_every_chain() -> None:
    deaf, other = Deaf(), Deaf(number=2)
    for one in (deaf, other):
        one.shop.counter.read("UPDATE wallet_passes SET look_again_at = now() - interval '1 second' RETURNING 1")
    sender.look_round(AppleWallet(Remembering()), threading.Event())
    for one in (deaf, other):
        assert len(one.shop.counter.read("SELECT 1 FROM wallet_refreshes WHERE NOT is_urgent")) == 1


def test_it_is_found_by_its_index() -> None:
    shop = open_wallet_shop()
    card = shop.counter.issue("+4915112345678")
    values = {"chain": shop.counter.chain_id, "provider": "apple", "now": timezone.now(), "limit": 10}
    with unit_of_work(shop.counter.chain_id):
        execute(
            "INSERT INTO wallet_passes"
            " (id, chain_id, card_id, provider, pass_type, content_hash, tag, modified_at, made_at, told_tag, fetched_tag)"
            " SELECT gen_random_uuid(), %s, %s, 'apple', n::text, '', n, now(), now(), 0, 0 FROM generate_series(1, 5000) n",
            [shop.counter.chain_id, card.id],
        )
        row("SELECT set_config('enable_seqscan', 'off', true)")
        plan = "\n".join(one for (one,) in rows(f"EXPLAIN {again._TAKE}", values))
    assert "wallet_pass_to_look_at" in plan
