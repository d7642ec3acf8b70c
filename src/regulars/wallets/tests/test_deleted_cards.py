"""A card that is deleted is void on every phone, and good again once it is brought back (CRD-7, WAL-5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from regulars.cards.actions.lifecycle import delete_card, restore_card
from regulars.kernel.ids import encode
from tests.google_kit import google_is_there, open_google_shop
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, open_wallet_shop

pytestmark = pytest.mark.django_db


def test_a_phone_is_told_of_a_deleted_card_and_fetches_a_pass_that_is_void() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    shop.counter.adjust(card, "12.50")
    serial, card_id = phone.take(shop.link(card)), encode("crd", card.id)
    shop.send(pusher)
    phone.update()
    pusher.pushed.clear()
    delete_card(shop.counter.actor, card_id, write_off=True, now=timezone.now())
    shop.send(pusher)
    assert pusher.pushed == [phone.push_token]
    assert phone.update() == [serial]
    gone = phone.passes[serial]
    assert (gone["voided"], "barcodes" in gone) == (True, False)
    assert "12.5" not in str(gone["storeCard"]), "it shows nothing of what it was"
    restore_card(shop.counter.actor, card_id, now=timezone.now())
    shop.send(pusher)
    assert phone.update() == [serial]
    back = phone.passes[serial]
    assert ("voided" in back, back["barcodes"][0]["message"]) == (False, card.number)
    assert phone.shows(serial, "Points") == 12.5


def test_a_phone_that_slept_through_it_finds_the_deleted_card_void() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    shop.send(Remembering())
    delete_card(shop.counter.actor, encode("crd", card.id), now=timezone.now())
    shop.send(Remembering(), later=timedelta(days=20))
    assert phone.fetch(serial) == 200
    assert phone.passes[serial]["voided"] is True


def test_google_takes_a_deleted_card_back_without_a_ring_and_shows_it_again() -> None:
    with google_is_there() as told:
        shop = open_google_shop(told)
        card = shop.counter.issue("+4915112345678")
        shop.counter.adjust(card, "12.50")
        object_id, card_id = shop.take(card), encode("crd", card.id)
        shop.send()
        delete_card(shop.counter.actor, card_id, write_off=True, now=timezone.now())
        shop.send()
        held = told.objects[object_id]
        assert (held["state"], "barcode" in held, "loyaltyPoints" in held) == ("INACTIVE", False, False)
        assert told.bodies[-1]["notifyPreference"] != "NOTIFY_ON_UPDATE"
        restore_card(shop.counter.actor, card_id, now=timezone.now())
        shop.send()
        held = told.objects[object_id]
        assert (held["state"], held["barcode"]["value"]) == ("ACTIVE", card.number)
        assert "12.5" in str([held.get("loyaltyPoints"), held.get("secondaryLoyaltyPoints")])
        shop.provider.close()
