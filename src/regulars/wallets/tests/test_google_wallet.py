"""Cards in Google Wallet, from the link to the newest state, against a stand-in that checks all that it is sent (WAL-1, WAL-5)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client, override_settings
from django.utils import timezone

from regulars.cards.actions.lifecycle import block_card, unblock_card
from regulars.cards.queries.cards import find_card
from regulars.kernel.ids import decode, encode, new_id
from regulars.platform.database import execute, unit_of_work
from regulars.wallets.queries.google import find_google_account
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.google.account import GoogleAccount
from regulars.wallets.rules.google.tokens import LINK_LETTERS_MAX
from regulars.wallets.rules.port import Message, PassChange
from tests.google_kit import ANDROID, DESK, IPHONE, GoogleShop, google_is_there, open_google_shop
from tests.google_stand_in import EMAIL, ISSUER, read_jwt
from tests.ledger_kit import open_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[GoogleShop]:
    with google_is_there() as told:
        opened = open_google_shop(told)
        yield opened
        opened.provider.close()


def platforms(shop: GoogleShop, card_id: object) -> tuple[str, ...]:
    with unit_of_work(shop.counter.chain_id):
        found = find_card(shop.counter.chain_id, card_id, now=timezone.now())  # type: ignore[arg-type]
    assert found
    return found.platforms


def points(shop: GoogleShop, object_id: str) -> dict[str, object]:
    """What the card says under its label, wherever Google shows it."""
    held = shop.told.objects[object_id]
    both = [held[name] for name in ("loyaltyPoints", "secondaryLoyaltyPoints") if name in held]
    return dict(next(one["balance"] for one in both if one["label"] == "Points"))


def events(shop: GoogleShop) -> list[str]:
    return [kind for (kind,) in shop.counter.read("SELECT kind FROM wallet_events ORDER BY id")]


def test_a_link_is_short_signed_and_names_a_card_that_google_has(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    answer = shop.client.get(shop.link(card))
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (302, True)
    link = answer["Location"]
    assert link.startswith("https://pay.google.com/gp/v/save/")
    assert len(link) < LINK_LETTERS_MAX
    claims = read_jwt(link.rpartition("/")[2], shop.told.key.public_key())
    assert {name: claims[name] for name in ("iss", "aud", "typ")} == {
        "iss": EMAIL,
        "aud": "google",
        "typ": "savetowallet",
    }
    (object_id,) = shop.told.objects
    held = shop.told.objects[object_id]
    assert claims["payload"] == {"loyaltyObjects": [{"id": object_id, "classId": held["classId"]}]}
    assert (held["state"], held["barcode"]["value"], held["accountId"]) == ("ACTIVE", card.number, card.number)
    assert points(shop, object_id) == {"int": 0}
    shared = shop.told.classes[held["classId"]]
    assert shared["callbackOptions"] == {"url": "https://cards.example/google/callback"}
    asked = len(shop.told.asked)
    assert shop.object_in(shop.client.get(shop.link(card))["Location"]) == object_id
    assert len(shop.told.asked) == asked, "what Google has it is not sent again"


def test_pictures_are_where_google_is_told_to_fetch_them(shop: GoogleShop) -> None:
    shop.take(shop.counter.issue("+4915112345678"))
    (shared,) = shop.told.classes.values()
    url = shared["programLogo"]["sourceUri"]["uri"]
    path = url.removeprefix("https://cards.example")
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"], answer.content[:4]) == (200, "image/png", b"\x89PNG")
    assert "immutable" in answer["Cache-Control"]
    assert Client().get(path.replace("/chn_", "/chn_0")).status_code == 404
    assert Client().get(path[:-8] + "0000.png").status_code == 404


def test_a_change_is_one_write_of_absolute_values(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    shop.send()
    before = len(shop.told.asked)
    for _ in range(10):
        shop.counter.adjust(card, "1.25")
    assert shop.send() == 1
    assert shop.told.asked[before:] == [("PATCH", f"/walletobjects/v1/loyaltyObject/{object_id}")]
    assert points(shop, object_id) == {"string": "12.5"}
    assert shop.told.bodies[-1]["notifyPreference"] == "NOTIFY_ON_UPDATE"
    assert shop.send() == 0


def test_who_took_it_and_who_put_it_away_is_known_from_googles_calls(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.object_in(shop.client.get(shop.link(card))["Location"])
    assert "google" not in platforms(shop, card.id)
    saved = shop.told.call("save", object_id)
    assert shop.call(saved) == 200
    assert shop.call(saved) == 200, "Google calls again where it did not hear us"
    assert "google" in platforms(shop, card.id)
    assert events(shop).count("registered") == 1
    assert shop.call(shop.told.call("del", object_id, ends_at=datetime.now(UTC) + timedelta(hours=2))) == 200
    assert "google" not in platforms(shop, card.id)
    assert shop.call(shop.told.call("save", object_id, ends_at=datetime.now(UTC) + timedelta(minutes=90))) == 200
    assert "google" not in platforms(shop, card.id), "an older call comes too late"
    assert events(shop).count("unregistered") == 1
    shop.counter.adjust(card, "5")
    before = len(shop.told.asked)
    shop.send()
    assert len(shop.told.asked) == before, "what nobody has is not written"
    assert shop.call(shop.told.call("save", object_id, ends_at=datetime.now(UTC) + timedelta(hours=3))) == 200
    shop.send()
    assert points(shop, object_id) == {"int": 5}, "who takes it back sees the newest"


def test_a_call_that_google_did_not_sign_changes_nothing(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.object_in(shop.client.get(shop.link(card))["Location"])
    other = shop.counter.issue("+4915112345679")
    shop.client.get(shop.link(other))
    told, now = shop.told, datetime.now(UTC)
    good = told.call("save", object_id)
    elsewhere = next(one for one in told.objects if one != object_id)
    forged = [
        told.call("save", object_id, root=ec.generate_private_key(ec.SECP256R1())),
        told.call("save", object_id, issuer="1234567890"),
        told.call("save", object_id, ends_at=now - timedelta(minutes=1)),
        told.call("save", object_id, key_ends_at=now - timedelta(minutes=1)),
        good | {"signedMessage": good["signedMessage"].replace(object_id, elsewhere)},
        good | {"signature": "AAAA"},
        good | {"protocolVersion": "ECv2"},
        good | {"intermediateSigningKey": {}},
        good | {"signedMessage": "[" * 5000},
        told.call("save", f"{ISSUER}.{encode('pas', new_id())}"),
        told.call("save", "1.x"),
        told.call("update", object_id),
        [],
    ]
    assert [shop.call(body) for body in forged] == [400] * len(forged)
    assert shop.client.post("/google/callback", "x" * 30_000, content_type="application/json").status_code == 400
    assert shop.client.get("/google/callback").status_code == 405
    assert events(shop).count("registered") == 0
    assert shop.call(good) == 200


def test_google_calls_again_where_its_keys_could_not_be_fetched(
    shop: GoogleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from regulars.wallets.actions import google_pass
    from regulars.wallets.actions.google_service import GOOGLE_SERVICE, GoogleKeys

    monkeypatch.setattr(google_pass, "GOOGLE_KEYS", GoogleKeys(GOOGLE_SERVICE))
    object_id = shop.object_in(shop.client.get(shop.link(shop.counter.issue("+4915112345678")))["Location"])
    shop.told.keys_status = 500
    call = shop.told.call("save", object_id)
    assert [shop.call(call) for _ in range(5)] == [503] * 5
    assert shop.told.keys_fetched == 1, "rubbish does not make us ask Google without end"


def test_a_lost_call_is_made_up_for_by_what_google_answers(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    shop.take(card)
    shop.counter.adjust(card, "1")
    shop.send()
    assert "google" in platforms(shop, card.id)


def test_a_blocked_card_is_taken_back_and_comes_back(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    shop.send()
    block_card(shop.counter.actor, encode("crd", card.id), reason="lost", now=timezone.now())
    shop.send()
    held = shop.told.objects[object_id]
    assert (held["state"], "barcode" in held) == ("INACTIVE", False)
    assert shop.told.bodies[-1]["notifyPreference"] != "NOTIFY_ON_UPDATE"
    unblock_card(shop.counter.actor, encode("crd", card.id), now=timezone.now())
    shop.send()
    held = shop.told.objects[object_id]
    assert (held["state"], held["barcode"]["value"]) == ("ACTIVE", card.number)


@pytest.mark.parametrize("status", [429, 500, 503, 403, 400])
def test_what_google_does_not_take_is_tried_again(shop: GoogleShop, status: int) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    shop.send()
    shop.counter.adjust(card, "7")
    shop.told.says = [status]
    assert shop.send() == 1
    assert shop.counter.read("SELECT tries, problem, provider FROM wallet_refreshes") == [
        (1, f"told to say {status}", "google")
    ]
    assert shop.send(later=timedelta(hours=9)) == 1
    assert points(shop, object_id) == {"int": 7}
    assert shop.counter.read("SELECT count(*) FROM wallet_refreshes") == [(0,)]


def test_what_google_lost_or_has_already_is_written_all_the_same(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    shop.send()
    shop.told.objects.clear()
    shop.counter.adjust(card, "3")
    shop.send()
    assert points(shop, object_id) == {"int": 3}
    with unit_of_work(shop.counter.chain_id):
        execute("UPDATE wallet_passes SET told_tag = 0")
        execute("DELETE FROM google_programs")
    assert shop.client.get(shop.link(card)).status_code == 302, "a second insert is a patch"
    shop.told.objects.clear()
    shop.told.classes.clear()
    shop.counter.adjust(card, "1")
    shop.send()
    shop.send(later=timedelta(hours=9))
    assert points(shop, object_id) == {"int": 4}, "the lost class is told again"


def test_an_access_token_is_kept_and_a_taken_back_one_is_asked_for_again(shop: GoogleShop) -> None:
    for number in range(3):
        shop.client.get(shop.link(shop.counter.issue(f"+491511234567{number}")))
    assert shop.told.tokens == 1
    shop.told.says = [401]
    assert shop.client.get(shop.link(shop.counter.issue("+4915112345688"))).status_code == 503
    assert shop.client.get(shop.link(shop.counter.issue("+4915112345689"))).status_code == 302
    assert shop.told.tokens == 2


def test_a_holder_is_rung_three_times_a_day_and_one_of_them_is_for_a_message(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    shop.send()
    rung = []
    for _ in range(4):
        shop.counter.adjust(card, "1")
        shop.send()
        rung.append(shop.told.bodies[-1]["notifyPreference"] == "NOTIFY_ON_UPDATE")
    assert rung == [True, True, False, False]
    for number in range(2):
        message = Message(key=f"msg-{number}", header={"en": "Hello"}, body={"en": "Come by", "ru": "Заходите"})
        account, change = change_of(shop, card.id, object_id)
        assert shop.provider.notify(account, change, message, now=timezone.now()).told == "sent"
    kinds = [one["messageType"] for one in shop.told.messages(object_id)]
    assert kinds == ["TEXT_AND_NOTIFY", "TEXT"]
    assert shop.told.messages(object_id)[0]["localizedBody"]["translatedValues"] == [
        {"language": "ru", "value": "Заходите"}
    ]
    shop.counter.adjust(card, "1")
    shop.send(later=timedelta(hours=26))
    assert shop.told.bodies[-1]["notifyPreference"] == "NOTIFY_ON_UPDATE", "the next day counts anew"
    assert shop.told.messages(object_id), "a write of the balance leaves the messages where they are"


def test_a_message_that_google_may_have_is_not_sent_twice(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    object_id = shop.take(card)
    account, change = change_of(shop, card.id, object_id)
    shop.told.says = [503]
    message = Message(key="msg-1", header={"en": "Hello"}, body={"en": "Come by"})
    before = len(shop.told.asked)
    assert shop.provider.notify(account, change, message, now=timezone.now()).told == "unclear"
    assert len(shop.told.asked) == before + 1
    shop.told.says = [429]
    assert shop.provider.notify(account, change, message, now=timezone.now()).told == "later"
    notices = "SELECT cardinality(notices) FROM wallet_passes"
    assert shop.counter.read(notices) == [(1,)], "one may have been rung for"
    with override_settings(GOOGLE_WALLET_URL="http://localhost:9"):
        assert shop.provider.notify(account, change, message, now=timezone.now()).told == "later", "nobody was there"
    assert shop.counter.read(notices) == [(1,)]


def change_of(shop: GoogleShop, card_id: UUID, object_id: str) -> tuple[GoogleAccount, PassChange]:
    chain_id, pass_id = shop.counter.chain_id, decode("pas", object_id.partition(".")[2])
    assert pass_id is not None
    with unit_of_work(chain_id):
        shown = gather(timezone.now())(chain_id, {pass_id: card_id})[pass_id]
        account = find_google_account(chain_id)
    assert shown is not None
    assert account is not None
    (card_type,) = shop.counter.read("SELECT card_type_id FROM cards LIMIT 1")[0]
    change = PassChange(
        chain_id=chain_id,
        pass_id=pass_id,
        card_id=card_id,
        card_type_id=card_type,
        shown=shown,
    )
    return account, change


def test_a_new_design_is_one_write_for_all_cards(shop: GoogleShop) -> None:
    cards = [shop.counter.issue(f"+491511234567{number}") for number in range(3)]
    for card in cards:
        shop.take(card)
    shop.send()
    with unit_of_work(shop.counter.chain_id):
        execute("UPDATE card_types SET background = '#102030'")
    before = len(shop.told.asked)
    for card in cards:
        shop.counter.adjust(card, "1")
    shop.send()
    written = [path.split("/")[3] for _, path in shop.told.asked[before:]]
    assert sorted(written) == ["loyaltyClass", "loyaltyObject", "loyaltyObject", "loyaltyObject"]
    assert {one["hexBackgroundColor"] for one in shop.told.classes.values()} == {"#102030"}


def test_the_button_is_for_the_phone_that_looks(shop: GoogleShop) -> None:
    card = shop.counter.issue("+4915112345678")
    path = card.link[card.link.index("/c/") :]
    for agent, is_shown in ((ANDROID, True), (DESK, True), (IPHONE, False)):
        page = Client().get(path, headers={"User-Agent": agent}).content.decode()
        assert (f"{path}/google" in page) == is_shown
        assert f"{path}/apple" not in page, "there is no certificate"
    assert Client().get("/c/no-such-card-no-such-card-no-such/google").status_code == 404


def test_without_an_account_the_link_says_so() -> None:
    with google_is_there():
        counter = open_counter()
        card = counter.issue("+4915112345678")
        path = card.link[card.link.index("/c/") :]
        assert Client().get(f"{path}/google").status_code == 409
        assert "/google" not in Client().get(path).content.decode()


def test_a_google_that_is_not_there_or_slow_is_a_calm_page(shop: GoogleShop, monkeypatch: pytest.MonkeyPatch) -> None:
    card = shop.counter.issue("+4915112345678")
    shop.told.says = [503]
    answer = shop.client.get(shop.link(card))
    assert (answer.status_code, "does not answer" in answer.content.decode()) == (503, True)
    monkeypatch.setattr("regulars.wallets.actions.google_service.SECONDS_MAX", 0.3)
    from regulars.wallets.actions.google_service import GOOGLE_SERVICE

    GOOGLE_SERVICE.close()
    shop.told.wait_seconds = 1.0
    assert shop.client.get(shop.link(card)).status_code == 503
    shop.told.wait_seconds = 0.0
    monkeypatch.undo()
    GOOGLE_SERVICE.close()
    assert shop.client.get(shop.link(card)).status_code == 302


def test_writes_keep_to_googles_pace(shop: GoogleShop, settings: object) -> None:
    from time import monotonic

    cards = [shop.counter.issue(f"+4915112345{number:03d}") for number in range(12)]
    for card in cards:
        shop.take(card)
    shop.send()
    for card in cards:
        shop.counter.adjust(card, "1")
    settings.GOOGLE_RATE = 5  # type: ignore[attr-defined]
    before, began = len(shop.told.asked), monotonic()
    assert shop.send() == 12
    assert len(shop.told.asked) - before == 12
    assert monotonic() - began >= 2.0, "five, five and two a second"


def test_nothing_that_is_logged_names_a_secret(shop: GoogleShop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    card = shop.counter.issue("+4915112345678")
    shop.take(card)
    shop.call({"signedMessage": "x"})
    said = caplog.text + json.dumps([repr(find) for find in (shop.provider, vars(shop.provider))], default=str)
    assert "PRIVATE KEY" not in said
    assert "token-1" not in said
