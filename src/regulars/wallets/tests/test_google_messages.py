"""Messages on cards in Google Wallet (MSG-5)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.kernel.ids import new_id
from regulars.platform.database import unit_of_work
from regulars.plugins.channels import Letter, Person, Unreachable
from regulars.plugins.testkit.channels import check_channel
from regulars.wallets.actions.sent_messages import google_messages
from tests.google_kit import GoogleShop, google_is_there, open_google_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[GoogleShop]:
    with google_is_there() as told:
        opened = open_google_shop(told)
        yield opened
        opened.provider.close()


def person_of(shop: GoogleShop, phone: str, *, has_it: bool = True) -> tuple[Person, str]:
    card = shop.counter.issue(phone)
    object_id = shop.take(card) if has_it else ""
    if has_it:
        assert shop.call(shop.told.call("save", object_id)) == 200
    return Person(chain_id=shop.counter.chain_id, language="en", card_ids=(card.id,)), object_id


def test_the_channel_holds_what_every_channel_must(shop: GoogleShop) -> None:
    reached, object_id = person_of(shop, "+4915112345678")
    unreached, _ = person_of(shop, "+4915112345679", has_it=False)
    check_channel(
        google_messages(),
        reached=[reached],
        unreached=[unreached],
        count_sent=lambda: len(shop.told.messages(object_id)),
        in_chain=unit_of_work,
        now=timezone.now(),
    )


def test_what_google_did_not_take_can_be_tried_again_and_what_it_may_have_cannot(shop: GoogleShop) -> None:
    person, object_id = person_of(shop, "+4915112345678")
    letter = Letter(id=new_id(), person=person, subject="", text="Come by", sender="Café Sonne")
    channel, now = google_messages(), timezone.now()
    shop.told.says = [429]
    assert channel.send(letter, now=now).outcome == "later"
    assert channel.send(letter, now=now).outcome == "sent"
    assert channel.send(letter, now=now).outcome == "sent"
    (message,) = shop.told.messages(object_id)
    assert (message["header"], message["body"]) == ("Café Sonne", "Come by")
    shop.told.says = [503]
    second = replace(letter, id=new_id())
    assert channel.send(second, now=now).outcome == "unclear"
    assert channel.send(second, now=now).outcome == "sent", "it is not sent again"
    assert len(shop.told.messages(object_id)) == 1


def test_no_more_than_three_a_day(shop: GoogleShop) -> None:
    person, object_id = person_of(shop, "+4915112345678")
    channel, now = google_messages(), timezone.now()
    for number in range(3):
        letter = Letter(id=new_id(), person=person, subject="", text=f"Come by {number}", sender="Café Sonne")
        assert channel.send(letter, now=now + timedelta(seconds=number)).outcome == "sent"
    with unit_of_work(person.chain_id):
        reach = channel.reach(person, now=now + timedelta(minutes=1))
    assert isinstance(reach, Unreachable)
    assert (reach.reason, reach.until) == ("too_many", now + timedelta(hours=24))
    assert {one["messageType"] for one in shop.told.messages(object_id)} == {"TEXT_AND_NOTIFY"}
