"""Birthdays on passes and web cards (WAL-4): on the day by the chain's clock, told once, gone the day after."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.chains.actions import Forward, catch_up, move_clock
from regulars.chains.queries import find_chain
from regulars.customers.actions import enter_customer, remove_customer
from regulars.customers.rules import CustomerDraft, birthdays_kept_on, is_kept_on
from regulars.kernel.ids import encode
from regulars.platform.clock import now_in, real_now
from regulars.platform.database import unit_of_work
from regulars.wallets.actions.birthdays import greet_birthdays
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.actions.web_wallet import WebWallet
from regulars.wallets.queries.view import gather
from tests.phone_kit import Phone
from tests.push_kit import Browser, push_service
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop

pytestmark = pytest.mark.django_db
GREETING = "Happy birthday!"


@pytest.mark.parametrize(
    ("born", "day", "is_kept"),
    [
        (date(1990, 5, 17), date(2026, 5, 17), True),
        (date(1990, 5, 17), date(2026, 5, 18), False),
        # Born on 29 February: the 28th in a common year, the day itself in a leap year.
        (date(1992, 2, 29), date(2026, 2, 28), True),
        (date(1992, 2, 29), date(2026, 3, 1), False),
        (date(1992, 2, 29), date(2028, 2, 28), False),
        (date(1992, 2, 29), date(2028, 2, 29), True),
        (date(1990, 2, 28), date(2028, 2, 29), False),
        (date(1990, 12, 31), date(2026, 1, 1), False),
    ],
)
def test_the_day_on_which_a_birthday_is_kept(born: date, day: date, is_kept: bool) -> None:
    assert is_kept_on(born, day) is is_kept
    assert (born.month * 100 + born.day in birthdays_kept_on(day)) is is_kept


def today_of(shop: WalletShop) -> date:
    with unit_of_work(shop.counter.chain_id):
        chain = find_chain(shop.counter.chain_id)
    assert chain is not None
    return now_in(chain.id).astimezone(chain.zone).date()


def forward_to(shop: WalletShop, day: date) -> None:
    """Move the clock of the chain to this day, half an hour past midnight, and do what then is due."""
    with unit_of_work(shop.counter.chain_id):
        chain = find_chain(shop.counter.chain_id)
    assert chain is not None
    to = datetime.combine(day, time(0, 30), chain.zone)
    move_clock(shop.counter.actor, Forward(to=to), real=real_now(), defer=lambda _: None)
    catch_up(chain.id, now=now_in(chain.id))


def card_of(shop: WalletShop, number: int, birthday: date | None) -> CardView:
    phone, now = f"+491511234567{number}", timezone.now()
    draft = CustomerDraft(name=f"Person {number}", phones=(phone,), birthday=birthday)
    enter_customer(shop.counter.actor, draft, country="DE", today=now.date(), now=now)
    return shop.counter.issue(phone)


def greets(phone: Phone, serial: str) -> bool:
    phone.update()
    return GREETING in json.dumps(phone.passes[serial])


def sent_to(shop: WalletShop, pusher: Remembering) -> list[str]:
    pusher.pushed.clear()
    while shop.send(pusher):
        pass
    return sorted(pusher.pushed)


def test_a_pass_greets_on_the_day_and_no_longer() -> None:
    shop, pusher = open_wallet_shop(is_test=True), Remembering()
    day = today_of(shop) + timedelta(days=3)
    cards = [card_of(shop, n, born) for n, born in enumerate((day.replace(year=1980), date(1980, 1, 15), None))]
    phones = [Phone(f"phone-{number}", push_token=f"{number:02}" * 32) for number in range(3)]
    serials = [phone.take(shop.link(card)) for phone, card in zip(phones, cards, strict=True)]
    sent_to(shop, pusher)
    forward_to(shop, day - timedelta(days=1))
    assert sent_to(shop, pusher) == []
    assert not greets(phones[0], serials[0])
    forward_to(shop, day)
    assert sent_to(shop, pusher) == [phones[0].push_token]
    assert [greets(*one) for one in zip(phones, serials, strict=True)] == [True, False, False]
    shown = phones[0].passes[serials[0]]["storeCard"]["auxiliaryFields"][0]
    assert (shown["value"], shown["changeMessage"]) == (GREETING, "%@")
    # Every hour of the day it is looked at again, and nobody is told twice.
    assert greet_birthdays(shop.counter.chain_id, now_in(shop.counter.chain_id)) == 0
    assert sent_to(shop, pusher) == []
    page = Client().get(cards[0].link[cards[0].link.index("/c/") :]).content.decode()
    assert GREETING in page
    forward_to(shop, day + timedelta(days=1))
    assert sent_to(shop, pusher) == [phones[0].push_token]
    assert not greets(phones[0], serials[0])
    page = Client().get(cards[0].link[cards[0].link.index("/c/") :]).content.decode()
    assert GREETING not in page
    forward_to(shop, day + timedelta(days=5))
    assert sent_to(shop, pusher) == []


def test_a_birthday_that_was_corrected_meanwhile_leaves_no_greeting_behind() -> None:
    shop, pusher = open_wallet_shop(is_test=True), Remembering()
    day = today_of(shop) + timedelta(days=1)
    card, phone = card_of(shop, 1, day.replace(year=1980)), Phone("phone-1")
    serial = phone.take(shop.link(card))
    forward_to(shop, day)
    sent_to(shop, pusher)
    assert greets(phone, serial)
    shop.counter.read("UPDATE customers SET birthday = '1980-01-15' WHERE id = %s RETURNING 1", [card.customer_id])
    forward_to(shop, day + timedelta(days=1))
    assert sent_to(shop, pusher) == [phone.push_token]
    assert not greets(phone, serial)


def test_of_a_deleted_customer_no_birthday_is_kept() -> None:
    shop = open_wallet_shop(is_test=True)
    day = today_of(shop) + timedelta(days=1)
    card = card_of(shop, 1, day.replace(year=1980))
    Phone("phone-1").take(shop.link(card))
    forward_to(shop, day)
    assert shop.counter.read("SELECT day FROM wallet_greetings") == [(day,)]
    assert card.customer_id is not None
    remove_customer(shop.counter.actor, encode("cus", card.customer_id), now=timezone.now())
    assert shop.counter.read("SELECT day FROM wallet_greetings") == []


def test_a_browser_is_told_once_when_the_birthday_begins_and_not_when_it_is_over() -> None:
    with push_service() as service:
        shop, anna = open_wallet_shop(is_test=True), Browser()
        chain_id = shop.counter.chain_id
        day = today_of(shop) + timedelta(days=2)
        card = card_of(shop, 1, day.replace(year=1980))
        path = card.link[card.link.index("/c/") :]
        assert Client().post(f"{path}/push", {"subscription": anna.subscribe(service.url + "/anna")}).status_code == 204

        def send(round_: int) -> int:
            now = timezone.now() + timedelta(minutes=5 * round_)
            before = len(service.got)
            refresh_due(chain_id, gather(now_in(chain_id)), WebWallet(), now=lambda: now)
            return len(service.got) - before

        forward_to(shop, day)
        assert send(1) == 1
        assert GREETING in json.loads(anna.read(service.got[-1][2]))["body"]
        assert send(2) == 0
        forward_to(shop, day + timedelta(days=1))
        assert send(3) == 0
