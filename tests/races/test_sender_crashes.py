"""The process that tells wallets is killed between sending and remembering: they are told again, and show the newest (WAL-5)."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.test import Client

from regulars.platform.embedded import DatabaseUrls
from tests.apns_stand_in import apns
from tests.google_kit import GoogleShop, google_is_there, open_google_shop
from tests.ledger_kit import Counter, dispatcher, open_counter
from tests.phone_kit import Phone
from tests.push_kit import Browser, push_service
from tests.races.test_worker import wait_for
from tests.wallet_kit import open_wallet_shop, our_apple

pytestmark = [pytest.mark.committed, pytest.mark.slow]

SENDER = """
import django, threading
django.setup()
from datetime import timedelta
from regulars.project import sender
from regulars.wallets.actions import refresh
refresh.LEASE = timedelta(seconds=3)
for thread in sender.start_sender(threading.Event()):
    thread.join()
"""


@contextmanager
def sender(home: Path, **asks: str) -> Iterator["subprocess.Popen[bytes]"]:
    keys = {"REGULARS_SECRET_KEY": configured.SECRET_KEY, "REGULARS_LINK_KEY": configured.LINK_KEY}
    environment = {**os.environ, **keys, **asks, "PYTHONPATH": "src", "REGULARS_HOME": str(home)}
    environment.pop("REGULARS_TESTING", None)
    process = subprocess.Popen([sys.executable, "-c", SENDER], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def kill(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


def waiting(counter: Counter) -> list[Any]:
    return [tries for (tries,) in counter.read("SELECT tries FROM wallet_refreshes")]


def pushed(counter: Counter) -> int:
    return len(counter.read("SELECT 1 FROM wallet_events WHERE kind = 'pushed'"))


def test_a_phone_that_was_told_before_the_kill_is_told_again(committed_db: DatabaseUrls, tmp_path: Path) -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    shop.counter.adjust(card, "12.50")
    dispatcher().make_round()
    told: list[str] = []
    answers = Event()

    def says(token: str) -> tuple[int, dict[str, object]]:
        told.append(token)
        answers.wait(60)
        return 200, {}

    with apns(our_apple(), tmp_path / "apns") as service:
        service.says = says
        asks = {"REGULARS_APNS_URL": service.url, "REGULARS_APNS_TRUST": service.trust}
        with sender(tmp_path, **asks) as first:
            wait_for(lambda: told)
            kill(first)
        assert (told, waiting(shop.counter), pushed(shop.counter)) == ([phone.push_token], [1], 0)
        answers.set()
        with sender(tmp_path, **asks):
            wait_for(lambda: not waiting(shop.counter))
    assert (told, pushed(shop.counter)) == ([phone.push_token] * 2, 1)
    assert phone.update() == [serial]
    assert phone.shows(serial, "Points") == 12.5


def test_what_google_has_before_the_kill_is_written_again_and_adds_nothing(
    committed_db: DatabaseUrls, tmp_path: Path
) -> None:
    with google_is_there() as google:
        shop: GoogleShop = open_google_shop(google)
        card = shop.counter.issue("+4915112345678")
        object_id = shop.take(card)
        shop.counter.adjust(card, "12.50")
        dispatcher().make_round()
        asked = len(google.asked)
        asks = {
            "REGULARS_GOOGLE_WALLET_URL": google.url,
            "REGULARS_GOOGLE_TOKEN_URL": f"{google.url}/token",
            "REGULARS_URL": configured.URL,
        }
        write = ("PATCH", f"/walletobjects/v1/loyaltyObject/{object_id}")
        google.answers.clear()
        with sender(tmp_path, **asks) as first:
            wait_for(lambda: write in google.asked[asked:])
            kill(first)
        assert points(google.objects[object_id]) == ["12.5"]
        assert (waiting(shop.counter), pushed(shop.counter)) == ([1], 0)
        google.answers.set()
        with sender(tmp_path, **asks):
            wait_for(lambda: not waiting(shop.counter))
        assert google.asked[asked:] == [write] * 2
        assert points(google.objects[object_id]) == ["12.5"]
        assert pushed(shop.counter) == 1


def test_a_browser_that_was_told_before_the_kill_is_told_again_in_the_place_of_the_first(
    committed_db: DatabaseUrls, tmp_path: Path
) -> None:
    counter, browser = open_counter(), Browser()
    card = counter.issue("+4915112345678")
    with push_service() as service:
        subscription = {"subscription": browser.subscribe(service.url + "/anna")}
        assert Client().post(f"{urlsplit(card.link).path}/push", subscription).status_code == 204
        counter.adjust(card, "12.50")
        dispatcher().make_round()
        # No answer comes while the first one lives.
        service.waits = {"/anna": 60.0}
        asks = {"REGULARS_OUTBOUND_ALLOW": "127.0.0.1", "REGULARS_URL": configured.URL}
        with sender(tmp_path, **asks) as first:
            wait_for(lambda: service.got)
            kill(first)
        assert (len(service.got), waiting(counter), pushed(counter)) == (1, [1], 0)
        service.waits = {}
        with sender(tmp_path, **asks):
            wait_for(lambda: not waiting(counter))
        assert (len(service.got), pushed(counter)) == (2, 1)
        assert {headers["Topic"] for _path, headers, _body in service.got} == {"card"}, "the service keeps one of them"
        told = [json.loads(browser.read(body)) for _path, _headers, body in service.got]
    assert told[0] == told[1], "and a browser that got both shows one"
    assert (told[1]["tag"], "12.5" in told[1]["body"]) == ("card", True)


def points(held: dict[str, Any]) -> list[Any]:
    both = [held[name] for name in ("loyaltyPoints", "secondaryLoyaltyPoints") if name in held]
    return [one["balance"].get("string") for one in both if one["label"] == "Points"]
