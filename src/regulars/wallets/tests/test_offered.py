"""Each phone is offered the wallet that it has, where the business has set up both (WAL-1)."""

import pytest
from django.test import Client
from django.utils import timezone

from regulars.wallets.actions.google_account import upload_account
from regulars.wallets.rules.phones import wallets_for
from tests.google_kit import ANDROID, DESK, IPHONE, google_is_there
from tests.google_stand_in import ISSUER, account_file
from tests.wallet_kit import open_wallet_shop

IPAD = "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"
IPAD_AS_A_DESK = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15"
SAMSUNG = "Mozilla/5.0 (Linux; Android 16; SAMSUNG SM-S938B) SamsungBrowser/30.0 Chrome/150 Mobile Safari/537.36"
CHROME_ON_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/150.0 Mobile/15E148 Safari/604.1"
PHONES = [(IPHONE, {"apple"}), (CHROME_ON_IPHONE, {"apple"}), (IPAD, {"apple"}), (IPAD_AS_A_DESK, {"apple"})]
PHONES += [(ANDROID, {"google"}), (SAMSUNG, {"google"}), (DESK, {"apple", "google"}), ("", {"apple", "google"})]


@pytest.mark.parametrize(("agent", "wanted"), PHONES)
def test_a_browser_tells_which_wallets_there_are(agent: str, wanted: set[str]) -> None:
    assert set(wallets_for(agent)) == wanted


@pytest.mark.django_db
def test_a_card_offers_each_phone_its_own_wallet_and_a_desk_both() -> None:
    shop = open_wallet_shop()
    path = shop.link(shop.counter.issue("+4915112345678")).removesuffix("/apple")
    with google_is_there():
        upload_account(shop.counter.actor, account_file(), ISSUER, now=timezone.now())
        for agent, wanted in PHONES:
            page = Client().get(path, headers={"User-Agent": agent}).content.decode()
            assert {name for name in ("apple", "google") if f'href="{path}/{name}"' in page} == wanted, agent
