"""Messages to browsers that asked to be told of a web card (MSG-5): a real push service, and a browser that decrypts."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from regulars.cards.actions.lifecycle import renew_link
from regulars.cards.queries.cards import CardView
from regulars.kernel.ids import encode, new_id
from regulars.platform.database import rows, unit_of_work
from regulars.plugins.channels import Letter, Person, Unreachable, find_channel
from regulars.plugins.testkit.channels import check_channel
from regulars.wallets.actions.sent_messages import SentMessages, web_messages
from regulars.wallets.queries.messages import list_last_messages
from tests.ledger_kit import Counter, open_counter
from tests.push_kit import Browser, Service, push_service

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[Service]:
    with push_service() as told:
        yield told


@pytest.fixture
def counter() -> Counter:
    return open_counter()


def told_card(counter: Counter, phone: str, *subscriptions: str) -> tuple[CardView, Person]:
    card = counter.issue(phone)
    for one in subscriptions:
        path = card.link[card.link.index("/c/") :]
        assert Client().post(f"{path}/push", {"subscription": one}).status_code == 204
    return card, Person(chain_id=counter.chain_id, language="en", card_ids=(card.id,))


def letter_to(person: Person, text: str = "Come by ☕") -> Letter:
    return Letter(id=new_id(), person=person, subject="", text=text, sender="Café Sonne")


def test_the_channel_holds_what_every_channel_must(counter: Counter, service: Service) -> None:
    _, reached = told_card(counter, "+4915112345678", Browser().subscribe(service.url + "/anna"))
    _, unreached = told_card(counter, "+4915112345679")
    check_channel(
        web_messages(),
        reached=[reached],
        unreached=[unreached],
        count_sent=lambda: len(service.got),
        in_chain=unit_of_work,
        now=timezone.now(),
    )
    assert isinstance(find_channel("web"), SentMessages), "it is proposed"


def test_each_browser_shows_the_text_once_and_the_pass_of_another_wallet_does_not(
    counter: Counter, service: Service
) -> None:
    phone, desk = Browser(), Browser()
    card, person = told_card(
        counter, "+4915112345678", phone.subscribe(service.url + "/phone"), desk.subscribe(service.url + "/desk")
    )
    letter, now = letter_to(person), timezone.now()
    assert web_messages().send(letter, now=now).outcome == "sent"
    assert web_messages().send(letter, now=now).outcome == "sent"
    bodies = {path: body for path, _headers, body in service.got}
    assert len(service.got) == 2, "each browser once, however often it is tried"
    for browser, path in ((phone, "/phone"), (desk, "/desk")):
        told = json.loads(browser.read(bodies[path]))
        assert (told["title"], told["body"], told["tag"]) == ("Café Sonne", "Come by ☕", letter.id.hex)
    topics = {headers["Topic"] for _path, headers, _body in service.got}
    assert topics == {letter.id.hex}, "what the card shows next takes no message's place"
    with unit_of_work(counter.chain_id):
        assert list_last_messages(counter.chain_id, [card.id]) == {}


def test_a_busy_service_is_asked_again_and_a_browser_that_is_gone_is_not(counter: Counter, service: Service) -> None:
    _, person = told_card(counter, "+4915112345678", Browser().subscribe(service.url + "/anna"))
    channel, now = web_messages(), timezone.now()
    letter = letter_to(person)
    service.says["/anna"] = (429, {"Retry-After": "120"})
    busy = channel.send(letter, now=now)
    assert (busy.outcome, busy.after) == ("later", timedelta(seconds=120))
    service.says["/anna"] = (410, {})
    gone = channel.send(letter, now=now)
    assert (gone.outcome, gone.detail) == ("refused", "no_device")
    with unit_of_work(person.chain_id):
        assert rows("SELECT 1 FROM wallet_messages") == [], "what was not sent counts for no limit"
    service.says.clear()
    assert channel.send(letter, now=now).outcome == "sent"


def test_no_more_than_three_a_day_and_none_to_who_has_the_old_link(counter: Counter, service: Service) -> None:
    card, person = told_card(counter, "+4915112345678", Browser().subscribe(service.url + "/anna"))
    channel, now = web_messages(), timezone.now()
    for number in range(3):
        one = replace(letter_to(person, f"Come by {number}"), id=new_id())
        assert channel.send(one, now=now + timedelta(seconds=number)).outcome == "sent"
    with unit_of_work(person.chain_id):
        reach = channel.reach(person, now=now + timedelta(minutes=1))
    assert isinstance(reach, Unreachable)
    assert (reach.reason, reach.until) == ("too_many", now + timedelta(hours=24))
    assert channel.send(letter_to(person), now=now).detail == "too_many"
    renew_link(counter.shop.actor, encode("crd", card.id), now=now)
    tomorrow = now + timedelta(days=2)
    assert channel.send(letter_to(person), now=tomorrow).outcome == "refused"
    assert len(service.got) == 3
