"""What an attacker sends over real sockets: a flood with one key, bytes that are no text in a header that we read (API-1)."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from regulars.platform.embedded import DatabaseUrls
from regulars.staff.actions import create_key
from tests.ledger_kit import Counter, at_once, open_counter
from tests.operation.tree import HIDDEN, free_port, wait_for
from tests.people import NOW

pytestmark = [pytest.mark.committed]

THREADS = 24
EACH = 20
PER_MINUTE = 60
START_SECONDS_MAX = 60


@pytest.fixture
def url(committed_db: DatabaseUrls, tmp_path: Path) -> Iterator[str]:
    """The address of the server that the product runs, as one process of its own."""
    assert committed_db.app
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name not in HIDDEN or name.startswith("DATABASE")}
    here = {"REGULARS_HOME": str(tmp_path), "REGULARS_PORT": str(port), "REGULARS_WORKERS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "regulars", "web"], env={**kept, **here, "REGULARS_KEY_RATE": str(PER_MINUTE)}
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: is_up(port), START_SECONDS_MAX, lambda: "the server did not start")
        yield address
    finally:
        process.terminate()
        process.wait()


def is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def api_key(counter: Counter) -> str:
    scopes = frozenset({"cards:read", "customers:read", "customers:write"})
    return create_key(counter.shop.actor, name="Attack", scopes=scopes, now=NOW).key


def ask(url: str, key: str, path: str = "/api/v1/cards?limit=1") -> tuple[int, dict[str, str]]:
    """One request on a connection of its own."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def test_a_flood_with_one_key_gets_its_share_and_not_one_more(url: str) -> None:
    counter = open_counter()
    attacker, neighbour = api_key(counter), api_key(counter)
    together = threading.Barrier(THREADS)
    started = time.monotonic()

    def flood() -> list[tuple[int, dict[str, str]]]:
        together.wait(60)
        return [ask(url, attacker) for _ in range(EACH)]

    answers = [answer for some in at_once([flood] * THREADS) if isinstance(some, list) for answer in some]
    assert len(answers) == THREADS * EACH
    seconds = time.monotonic() - started
    found = Tally(status for status, _ in answers)
    assert set(found) == {200, 429}
    # A full bucket, and what flowed in while they came; never one more, however many ask at one instant.
    assert PER_MINUTE <= found[200] <= PER_MINUTE + seconds * PER_MINUTE / 60 + 1
    refused = [headers for status, headers in answers if status == 429]
    assert all(int(headers["retry-after"]) >= 1 for headers in refused)
    assert {headers["ratelimit-remaining"] for headers in refused} == {"0"}
    assert {headers["ratelimit-limit"] for _, headers in answers} == {str(PER_MINUTE)}
    assert ask(url, neighbour)[0] == 200


def test_keys_that_are_none_are_refused_however_many_come(url: str) -> None:
    open_counter()
    answers = at_once([partial(ask, url, f"rk_{number:040d}") for number in range(THREADS)])
    assert Tally(answer[0] for answer in answers if isinstance(answer, tuple)) == {401: THREADS}


TAGS = [
    b'"\xff\xfe"',
    b"\xc3\xa9",
    b'"1"\xf0\x9f\x98\x80',
    '"١"'.encode(),
    b'W/"1"',
    b'"999999999999999999999"',
    b'"-1"',
    b'"1", "2"',
    b"\x80" * 5_000,
]


def test_a_version_that_is_no_text_is_refused_cleanly(url: str) -> None:
    counter = open_counter()
    key = api_key(counter)
    made = send(url, key, "POST", "/api/v1/customers", None, {"name": "Anna", "email": "anna@example.com"})
    assert made[0] == 201
    identifier = json.loads(made[1])["id"]
    for tag in TAGS:
        status, body = send(url, key, "PATCH", f"/api/v1/customers/{identifier}", tag, {"name": "Berta"})
        assert status in (400, 412), (tag, status, body)
        assert b"Traceback" not in body
    assert send(url, key, "PATCH", f"/api/v1/customers/{identifier}", b'"1"', {"name": "Cleo"})[0] == 200


def send(url: str, key: str, method: str, path: str, tag: bytes | None, body: object) -> tuple[int, bytes]:
    """A request byte by byte, as no client would let us write it."""
    where = urlsplit(url)
    content = json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1".encode(),
        f"Host: {where.netloc}".encode(),
        f"Authorization: Bearer {key}".encode(),
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(content),
        b"Connection: close",
        *([b"If-Match: " + tag] if tag is not None else []),
    ]
    with socket.create_connection((where.hostname or "", where.port or 80), timeout=60) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + content)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()
