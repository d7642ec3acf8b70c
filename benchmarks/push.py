"""From a balance change over HTTP to the phone that is told and fetches, against local stand-ins (issue 5, Figures)."""

import http.client
import io
import itertools
import json
import os
import queue
import statistics
import tempfile
import threading
import time
import zipfile
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import UUID

from benchmarks.adjust import PORT, prove, served
from benchmarks.database import bench_database
from benchmarks.report import Row, report
from benchmarks.shop import make_shop

if TYPE_CHECKING:
    from tests.apns_stand_in import Apns
    from tests.apple_kit import Apple
    from tests.google_stand_in import Google

PER_SECOND: Final = 50
ANSWER_SECONDS: Final = 0.1
P95_MAX_SECONDS: Final = 3.0
BURSTS: Final = 20
BURST_CHANGES: Final = 10
WARM_UP: Final = 5 * PER_SECOND
GOOGLE_RATE: Final = 200
"""What the stand-in lets us write a second; Google's own limit is 20 for an issuer, and ours by default 15."""
SETTLE_SECONDS_MAX: Final = 120


def add_arguments(parser: ArgumentParser) -> None:
    """--seconds for a quick look."""
    parser.add_argument("--seconds", type=int, default=60, help="how long balances change, 50 a second")


@dataclass(slots=True)
class Phone:
    """A phone with one pass, by its push token, that fetches as soon as it is told; Google has the same card as an object."""

    card: str
    device: str
    token: str
    serial: str
    secret: str
    modified: str
    at_google: str
    tag: str = ""
    shows: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def update(self, line: "Line", pass_type: str) -> None:
        """Ask what changed, and fetch it."""
        with self.lock:
            since = f"?passesUpdatedSince={quote(self.tag)}" if self.tag else ""
            status, _headers, told = line.ask(
                "GET", f"/apple/v1/devices/{self.device}/registrations/{pass_type}{since}"
            )
            if status == 204:
                return
            self.tag = json.loads(told)["lastUpdated"]
            headers = {"Authorization": f"ApplePass {self.secret}", "If-Modified-Since": self.modified}
            status, got, content = line.ask("GET", f"/apple/v1/passes/{pass_type}/{self.serial}", headers)
            if status == 200:
                self.modified = got["Last-Modified"]
                self.shows = balance_in(content)


class Line(threading.local):
    """A connection to the product for each thread, that stays open: who asks is to take as little of the processors as may be."""

    def __init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> tuple[int, "http.client.HTTPMessage", bytes]:
        """Status, headers and content of an answer."""
        self.connection.request(method, path, body, dict(headers or {}))
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


