"""Codes that change on cards in Google Wallet: drawn by Google's phone, shown at a till or an API (TIL-6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from regulars.cards.actions.lifecycle import delete_card, renew_link, restore_card
from regulars.cards.actions.shown import DEVICES_MAX, add_device, find_shown_card
from regulars.cards.queries.cards import CardView
from regulars.cards.rules.rotating import make_code, step_at
from regulars.customers.actions import enter_customer, remove_customer
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode
from regulars.kernel.refusal import Refused
from regulars.platform.database import unit_of_work
from regulars.wallets.actions.google_account import remove_account, upload_account
from tests.design_kit import publish
from tests.google_kit import GoogleShop, google_is_there, open_google_shop
from tests.google_stand_in import ISSUER, account_file, read_jwt

pytestmark = pytest.mark.django_db
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def shop() -> Iterator[GoogleShop]:
    with google_is_there() as told:
        opened = open_google_shop(told)
        yield opened
        opened.provider.close()


def shown(shop: GoogleShop, payload: str, now: datetime) -> str:
    """The card's number and status, or the code of the refusal."""
    try:
        with unit_of_work(shop.counter.chain_id):
            card = find_shown_card(shop.counter.actor, payload, now=now)
    except Refused as refused:
        return refused.refusal.code
    return f"{card.number} {card.status}"


def rotating_card(shop: GoogleShop) -> tuple[CardView, str]:
    """A card whose code changes, in somebody's Google Wallet."""
    publish(shop.counter, rotating=True)
    card = shop.counter.issue("+4915112345678")
    return card, shop.take(card)


def secrets_kept(shop: GoogleShop) -> int:
    found = shop.counter.read("SELECT count(*) FROM card_devices WHERE wallet = 'google' AND hidden_secret <> ''")
    return int(found[0][0])


def test_a_phone_draws_codes_that_are_good_once_and_a_picture_of_one_is_not(shop: GoogleShop) -> None:
    card, object_id = rotating_card(shop)
    held, now = shop.told.objects[object_id], timezone.now()
    assert "barcode" not in held, "Google would show the fixed one wherever it cannot draw the other"
    assert held["rotatingBarcode"]["alternateText"] == card.number
    good = f"{card.number} active"
    code = shop.told.code_on(object_id, now)
    assert shown(shop, code, now) == good
    assert shown(shop, code, now) == "rotating_code_used"
    assert shown(shop, shop.told.code_on(object_id, now - HALF_MINUTE), now) == "rotating_code_used"
    assert shown(shop, shop.told.code_on(object_id, now + HALF_MINUTE), now) == good
    assert shown(shop, shop.told.code_on(object_id, now + 2 * HALF_MINUTE), now) == "rotating_code_early"
    assert shown(shop, code, now + timedelta(minutes=5)) == "rotating_code_late"
    later = now + timedelta(minutes=5)
    forged = shop.told.code_on(object_id, later)
    assert shown(shop, forged[:-1] + str((int(forged[-1]) + 1) % 10), later) == "not_found"
    assert shown(shop, forged, later) == good, "a wrong one uses nothing up"


def test_the_secret_is_with_google_alone(shop: GoogleShop) -> None:
    card, object_id = rotating_card(shop)
    (kept,) = shop.counter.read("SELECT id, hidden_secret FROM card_devices WHERE wallet = 'google'")
    key = bytes.fromhex(shop.told.objects[object_id]["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"])
    assert len(key) == 20
    assert key not in bytes(kept[1])
    location = shop.client.get(shop.link(card))["Location"]
    assert "rotatingBarcode" not in str(read_jwt(location.rpartition("/")[2], shop.told.key.public_key()))
    other = shop.counter.issue("+4915112345679")
    assert shop.told.objects[shop.take(other)]["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"] != key.hex()
    now = timezone.now()
    for _ in range(DEVICES_MAX + 1):
        phone = add_device(shop.counter.chain_id, card.id, now=now)
    assert shown(shop, shop.told.code_on(object_id, now), now) == f"{card.number} active", "phones do not displace it"
    assert shown(shop, make_code(kept[0], key, step_at(now) + 1), now) == "not_found"
    assert shown(shop, make_code(phone.id, phone.secret, step_at(now)), now) == f"{card.number} active"


