"""Many small requests to one service: what arrives there, and what becomes of a service that misbehaves."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from regulars.platform.outbound_http2 import Ask, Reply, Service
from tests.stand_in import serving

BODY_MAX = 50


@contextmanager
def service(url: str, **other: Any) -> Iterator[Service]:
    made = Service(url, body_max=BODY_MAX, **{"seconds_max": 5.0} | other)
    try:
        yield made
    finally:
        made.close()


class Echo(BaseHTTPRequestHandler):
    """Says which request it got."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        names = sorted(name.lower() for name in self.headers if name.lower() != "host")
        told = f"{self.command} {self.path} {','.join(names)} ".encode() + body
        self.send_response(207)
        self.send_header("X-Other", "Größe 1".encode().decode("latin-1"))
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 (the names are http.server's)


@contextmanager
def raw(answer: Callable[[socket.socket, int], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A service that does with each request, by its number, what it is told to; its address and what it got."""
    got: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(line: socket.socket) -> None:
        with line, suppress(OSError):
            while data := line.recv(65_536):
                got.append(data)
                answer(line, len(got))

    def accept() -> None:
        while True:
            try:
                line, _from = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", got
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def good(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (Ask("/a", b"", {}, "GET"), b"GET /a  "),
        (Ask("/b?c=1", b"{}", {"x-one": "1"}), b"POST /b?c=1 content-length,x-one {}"),
        (Ask("/d", b"", {}), b"POST /d content-length "),
        (Ask("/e", b"\0\xff", {}, "PATCH"), b"PATCH /e content-length \0\xff"),
        (Ask("/f", b"", {"authorization": "Bearer x"}, "DELETE"), b"DELETE /f authorization,content-length "),
    ],
)
def test_a_request_is_sent_as_it_is_and_with_nothing_else(ask: Ask, told: bytes) -> None:
    with serving(Echo) as url, service(url) as to:
        (reply,) = to.send_all([ask])
    assert (reply.status, reply.body, reply.problem) == (207, told[:BODY_MAX], "")
    assert reply.headers["x-other"] == "Größe 1".encode().decode("latin-1")


def test_of_an_answer_that_is_too_long_the_beginning_is_kept() -> None:
    with serving(Echo) as url, service(url) as to:
        (reply,) = to.send_all([Ask("/", b"x" * 100_000, {})])
    assert reply.body == (b"POST / content-length " + b"x" * 100)[:BODY_MAX]


def test_answers_come_in_the_order_of_the_requests_to_whoever_asked() -> None:
    def ask(who: int) -> list[bytes]:
        return [reply.body for reply in to.send_all([Ask(f"/{who}/{number}", b"", {}, "GET") for number in range(60)])]

    with serving(Echo) as url, service(url, connections=5) as to, ThreadPoolExecutor(4) as callers:
        told = list(callers.map(ask, range(4)))
    assert told == [[f"GET /{who}/{number}  ".encode() for number in range(60)] for who in range(4)]


def test_nothing_to_send_asks_nobody() -> None:
    with service("http://127.0.0.1:9") as to:
        assert to.send_all([]) == []


def test_what_the_environment_says_of_proxies_is_not_for_us(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(Echo) as url, service(url) as to:
        assert to.send_all([Ask("/", b"", {}, "GET")])[0].status == 207


def test_a_redirect_is_an_answer() -> None:
    def answer(line: socket.socket, _number: int) -> None:
        line.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")

    with raw(answer) as (url, got), service(url) as to:
        assert to.send_all([Ask("/", b"", {}, "GET")])[0].status == 302
    assert len(got) == 1


@pytest.mark.parametrize(("is_repeatable", "asked"), [(True, 3), (False, 2)])
def test_a_request_without_an_answer_is_sent_again_only_where_twice_is_once(is_repeatable: bool, asked: int) -> None:
    """The first is answered on a connection that stays open; then the service takes one and hangs up."""

    def answer(line: socket.socket, number: int) -> None:
        if number == 2:
            line.shutdown(socket.SHUT_RDWR)
        else:
            good(line)

    with raw(answer) as (url, got), service(url) as to:
        assert to.send_all([Ask("/", b"1", {})])[0].status == 200
        (reply,) = to.send_all([Ask("/", b"2", {}, is_repeatable=is_repeatable)])
    assert len(got) == asked
    assert reply.status == (200 if is_repeatable else 0)
    assert bool(reply.problem) != is_repeatable


def test_a_service_that_does_not_answer_is_too_slow_and_not_asked_again() -> None:
    def answer(_line: socket.socket, _number: int) -> None:
        return

    with raw(answer) as (url, got), service(url, seconds_max=0.3) as to:
        assert to.send_all([Ask("/", b"", {})]) == [Reply(0, problem="too slow")]
    assert len(got) == 1


def test_an_endless_answer_ends_with_the_time_and_takes_no_memory() -> None:
    def answer(line: socket.socket, _number: int) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            line.sendall(b"x" * 65_536)

    with raw(answer) as (url, _got), service(url, seconds_max=0.5) as to:
        assert to.send_all([Ask("/", b"", {})]) == [Reply(0, problem="too slow")]


@pytest.mark.parametrize("said", [b"rubbish\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
def test_what_is_no_answer_is_a_problem(said: bytes) -> None:
    def answer(line: socket.socket, _number: int) -> None:
        line.sendall(said)
        line.shutdown(socket.SHUT_RDWR)

    with raw(answer) as (url, got), service(url) as to:
        (reply,) = to.send_all([Ask("/", b"", {})])
    assert reply.status == 0
    assert reply.problem
    assert len(got) == 4


def test_nobody_there_is_a_problem_that_says_so() -> None:
    with service("http://127.0.0.1:9") as to:
        (reply,) = to.send_all([Ask("/secret", b"", {})])
    assert reply.status == 0
    assert "127.0.0.1" in reply.problem
    assert "secret" not in reply.problem