def run(options: Namespace) -> int:
    from tests.apns_stand_in import apns
    from tests.apple_kit import apple
    from tests.google_stand_in import google

    ours = apple(datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder, apns(ours, Path(folder) / "apns") as apple_says, google() as told:
        os.environ.update(
            REGULARS_KEY_RATE="0",
            REGULARS_APNS_URL=apple_says.url,
            REGULARS_APNS_TRUST=apple_says.trust,
            REGULARS_GOOGLE_WALLET_URL=told.url,
            REGULARS_GOOGLE_TOKEN_URL=f"{told.url}/token",
            REGULARS_GOOGLE_KEYS_URL=f"{told.url}/keys",
            REGULARS_GOOGLE_RATE=str(GOOGLE_RATE),
            REGULARS_URL="https://cards.example",
        )
        rows = measure(options.seconds * PER_SECOND, ours, apple_says, told)
    return 0 if report("push", rows, notes=notes_of(options.seconds)) else 1


def measure(count: int, ours: "Apple", apple_says: "Apns", google: "Google") -> list[Row]:
    """The figures of so many changes against the stand-ins, then of the bursts."""
    from tests.apple_kit import PASS_TYPE

    with bench_database("push") as home:
        api_key, phones = phones_with_passes(count + BURSTS + WARM_UP, ours, google)
        apple_says.wait_seconds = google.wait_seconds = ANSWER_SECONDS
        del google.asked[:], google.asked_at[:]
        told: dict[str, list[float]] = {}
        waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()

        def says(token: str) -> tuple[int, dict[str, object]]:
            told.setdefault(token, []).append(time.monotonic())
            waiting.put(token)
            return 200, {}

        apple_says.says = says
        with served(home, parts=("web", "dispatcher", "worker")):
            load = Load(api_key, phones, PASS_TYPE, waiting, google)
            # Whoever has just been started is not measured: as many changes as in five seconds have gone all the way before.
            load.press(phones[-WARM_UP:])
            load.settle()
            del phones[-WARM_UP:]
            load.run(count)
            load.settle()
            load.close()
        is_sound = prove()
    written: dict[str, list[float]] = {}
    for (method, path), at in zip(google.asked, google.asked_at, strict=True):
        if method == "PATCH":
            written.setdefault(path.rpartition("/")[2], []).append(at)
    return [
        Row(
            "balance changes a second, each of another card that is on a phone and at Google",
            f"{load.rate:.1f}",
            f"≥ {PER_SECOND - 1}",
            load.rate >= PER_SECOND - 1,
        ),
        *load.rows_of("Apple", {phone.token: told.get(phone.token, []) for phone in phones}, count=count),
        *load.rows_of("Google", {phone.token: written.get(phone.at_google, []) for phone in phones}, count=count),
        Row("`./run verify` afterwards", "sound" if is_sound else "**not sound**", "sound", is_sound),
    ]


class Load:
    """Changes balances over HTTP, and plays the phones that are told."""

    def __init__(
        self,
        api_key: str,
        phones: Sequence[Phone],
        pass_type: str,
        waiting: "queue.SimpleQueue[str | None]",
        google: "Google",
    ) -> None:
        self.line = Line()
        self.headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self.phones, self.pass_type, self.waiting = phones, pass_type, waiting
        self.google = google
        self.by_token = {phone.token: phone for phone in phones}
        self.committed: dict[str, float] = {}
        self.wanted: Counter[str] = Counter()
        self.rate = 0.0
        self._keys = itertools.count()
        self._run_name = f"push{time.time_ns()}"
        self._fetchers = [threading.Thread(target=self._fetch, daemon=True) for _ in range(8)]
        for fetcher in self._fetchers:
            fetcher.start()

    def change(self, phone: Phone) -> None:
        """One change of one balance; when it was committed, as its till knows it."""
        key = f"{self._run_name}-{next(self._keys)}"
        body = json.dumps({"balance_type": "points", "amount": "1", "reason": "till 7"})
        path, headers = f"/api/v1/cards/{phone.card}/adjustments", self.headers | {"Idempotency-Key": key}
        status, _headers, told = self.line.ask("POST", path, headers, body)
        assert status == 201, told
        self.committed.setdefault(phone.token, time.monotonic())
        self.wanted[phone.token] += 1

    def run(self, count: int) -> None:
        """So many changes of as many cards in the rhythm, then the bursts."""
        began = time.monotonic()
        self.press(self.phones[:count])
        self.rate = count / (time.monotonic() - began)
        for phone in self.phones[count:]:
            for _ in range(BURST_CHANGES):
                self.change(phone)

    def press(self, phones: Sequence[Phone]) -> None:
        """One change of each of these in the rhythm, from sixteen tills."""
        began = time.monotonic()
        with ThreadPoolExecutor(16) as tills:
            doing = []
            for number, phone in enumerate(phones):
                pause = began + number / PER_SECOND - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                doing.append(tills.submit(self.change, phone))
            for one in doing:
                one.result()

    def settle(self) -> None:
        """Wait until every phone and Google show what each card has, or for as long as nobody should have to."""
        until = time.monotonic() + SETTLE_SECONDS_MAX
        while time.monotonic() < until and (self.behind("Apple") or self.behind("Google")):
            time.sleep(0.2)

    def behind(self, wallet: str) -> int:
        """How many cards show there something else than they have."""
        return sum(self.shown(wallet, phone) != self.wanted[phone.token] for phone in self.phones)

    def shown(self, wallet: str, phone: Phone) -> float:
        """The points that a card shows there."""
        if wallet == "Apple":
            return phone.shows
        held = self.google.objects[phone.at_google]
        both = [held[name] for name in ("loyaltyPoints", "secondaryLoyaltyPoints") if name in held]
        balance = next(one["balance"] for one in both if one["label"] == "Points")
        return float(next(iter(balance.values())))

    def rows_of(self, wallet: str, told: Mapping[str, Sequence[float]], *, count: int) -> list[Row]:
        """The figures of one wallet, by when each card's holder was told."""
        waits = [
            told[phone.token][0] - self.committed[phone.token] for phone in self.phones[:count] if told[phone.token]
        ]
        bursts = [len(told[phone.token]) for phone in self.phones[count:]]
        p95 = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else float("inf")
        behind = self.behind(wallet)
        return [
            Row(f"{wallet}: changes that were pushed", f"{len(waits):,} of {count:,}", "all", len(waits) == count),
            Row(f"{wallet}: commit to push, median", f"{statistics.median(waits):.2f} s" if waits else "none"),
            Row(
                f"{wallet}: commit to push, 95th percentile",
                f"{p95:.2f} s",
                f"≤ {P95_MAX_SECONDS:g} s",
                p95 <= P95_MAX_SECONDS,
            ),
            Row(
                f"{wallet}: pushes for a burst of {BURST_CHANGES} changes to one card, the most of {BURSTS} bursts",
                str(max(bursts)),
                "1",
                set(bursts) == {1},
            ),
            Row(f"{wallet}: cards that do not show the newest state in the end", f"{behind:,}", "0", not behind),
        ]

    def close(self) -> None:
        """End the phones."""
        for _ in self._fetchers:
            self.waiting.put(None)
        for fetcher in self._fetchers:
            fetcher.join(30)

    def _fetch(self) -> None:
        while (token := self.waiting.get()) is not None:
            self.by_token[token].update(self.line, self.pass_type)


def phones_with_passes(count: int, ours: "Apple", google: "Google") -> tuple[str, list[Phone]]:
    """A new chain whose cards are each on a phone and at Google, both with the newest: its key and the phones."""
    from regulars.kernel.ids import decode, encode
    from regulars.platform.actor import system_actor
    from regulars.platform.clock import real_now
    from regulars.platform.database import execute, row
    from regulars.programs.rules import BalanceTypeDraft
    from regulars.wallets.actions.certificates import upload_certificate
    from regulars.wallets.actions.google_account import upload_account
    from regulars.wallets.actions.google_pass import make_save_link
    from regulars.wallets.actions.passes import make_pass, register
    from regulars.wallets.actions.refresh import follow_holder
    from regulars.wallets.queries.view import gather
    from regulars.wallets.rules.apple.certificate import Files
    from tests.google_stand_in import ISSUER, account_file

    points = BalanceTypeDraft(name="Points", kind="points", external_id="points")
    api_key, cards = make_shop([points], cards=count)
    found = row("SELECT id FROM chains ORDER BY id DESC LIMIT 1", using="owner")
    assert found
    chain: UUID = found[0]
    now = real_now()
    files = Files(ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem)
    upload_certificate(system_actor(chain), files, now=now)
    upload_account(system_actor(chain), account_file(), ISSUER, now=now)
    show, phones = gather(now), []
    for number, card in enumerate(cards):
        card_id = decode("crd", card)
        assert card_id
        given = make_pass(chain, card_id, show, now=now)
        document = document_in(given.content)
        serial = str(document["serialNumber"])
        pass_id = decode("pas", serial)
        assert pass_id
        token = f"{number:064x}"
        device = f"{encode('chn', chain)}-{number}"
        register(chain, pass_id, device=device, push_token=token, now=now)
        modified = given.modified_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        before = set(google.objects)
        make_save_link(chain, card_id, show, now=lambda: now)
        (at_google,) = set(google.objects) - before
        google.users.add(at_google)
        # As Google's call says once somebody has taken it.
        in_google = decode("pas", at_google.rpartition(".")[2])
        assert in_google
        follow_holder(chain, in_google, has_holder=True, now=now)
        phones.append(Phone(card, device, token, serial, document["authenticationToken"], modified, at_google))
    # What a phone is told of when it registers is over: it has the newest.
    # What an earlier run that was stopped left behind would be sent with ours.
    execute("DELETE FROM wallet_refreshes", using="owner")
    execute("UPDATE wallet_passes SET told_tag = tag, told_at = NULL WHERE chain_id = %s", [chain], using="owner")
    execute("ANALYZE", using="owner")
    return api_key, phones


def document_in(content: bytes) -> dict[str, Any]:
    """What a pass says."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found: dict[str, Any] = json.loads(archive.read("pass.json"))
    return found


def balance_in(content: bytes) -> float:
    """The points that a pass shows."""
    groups = document_in(content)["storeCard"].values()
    return float(next(one["value"] for group in groups for one in group if one.get("label") == "Points"))


def notes_of(seconds: int) -> list[str]:
    """What was done."""
    return [
        (
            "Apple: a stand-in for its push service, HTTP/2 over TLS. Google: a stand-in for its wallet, which checks each body. Both answer"
            f" after {ANSWER_SECONDS * 1000:.0f} ms. {seconds} s, one web server, dispatcher and worker on the same processors as stand-ins,"
            " tills and phones."
        ),
        (
            "The time begins when the till has the answer to its change, which is committed then, and ends with the answer to the push;"
            " a second of it is the wait for further changes of the same card."
        ),
        "A phone that is told asks what changed and fetches the signed pass; Google is sent what the card shows.",
        f"Google takes 20 writes a second from an issuer, and we send 15 unless told otherwise; here {GOOGLE_RATE} were allowed.",
    ]
