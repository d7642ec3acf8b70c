"""The built-in wallets hold what every wallet must; what cannot be one is refused (WAL-1)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from regulars.kernel.ids import new_id
from regulars.platform.database import rows, unit_of_work
from regulars.plugins.promotions import PluginRefused
from regulars.plugins.testkit.wallets import Trial, check_wallet
from regulars.plugins.wallets import load_wallets
from regulars.wallets.actions.apple_wallet import AppleWallet
from regulars.wallets.actions.web_wallet import WebAccount, WebWallet
from regulars.wallets.queries.google import find_google_account
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.port import PassChange, Phone
from regulars.wallets.rules.sending import Answer
from tests.google_kit import GoogleShop, google_is_there, open_google_shop
from tests.ledger_kit import open_counter
from tests.phone_kit import Phone as Handset
from tests.push_kit import Browser, push_service
from tests.wallet_kit import Remembering, open_wallet_shop

HERE = "regulars.plugins.tests.test_wallets"


@pytest.fixture
def google_shop() -> Iterator[GoogleShop]:
    with google_is_there() as told:
        opened = open_google_shop(told)
        yield opened
        opened.provider.close()


def changes_of(chain_id: Any) -> list[PassChange]:
    """The passes of a chain as the sender hands them over."""
    found = []
    with unit_of_work(chain_id):
        for pass_id, card_id, card_type_id in rows(
            "SELECT p.id, p.card_id, k.card_type_id FROM wallet_passes p JOIN cards k ON k.id = p.card_id ORDER BY p.id"
        ):
            shown = gather(timezone.now())(chain_id, {pass_id: card_id})[pass_id]
            assert shown is not None
            phones = tuple(
                Phone(*values)
                for values in rows(
                    "SELECT id, push_token, registered_at FROM wallet_registrations WHERE pass_id = %s", [pass_id]
                )
            )
            found.append(
                PassChange(
                    chain_id=chain_id,
                    pass_id=pass_id,
                    card_id=card_id,
                    card_type_id=card_type_id,
                    shown=shown,
                    phones=phones,
                )
            )
    return found


@pytest.mark.django_db
def test_google(google_shop: GoogleShop) -> None:
    for number in range(3):
        google_shop.take(google_shop.counter.issue(f"+491511234567{number}"))
    chain_id, told = google_shop.counter.chain_id, google_shop.told
    with unit_of_work(chain_id):
        account = find_google_account(chain_id)
    check_wallet(
        Trial(
            provider=google_shop.provider,
            account=account,
            changes=changes_of(chain_id),
            switch_off=lambda: told.says.extend([503] * 3),
            switch_on=told.says.clear,
            stranger=open_counter().chain_id,
            now=timezone.now(),
        )
    )


@pytest.mark.django_db
def test_apple() -> None:
    shop, pusher = open_wallet_shop(), Remembering()
    for number in range(3):
        Handset(f"phone-{number}").take(shop.link(shop.counter.issue(f"+491511234567{number}")))
    provider, chain_id = AppleWallet(pusher), shop.counter.chain_id
    with unit_of_work(chain_id):
        account = provider.find_account(chain_id, now=timezone.now())
    check_wallet(
        Trial(
            provider=provider,
            account=account,
            changes=changes_of(chain_id),
            switch_off=lambda: setattr(pusher, "answer", Answer("later", "too slow", timedelta(0))),
            switch_on=lambda: setattr(pusher, "answer", Answer("sent")),
            stranger=open_counter().chain_id,
            now=timezone.now(),
        )
    )


@pytest.mark.django_db
def test_web_cards() -> None:
    counter = open_counter()
    with push_service() as service:
        for number in range(3):
            path = urlsplit(counter.issue(f"+491511234567{number}").link).path
            for name in ("phone", "desk"):
                subscription = Browser().subscribe(f"{service.url}/{name}-{number}")
                assert Client().post(f"{path}/push", {"subscription": subscription}).status_code == 204
        changes = changes_of(counter.chain_id)
        assert [len(one.phones) for one in changes] == [2, 2, 2]
        endpoints = [json.loads(phone.push_token)["endpoint"] for one in changes for phone in one.phones]
        down = {urlsplit(one).path: (503, dict[str, str]()) for one in endpoints}
        check_wallet(
            Trial(
                provider=WebWallet(),
                account=WebAccount(),
                changes=changes,
                switch_off=lambda: service.says.update(down),
                switch_on=service.says.clear,
                stranger=None,
                now=timezone.now(),
            )
        )
        assert {path for path, _headers, _body in service.got} == set(down), "each browser was told"


class Paper(AppleWallet):
    """A wallet of an outsider."""

    key = "paper"


class NoSync:
    """Does not do what a wallet does."""

    key, capabilities, at_once = "nosync", frozenset({"phones"}), 1


class Sings(Paper):
    """Says that it can what no wallet can."""

    key = "sings"
    capabilities: Any = frozenset({"phones", "song"})


class Again(Paper):
    """Has the name of another."""

    key = "apple"


class WantsMore(Paper):
    """Cannot be made without more."""

    def __init__(self, more: str) -> None:
        super().__init__()


def test_an_outsiders_wallet_joins_the_built_in() -> None:
    found = load_wallets([f"wallet={HERE}:Paper", "condition=elsewhere:X"])
    assert [one.key for one in found] == ["apple", "google", "web", "paper"]


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("NoSync", "sync"),
        ("Sings", "capabilities"),
        ("Again", "there is a wallet apple"),
        ("WantsMore", "without arguments"),
        ("Missing", "Missing"),
    ],
)
def test_what_cannot_be_a_wallet_is_refused(named: str, says: str) -> None:
    with pytest.raises(PluginRefused, match=says):
        load_wallets([f"wallet={HERE}:{named}"])


@pytest.mark.django_db
def test_the_kit_finds_a_wallet_that_forgets_an_answer() -> None:
    class Forgets(AppleWallet):
        def sync(self, account: Any, changes: Any, *, now: Any) -> Any:
            return super().sync(account, changes, now=now)[:-1]

    shop = open_wallet_shop()
    Handset("phone-1").take(shop.link(shop.counter.issue("+4915112345678")))
    trial = Trial(
        provider=Forgets(Remembering()),
        account=None,
        changes=changes_of(shop.counter.chain_id),
        switch_off=lambda: None,
        switch_on=lambda: None,
        stranger=new_id(),
        now=timezone.now(),
    )
    with pytest.raises(AssertionError, match="each pass has an outcome"):
        check_wallet(trial)
