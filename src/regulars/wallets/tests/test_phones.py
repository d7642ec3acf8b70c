"""Phones with Apple Wallet, from the link to the newest state (WAL-1, WAL-5)."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from regulars.cards.actions.lifecycle import block_card, unblock_card
from regulars.cards.queries.cards import find_card
from regulars.kernel.ids import encode, new_id
from regulars.platform.database import unit_of_work
from regulars.wallets.rules.sending import Answer
from tests.apple_kit import PASS_TYPE
from tests.ledger_kit import open_counter
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop, soon

pytestmark = pytest.mark.django_db


def platforms(shop: WalletShop, card_id: object) -> tuple[str, ...]:
    with unit_of_work(shop.counter.chain_id):
        found = find_card(shop.counter.chain_id, card_id, now=soon(0))  # type: ignore[arg-type]
    assert found
    return found.platforms


def test_a_card_goes_to_a_phone_and_follows_its_balance() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    assert phone.passes[serial]["barcodes"][0]["message"] == card.number
    assert "apple" in platforms(shop, card.id)
    shop.send(pusher)
    assert phone.update() == [serial], "the first time a phone asks it is told of what it has"
    assert phone.ask() == []
    before = len(pusher.pushed)
    shop.counter.adjust(card, "12.50")
    assert shop.send(pusher) == 1
    assert pusher.pushed[before:] == [phone.push_token]
    assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 12.5
    assert phone.fetch(serial) == 304
    assert phone.ask() == []


def test_ten_changes_are_one_push() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    shop.send(pusher)
    pusher.pushed.clear()
    for _ in range(10):
        shop.counter.adjust(card, "1")
    assert shop.send(pusher) == 1
    assert len(pusher.pushed) == 1
    assert shop.send(pusher) == 0
    phone.update()
    assert phone.shows(serial, "Points") == 10


def test_what_changes_nothing_that_is_shown_tells_nobody() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    phone.take(shop.link(card))
    shop.send(pusher)
    phone.update()
    pusher.pushed.clear()
    shop.counter.adjust(card, "1")
    shop.counter.adjust(card, "-1")
    assert shop.send(pusher) == 1
    assert pusher.pushed == []
    assert phone.ask() == []


def test_a_phone_of_two_passes_is_told_of_the_one_that_changed() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    cards = [shop.counter.issue(f"+49151123456{number}0") for number in range(3)]
    serials = [phone.take(shop.link(card)) for card in cards]
    shop.send(pusher)
    phone.update()
    for card in (cards[2], cards[0]):
        shop.counter.adjust(card, "3")
    shop.send(pusher)
    assert sorted(phone.update()) == sorted([serials[0], serials[2]])


def test_a_token_that_changes_is_the_one_that_is_used() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    assert phone.register(serial, "cd" * 32) == 200
    shop.counter.adjust(card, "3")
    shop.send(pusher)
    assert set(pusher.pushed) == {"cd" * 32}


def test_a_phone_that_put_the_pass_away_is_left_alone() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    assert phone.unregister(serial) == 200
    assert phone.unregister(serial) == 200
    assert "apple" not in platforms(shop, card.id)
    shop.counter.adjust(card, "3")
    shop.send(pusher)
    assert pusher.pushed == []
    assert phone.ask() == []
    # The pass itself still knows its secret: somebody who shares it shows the newest state.
    assert phone.fetch(serial) in (200, 304)


def test_a_blocked_card_is_void_in_the_phone_until_it_is_not() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    shop.send(pusher)
    phone.update()
    block_card(shop.counter.actor, encode("crd", card.id), reason="lost", now=soon(0))
    shop.send(pusher)
    assert phone.update() == [serial]
    assert phone.passes[serial]["voided"] is True
    assert "barcodes" not in phone.passes[serial]
    unblock_card(shop.counter.actor, encode("crd", card.id), now=soon(0))
    shop.send(pusher)
    assert phone.update() == [serial]
    assert "voided" not in phone.passes[serial]


def test_a_dead_token_ends_the_registration() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue("+4915112345678")
    phone.take(shop.link(card))
    shop.counter.adjust(card, "3")
    shop.send(Remembering(Answer("gone", "Unregistered")))
    assert "apple" not in platforms(shop, card.id)
    later = Remembering()
    shop.counter.adjust(card, "3")
    shop.send(later)
    assert later.pushed == []


def test_what_could_not_be_told_is_told_later_and_given_up_in_the_end() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue("+4915112345678")
    phone.take(shop.link(card))
    busy = Remembering(Answer("later", "TooManyRequests"))
    shop.counter.adjust(card, "3")
    tries = sum(shop.send(busy, later=timedelta(days=day)) for day in range(1, 12))
    assert tries == len(busy.pushed) == 7
    kinds = shop.counter.read("SELECT kind, problem FROM wallet_events ORDER BY id")
    assert kinds[-1] == ("given_up", "TooManyRequests")


def test_only_who_holds_the_pass_gets_in() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card, other = shop.counter.issue("+4915112345678"), shop.counter.issue("+4915112345679")
    serial, foreign = phone.take(shop.link(card)), phone.take(shop.link(other))
    secret = {"Authorization": f"ApplePass {phone.passes[foreign]['authenticationToken']}"}
    client = Client()
    for headers in ({}, {"Authorization": "ApplePass x"}, {"Authorization": "Bearer y"}, secret):
        assert client.get(f"/apple/v1/passes/{PASS_TYPE}/{serial}", headers=headers).status_code == 401
        address = f"/apple/v1/devices/phone-2/registrations/{PASS_TYPE}/{serial}"
        body = json.dumps({"pushToken": "ab" * 32})
        assert client.post(address, body, content_type="application/json", headers=headers).status_code == 401
        assert client.delete(address, headers=headers).status_code == 401
    unknown = encode("pas", new_id())
    own = {"Authorization": f"ApplePass {phone.passes[serial]['authenticationToken']}"}
    for path in (f"{PASS_TYPE}/{unknown}", f"{PASS_TYPE}/nonsense", f"pass.other.type/{serial}"):
        address = f"/apple/v1/devices/phone-2/registrations/{path}"
        for headers in (secret, own):
            assert client.get(f"/apple/v1/passes/{path}", headers=headers).status_code == 401, path
            assert client.post(address, body, content_type="application/json", headers=headers).status_code == 401, path
            assert client.delete(address, headers=headers).status_code == 401, path
    assert shop.counter.read("SELECT DISTINCT device FROM wallet_registrations") == [("phone-1",)]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"pushToken": 5}', b'{"pushToken": ""}', b'{"pushToken": "zz"}',
     b'{"pushToken": "' + b"ab" * 3000 + b'"}', b"[" * 3000, b'{"pushToken": "\xff\xfe"}'],
)  # fmt: skip
def test_a_registration_that_is_none_is_refused(body: bytes) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    serial = phone.take(shop.link(shop.counter.issue("+4915112345678")))
    headers = {"Authorization": f"ApplePass {phone.passes[serial]['authenticationToken']}"}
    address = f"/apple/v1/devices/phone-2/registrations/{PASS_TYPE}/{serial}"
    answer = Client().post(address, body, content_type="application/json", headers=headers)
    assert answer.status_code == 400


def test_phones_that_nobody_knows_hear_of_no_change() -> None:
    client = Client()
    for path in (
        f"devices/unknown/registrations/{PASS_TYPE}",
        "devices/%20/registrations/pass.x",
        "devices/a/registrations/b",
    ):
        for tag in ("", "?passesUpdatedSince=nonsense", "?passesUpdatedSince=2026-11-28T00:00:00+00:00"):
            assert client.get(f"/apple/v1/{path}{tag}").status_code == 204


def test_what_phones_complain_about_is_taken() -> None:
    client = Client()
    for body in (
        b'{"logs": ["[2026] Register task (for device 3f2a) encountered error"]}',
        b"",
        b"{",
        b'{"logs": 5}',
        b"x" * 50_000,
    ):
        assert client.post("/apple/v1/log", body, content_type="application/json").status_code == 200


def test_head_and_conditional_questions() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    serial = phone.take(shop.link(shop.counter.issue("+4915112345678")))
    headers = {"Authorization": f"ApplePass {phone.passes[serial]['authenticationToken']}"}
    answer = Client().head(f"/apple/v1/passes/{PASS_TYPE}/{serial}", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.apple.pkpass")
    assert phone.fetch(serial) == 304


def test_without_a_certificate_there_is_no_pass_and_no_button() -> None:
    counter = open_counter()
    link = counter.issue("+4915112345678").link
    path = link[link.index("/c/") :]
    page = Client().get(path)
    assert page.status_code == 200
    assert b"Apple" not in page.content
    assert Client().get(path + "/apple").status_code == 409
    assert Client().get("/c/nonsense/apple").status_code == 404


def test_a_phone_that_asks_oddly_is_told_so_without_a_page(client: Client) -> None:
    wrong_way = client.put("/apple/v1/log")
    assert (wrong_way.status_code, wrong_way["Content-Type"]) == (405, "application/problem+json")
    nowhere = client.get("/apple/v2/passes")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "no_such_address")
    assert "Set-Cookie" not in nowhere.headers
