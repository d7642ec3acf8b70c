"""A shop whose cards can be put into Google Wallet, before a stand-in for Google."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client, override_settings
from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.wallets.actions import google_service
from regulars.wallets.actions.google_account import upload_account
from regulars.wallets.actions.google_wallet import GoogleWallet
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.queries.view import gather
from tests.google_stand_in import ISSUER, Google, account_file, google, read_jwt
from tests.ledger_kit import Counter, dispatcher, open_counter

ANDROID = "Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/150 Mobile"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/150"


@contextmanager
def google_is_there() -> Iterator[Google]:
    """The stand-in, and an installation that asks it."""
    google_service.GOOGLE_SERVICE.close()
    google_service.GOOGLE_SERVICE._tokens.clear()
    with (
        google() as told,
        override_settings(
            GOOGLE_WALLET_URL=told.url,
            GOOGLE_TOKEN_URL=f"{told.url}/token",
            GOOGLE_KEYS_URL=f"{told.url}/keys",
            GOOGLE_RATE=500,
            URL="https://cards.example",
        ),
    ):
        yield told
    google_service.GOOGLE_SERVICE.close()


@dataclass
class GoogleShop:
    """A shop with a service account."""

    counter: Counter
    told: Google
    client: Client = field(default_factory=Client)
    provider: GoogleWallet = field(default_factory=GoogleWallet)
    sent: int = 0

    def link(self, card: CardView) -> str:
        """Where a card is offered at Google."""
        return card.link[card.link.index("/c/") :] + "/google"

    def take(self, card: CardView) -> str:
        """Follow the link of a card, and save it at Google; the object's id."""
        answer = self.client.get(self.link(card))
        assert answer.status_code == 302, answer.content
        object_id = self.object_in(answer["Location"])
        self.told.users.add(object_id)
        return object_id

    def object_in(self, location: str) -> str:
        """The object that a link offers."""
        claims = read_jwt(location.rpartition("/")[2], self.told.key.public_key())
        return str(claims["payload"]["loyaltyObjects"][0]["id"])

    def call(self, body: Any) -> int:
        """Google calls; our status."""
        return self.client.post("/google/callback", body, content_type="application/json").status_code

    def send(self, *, later: timedelta | None = None) -> int:
        """Hand on what happened, and tell what is due by then: each time five minutes later."""
        dispatcher().make_round()
        self.sent += 1
        now = timezone.now() + (later or self.sent * timedelta(minutes=5))
        self.told.now = now.timestamp
        return refresh_due(self.counter.chain_id, gather(now), self.provider, now=lambda: now)


def open_google_shop(told: Google) -> GoogleShop:
    """A shop with a points and stamps card, and the service account."""
    counter = open_counter()
    upload_account(counter.actor, account_file(), ISSUER, now=timezone.now())
    return GoogleShop(counter, told)
