"""Asking Google: access tokens, writes at a bounded pace, the keys that Google signs with.

Source: Google, "Google Wallet API: performance tips": twenty requests a second for an issuer, ten seconds for each.
"""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from regulars.platform.outbound_http2 import Ask, Reply, Service
from regulars.wallets.rules.google.account import GoogleAccount
from regulars.wallets.rules.google.answers import read_google
from regulars.wallets.rules.google.callback import read_roots
from regulars.wallets.rules.google.tokens import assertion
from regulars.wallets.rules.sending import Answer, read_json

SECONDS_MAX: Final = 10.0
CONNECTIONS: Final = 20
BODY_MAX: Final = 200_000
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
MARGIN: Final = timedelta(minutes=2)
KEYS_LIVE: Final = timedelta(hours=1)
KEYS_AGAIN: Final = timedelta(minutes=1)
"""Whoever sends rubbish makes us ask Google for its keys no more often than this."""
ACCOUNTS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Write:
    """A request to the API of wallets: method, path below it, and what is sent."""

    method: str
    path: str
    document: dict[str, Any] | None = None
    is_repeatable: bool = True


@dataclass(frozen=True, slots=True)
class _Token:
    text: str = field(repr=False)
    ends_at: datetime


class GoogleService:
    """Google, asked for any number of accounts; connections and access tokens are kept."""

    def __init__(self) -> None:
        self._services: dict[str, Service] = {}
        self._tokens: dict[tuple[str, str], _Token] = {}
        self._next_at = 0.0
        self._lock = threading.Lock()

    def send(self, account: GoogleAccount, writes: Sequence[Write], *, now: datetime) -> list[Reply]:
        """Send all, no faster than Google allows; the replies in the same order. Never raises for what the network does."""
        token = self.token(account, now=now)
        if isinstance(token, Reply):
            return [token] * len(writes)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json; charset=utf-8"}
        asked = [_ask(write, headers) for write in writes]
        replies: list[Reply] = []
        rate = max(1, settings.GOOGLE_RATE)
        for start in range(0, len(asked), rate):
            some = asked[start : start + rate]
            self._wait(len(some) / rate)
            replies += self._service(settings.GOOGLE_WALLET_URL).send_all(some)
        if any(reply.status == 401 for reply in replies):
            self._tokens.pop((account.email, account.key_name), None)
        return replies

    def token(self, account: GoogleAccount, *, now: datetime) -> str | Reply:
        """An access token of the account, or the reply that refused it."""
        name = (account.email, account.key_name)
        known = self._tokens.get(name)
        if known is not None and known.ends_at > now:
            return known.text
        url = settings.GOOGLE_TOKEN_URL
        body = urlencode({"grant_type": GRANT, "assertion": assertion(account, url, now=now)}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        reply = self._ask_at(url, "POST", body, headers)
        told = read_json(reply.body)
        text, lives = told.get("access_token"), told.get("expires_in")
        if reply.status != 200 or not isinstance(text, str) or not isinstance(lives, int):
            # Google answers 400 to a key that is no more; to those who send it is what a refused write is.
            return reply if reply.status != 200 else Reply(502, problem="no access token")
        if len(self._tokens) >= ACCOUNTS_MAX:
            self._tokens.clear()
        self._tokens[name] = _Token(text, now + max(timedelta(0), timedelta(seconds=lives) - MARGIN))
        return text

    def forget(self, account: GoogleAccount) -> None:
        """Throw an access token away, so that the key is asked for."""
        self._tokens.pop((account.email, account.key_name), None)

    def fetch_roots(self, *, now: datetime) -> tuple[ec.EllipticCurvePublicKey, ...]:
        """The keys that Google signs its calls with, fetched now; none where it could not be asked."""
        reply = self._ask_at(settings.GOOGLE_KEYS_URL, "GET", b"", {})
        return read_roots(read_json(reply.body), now=now) if reply.status == 200 else ()

    def close(self) -> None:
        """End all connections."""
        while self._services:
            self._services.popitem()[1].close()

    def _ask_at(self, url: str, method: str, body: bytes, headers: dict[str, str]) -> Reply:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        service = self._service(f"{parts.scheme}://{parts.netloc}")
        return service.send_all([Ask(path or "/", body, headers, method)])[0]

    def _service(self, url: str) -> Service:
        with self._lock:
            if url not in self._services:
                self._services[url] = Service(url, seconds_max=SECONDS_MAX, body_max=BODY_MAX, connections=CONNECTIONS)
            return self._services[url]

    def _wait(self, seconds: float) -> None:
        """Wait for our turn, which then takes so long."""
        with self._lock:
            begins = max(time.monotonic(), self._next_at)
            self._next_at = begins + seconds
        time.sleep(max(0.0, begins - time.monotonic()))


class GoogleKeys:
    """The keys that Google signs its calls with: fetched when they are wanted, kept for an hour."""

    def __init__(self, service: GoogleService) -> None:
        self._service = service
        self._found: tuple[ec.EllipticCurvePublicKey, ...] = ()
        self._from = ""
        self._asked_at: datetime | None = None

    def find(self, *, now: datetime, is_stale: bool = False) -> tuple[ec.EllipticCurvePublicKey, ...]:
        """The keys; with `is_stale` newer ones, where the last were not fetched just now."""
        lives = KEYS_AGAIN if is_stale or not self._found else KEYS_LIVE
        is_old = self._asked_at is None or now - self._asked_at >= lives or self._from != settings.GOOGLE_KEYS_URL
        if is_old:
            self._asked_at, self._from = now, settings.GOOGLE_KEYS_URL
            self._found = self._service.fetch_roots(now=now) or self._found
        return self._found


def answer_of(reply: Reply) -> Answer:
    """What became of a write."""
    return read_google(reply.status, reply.body, reply.headers, reply.problem)


def _ask(write: Write, headers: dict[str, str]) -> Ask:
    body = b"" if write.document is None else json.dumps(write.document, ensure_ascii=False).encode()
    return Ask(f"/walletobjects/v1{write.path}", body, headers, write.method, write.is_repeatable)


GOOGLE_SERVICE: Final = GoogleService()
"""For pages; whoever sends has one of its own."""
GOOGLE_KEYS: Final = GoogleKeys(GOOGLE_SERVICE)
