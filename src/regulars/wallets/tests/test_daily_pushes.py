"""A pass is pushed so often a day only; what changes beyond that is told when the day is over, and at once to who asks (WAL-5)."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode, new_id
from regulars.platform.database import execute, unit_of_work
from regulars.plugins.channels import Letter, Person
from regulars.wallets.actions.messages import apple_messages
from regulars.wallets.actions.waves import begin_wave
from regulars.wallets.rules.sending import A_DAY, KEPT_FOR_PRESSING, SPENT, held_until
from tests.people import sign_in_client
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, open_wallet_shop

pytestmark = pytest.mark.django_db
DAILY = 3


@pytest.fixture(autouse=True)
def _few(settings: Any) -> None:
    settings.PUSHES_A_DAY = DAILY


class Told:
    """A card whose phone was told as often as it may be today."""

    def __init__(self) -> None:
        self.shop, self.phone, self.pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
        self.card: CardView = self.shop.counter.issue("+4915112345678")
        self.serial = self.phone.take(self.shop.link(self.card))
        self.began = timezone.now()
        for minute in range(1, DAILY + 1):
            self.earn("1")
            assert self.send(minutes=minute) == 1
            self.phone.update()
        self.day_ends = self.read("pushes_since")[0] + A_DAY

    def earn(self, points: str) -> None:
        self.shop.counter.adjust(self.card, points)

    def send(self, **later: float) -> int:
        """How many pushes there are so long after the beginning."""
        return self.send_at(self.began + timedelta(**later))

    def send_at(self, moment: datetime) -> int:
        before = len(self.pusher.pushed)
        self.shop.send(self.pusher, later=moment - timezone.now())
        return len(self.pusher.pushed) - before

    def read(self, columns: str, table: str = "wallet_passes") -> tuple[Any, ...]:
        ((*values,),) = self.shop.counter.read(f"SELECT {columns} FROM {table}")
        return tuple(values)


def test_what_changes_beyond_the_day_waits_and_is_told_once_in_its_newest_state() -> None:
    told = Told()
    for minute in range(5, 9):
        told.earn("10")
        assert told.send(minutes=minute) == 0
    assert told.read("problem, due_at, tries", "wallet_refreshes") == (SPENT, told.day_ends, 0)
    assert told.send_at(told.day_ends - timedelta(seconds=2)) == 0
    assert told.send_at(told.day_ends + timedelta(seconds=1)) == 1
    assert told.phone.update() == [told.serial]
    assert told.phone.shows(told.serial, "Points") == 43
    assert told.read("pushes") == (1,)
    assert told.shop.counter.read("SELECT 1 FROM wallet_refreshes") == []


def test_a_phone_that_asks_by_itself_gets_the_newest_and_is_not_told_of_it_later() -> None:
    told = Told()
    told.earn("10")
    assert told.send(minutes=5) == 0
    assert told.phone.update() == [told.serial]
    assert told.phone.shows(told.serial, "Points") == 13
    assert told.send_at(told.day_ends + timedelta(seconds=1)) == 0


def test_a_blocked_card_goes_over_the_day_but_what_all_cards_of_a_type_show_does_not() -> None:
    told = Told()
    with unit_of_work(told.shop.counter.chain_id):
        execute("UPDATE card_types SET name = 'Gold card'")
        begin_wave(told.shop.counter.chain_id, told.shop.counter.card_type.id, at=timezone.now())
    assert told.send(minutes=5) == told.send(minutes=6) == 0
    block_card(told.shop.counter.actor, encode("crd", told.card.id), reason="Lost", now=timezone.now())
    assert told.send(minutes=7) == 1
    told.phone.update()
    assert told.phone.passes[told.serial]["voided"] is True


def write(told: Told, text: str) -> None:
    person = Person(chain_id=told.shop.counter.chain_id, card_ids=(told.card.id,))
    letter = Letter(id=new_id(), person=person, subject="", text=text, sender="Café Sonne")
    assert apple_messages().send(letter, now=timezone.now()).outcome == "waiting"


def test_a_message_goes_over_the_day_and_takes_what_waits_with_it() -> None:
    told = Told()
    told.earn("10")
    assert told.send(minutes=5) == 0
    with unit_of_work(told.shop.counter.chain_id):
        execute("UPDATE wallet_passes SET told_at = now() - interval '1 hour'")
    write(told, "Come by")
    assert told.send(minutes=6) == 1
    told.phone.update()
    assert told.phone.shows(told.serial, "Message") == "Come by"
    assert told.phone.shows(told.serial, "Points") == 13


def test_the_page_of_operation_says_what_waits_for_the_next_day() -> None:
    told = Told()
    told.earn("10")
    told.send(minutes=5)
    html = sign_in_client(Client(), told.shop.counter.shop).get("/settings/wallets/operation").content.decode()
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "Told often today, and waiting" in shown
    assert "with all that changed by then" in shown
    assert "Waiting after a try that failed" not in shown


def test_the_rule_of_the_day() -> None:
    now = timezone.now()
    for since, pushes, presses, held in (
        (None, 99, False, None),
        (now - A_DAY, 99, False, None),
        (now - timedelta(hours=1), 2, False, None),
        (now - timedelta(hours=1), 3, False, now + timedelta(hours=23)),
        (now - timedelta(hours=1), 3, True, None),
        (now - timedelta(hours=1), 3 + KEPT_FOR_PRESSING, True, now + timedelta(hours=23)),
    ):
        assert held_until(since, pushes, daily_max=3, presses=presses, now=now) == held