def test_switched_on_and_off_it_reaches_the_passes_that_people_have(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    shop.send()
    held = shop.told.objects[object_id]
    assert (held["barcode"]["value"], "rotatingBarcode" in held) == (card.number, False)
    publish(shop.counter, rotating=True)
    shop.send()
    shop.send()
    held, now = shop.told.objects[object_id], timezone.now()
    assert ("barcode" in held, "rotatingBarcode" in held) == (False, True)
    before, code = len(shop.told.asked), shop.told.code_on(object_id, now)
    assert shown(shop, code, now) == f"{card.number} active"
    publish(shop.counter, barcode="aztec")
    shop.send()
    shop.send()
    assert shop.told.code_on(object_id, now) == code, "the same secret goes on"
    # What the cards share is compared with one of them, which is written as it was.
    assert {path.split("/")[3] for _, path in shop.told.asked[before:]} == {"loyaltyObject"}
    publish(shop.counter, rotating=False)
    assert shown(shop, shop.told.code_on(object_id, now + HALF_MINUTE), now) == "rotating_code_off"
    shop.send()
    shop.send()
    held = shop.told.objects[object_id]
    assert (held["barcode"]["type"], held["barcode"]["value"]) == ("AZTEC", card.number)
    assert "rotatingBarcode" not in held


def test_a_card_without_a_code_gets_none_that_changes(shop: GoogleShop) -> None:
    publish(shop.counter, barcode="none")
    _card, object_id = rotating_card(shop)
    held = shop.told.objects[object_id]
    assert ("barcode" in held, "rotatingBarcode" in held, secrets_kept(shop)) == (False, False, 0)


def test_a_renewed_link_gives_google_another_secret(shop: GoogleShop) -> None:
    card, object_id = rotating_card(shop)
    now = timezone.now()
    old = shop.told.code_on(object_id, now)
    renew_link(shop.counter.actor, encode("crd", card.id), now=now)
    assert shown(shop, old, now) == "rotating_code_off"
    shop.send()
    assert shown(shop, old, now) == "not_found"
    assert shown(shop, shop.told.code_on(object_id, now), now) == f"{card.number} active"
    assert secrets_kept(shop) == 1


def test_a_deleted_card_has_no_secret_and_a_restored_one_another(shop: GoogleShop) -> None:
    card, object_id = rotating_card(shop)
    now, identifier = timezone.now(), encode("crd", card.id)
    old = shop.told.code_on(object_id, now)
    delete_card(shop.counter.actor, identifier, now=now)
    assert secrets_kept(shop) == 0
    assert shown(shop, old, now) == f"{card.number} deleted", "the till says what it says to the number"
    shop.send()
    assert "rotatingBarcode" not in shop.told.objects[object_id]
    restore_card(shop.counter.actor, identifier, now=now)
    assert shown(shop, old, now) == "rotating_code_off"
    shop.send()
    assert shown(shop, shop.told.code_on(object_id, now), now) == f"{card.number} active"


def test_of_a_person_who_is_erased_no_secret_is_left(shop: GoogleShop) -> None:
    now = timezone.now()
    draft = CustomerDraft(name="Anna", phones=("+4915112345678",))
    person = enter_customer(shop.counter.actor, draft, country="DE", today=now.date(), now=now)
    card, object_id = rotating_card(shop)
    add_device(shop.counter.chain_id, card.id, now=now)
    old = shop.told.code_on(object_id, now)
    remove_customer(shop.counter.actor, encode("cus", person.id), now=now)
    assert shop.counter.read("SELECT count(*) FROM card_devices") == [(0,)]
    assert shown(shop, old, now) == "not_found"


def test_without_the_account_no_code_counts_and_with_it_they_come_back(shop: GoogleShop) -> None:
    card, object_id = rotating_card(shop)
    shop.send()
    now, actor = timezone.now(), shop.counter.actor
    old = shop.told.code_on(object_id, now)
    remove_account(actor, now=now)
    assert (secrets_kept(shop), shown(shop, old, now)) == (0, "not_found")
    upload_account(actor, account_file(), ISSUER, now=now)
    shop.send()
    shop.send()
    good = f"{card.number} active"
    assert shown(shop, shop.told.code_on(object_id, now), now) == good, "who has the card need do nothing"
    upload_account(actor, account_file(), ISSUER, now=now)
    assert shown(shop, shop.told.code_on(object_id, now + HALF_MINUTE), now) == good, "a new key changes nothing"
    shop.told.issuers.add("3388000000000000042")
    upload_account(actor, account_file(), "3388000000000000042", now=now)
    assert secrets_kept(shop) == 0, "what another issuer's cards show is told nothing, and counts no more"
