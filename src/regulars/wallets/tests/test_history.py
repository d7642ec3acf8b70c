"""What happened to a card's passes stands in its time line, and where it is kept in the list (CRD-4, CRD-5, CUS-8)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from regulars.cards.queries.cards import CardView
from regulars.customers.actions import enter_customer
from regulars.customers.queries.timeline import list_timeline
from regulars.customers.rules import CustomerDraft
from regulars.kernel.ids import encode
from regulars.platform.database import unit_of_work
from regulars.wallets.rules.sending import Answer
from tests.people import sign_in_client
from tests.phone_kit import Phone
from tests.wallet_kit import Remembering, WalletShop, open_wallet_shop, soon

pytestmark = pytest.mark.django_db


def texts(shop: WalletShop, card: CardView, path: str = "/history") -> str:
    client = sign_in_client(Client(), shop.counter.shop)
    html = client.get(f"/cards/{encode('crd', card.id)}{path}").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_time_line_tells_of_registrations_pushes_fetches_and_removals() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    serial = phone.take(shop.link(card))
    shop.send(pusher)
    phone.update()
    shop.counter.adjust(card, "12.50")
    shop.send(pusher)
    phone.update()
    phone.unregister(serial)
    told = texts(shop, card)
    for sentence in (
        "Pass made",
        "Put into a wallet",
        "Phone told that the card changed",
        "s after the change",
        "Phone fetched the newest card",
        "Taken out of a wallet",
        "Apple Wallet",
    ):
        assert sentence in told, sentence


def test_a_phone_that_cannot_be_told_is_told_of_with_the_reason() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue("+4915112345678")
    phone.take(shop.link(card))
    for _ in range(8):
        shop.counter.adjust(card, "1")
        shop.sent += 2000
        shop.send(Remembering(Answer("refused", "BadCertificateEnvironment")))
    told = texts(shop, card)
    assert "Phone could not be told" in told
    assert "BadCertificateEnvironment" in told


def test_the_panel_asks_no_more_for_a_card_with_many_pushes() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card, other = shop.counter.issue("+4915112345678"), shop.counter.issue("+4915112345679")
    phone.take(shop.link(card))
    for _ in range(12):
        shop.counter.adjust(card, "1")
        shop.send(pusher)
        phone.update()
    client = sign_in_client(Client(), shop.counter.shop)

    def queries(of: CardView) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/cards/{encode('crd', of.id)}").status_code == 200
        return len(captured)

    few = queries(other)
    assert queries(card) == few


def test_older_steps_follow_page_by_page_and_none_is_told_twice(settings: Any) -> None:
    settings.PUSHES_A_DAY = 99
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    phone.take(shop.link(card))
    for _ in range(30):
        shop.counter.adjust(card, "1")
        shop.send(pusher)
        phone.update()
    client = sign_in_client(Client(), shop.counter.shop)
    address, lines = f"/cards/{encode('crd', card.id)}/history", 0
    while address:
        html = client.get(address).content.decode()
        lines += html.count('<li><span class="dot')
        found = re.search(r'href="([^"]*from=[^"]{20,})"', html)
        address = found[1].replace("&amp;", "&") if found else ""
    # Issued, 30 entries, and the pass: made, registered, told each time, fetched each time.
    events = shop.counter.read("SELECT count(*) FROM wallet_events")[0][0]
    assert events > 60
    assert lines == events + 31


def test_the_list_shows_the_wallets_that_really_have_the_card() -> None:
    shop, phone = open_wallet_shop(), Phone("phone-1")
    card = shop.counter.issue("+4915112345678")
    client = sign_in_client(Client(), shop.counter.shop)

    def kept() -> set[str]:
        return set(re.findall(r'<span title="([^"]+)">', client.get("/cards").content.decode()))

    assert "Apple Wallet" not in kept()
    assert "data-row" not in client.get("/cards?platform=apple").content.decode()
    serial = phone.take(shop.link(card))
    assert kept() == {"Web card", "Apple Wallet"}
    assert "data-row" in client.get("/cards?platform=apple").content.decode()
    assert "Apple Wallet" in client.get(f"/cards/{encode('crd', card.id)}").content.decode()
    phone.unregister(serial)
    assert kept() == {"Web card"}


def test_the_customers_time_line_tells_into_which_wallet_a_card_went() -> None:
    shop, phone, pusher = open_wallet_shop(), Phone("phone-1"), Remembering()
    card = shop.counter.issue("+4915112345678")
    anna = enter_customer(
        shop.counter.actor,
        CustomerDraft(name="Anna", phones=("+4915112345678",)),
        country="DE",
        today=soon(0).date(),
        now=soon(0),
    )
    serial = phone.take(shop.link(card))
    shop.send(pusher)
    phone.update()
    phone.unregister(serial)
    with unit_of_work(shop.counter.chain_id):
        items, _ = list_timeline(shop.counter.actor, anna.id)
    kinds = [item.kind for item in items if item.kind.startswith("wallet.")]
    assert kinds == ["wallet.unregistered", "wallet.registered"]
    html = sign_in_client(Client(), shop.counter.shop).get(f"/customers/{encode('cus', anna.id)}").content.decode()
    assert "Put into a wallet" in html
