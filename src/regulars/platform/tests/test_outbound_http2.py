"""Many small requests to one service: what arrives there, and what becomes of a service that misbehaves."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from regulars.platform.outbound_http2 import Ask, Identity, Reply, Service
from tests.apns_stand_in import Apns, apns
from tests.races.test_worker import wait_for
from tests.stand_in import serving
from tests.wallet_kit import our_apple

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


@contextmanager
def over_http2(folder: Path, **other: Any) -> Iterator[tuple[Service, Apns]]:
    """A service that speaks HTTP/2, and what is asked of it."""
    ours = our_apple()
    with apns(ours, folder) as told:
        who = Identity(ours.leaf.pem, ours.leaf.key_pem)
        with service(told.url, identity=who, trust=told.trust, **other) as to:
            yield to, told


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
    assert (reply.status, reply.is_unsent) == (0, True)
    assert "127.0.0.1" in reply.problem
    assert "secret" not in reply.problem


def test_what_went_out_is_not_called_unsent() -> None:
    def answer(line: socket.socket, _number: int) -> None:
        line.shutdown(socket.SHUT_RDWR)

    with raw(answer) as (url, got), service(url) as to:
        assert [one.is_unsent for one in to.send_all([Ask("/", b"1", {}, is_repeatable=False)])] == [False]
    assert len(got) == 1


@pytest.mark.parametrize("is_repeatable", [True, False])
def test_waiting_for_a_place_takes_nothing_off_the_time_of_a_request(is_repeatable: bool) -> None:
    """Forty requests of 0.1 s over four connections take a second, and each has 0.6."""

    def answer(line: socket.socket, _number: int) -> None:
        time.sleep(0.1)
        good(line)

    asks = [Ask("/", b"", {}, is_repeatable=is_repeatable) for _ in range(40)]
    with raw(answer) as (url, got), service(url, connections=4, seconds_max=0.6) as to, ThreadPoolExecutor(2) as two:
        replies = [reply for half in two.map(to.send_all, (asks[:20], asks[20:])) for reply in half]
    assert {reply.status for reply in replies} == {200}
    assert len(got) == 40


def test_a_connection_that_fell_silent_is_left(tmp_path: Path) -> None:
    let_go = threading.Event()
    with over_http2(tmp_path, seconds_max=0.5) as (to, told):

        def says(token: str) -> tuple[int, dict[str, object]]:
            if told.connections == 1 and token != "first":
                let_go.wait(30)
            return 200, {}

        told.says = says
        assert to.send_all([Ask("/3/device/first", b"{}", {})])[0].status == 200
        assert to.send_all([Ask("/3/device/second", b"{}", {})])[0].problem == "too slow"
        assert [to.send_all([Ask("/3/device/third", b"{}", {})])[0].status for _ in range(3)] == [200] * 3
        let_go.set()


def test_over_http2_too_what_must_not_come_twice_is_sent_once(tmp_path: Path) -> None:
    """While it is under way a request that may come twice joins, and then the service hangs up."""
    asked: list[str] = []
    goes_on = threading.Event()

    def says(token: str) -> tuple[int, dict[str, object]]:
        asked.append(token)
        goes_on.wait(30)
        return 200, {}

    with over_http2(tmp_path) as (to, told), ThreadPoolExecutor(2) as callers:
        told.says = says
        once = callers.submit(to.send_all, [Ask("/3/device/once", b"{}", {}, is_repeatable=False)])
        wait_for(lambda: asked == ["once"])
        again = callers.submit(to.send_all, [Ask("/3/device/again", b"{}", {})])
        wait_for(lambda: len(asked) == 2)
        told.hang_up()
        (lost,) = once.result(10)
        goes_on.set()
        (reply,) = again.result(10)
    assert (lost.status, lost.is_unsent, reply.status) == (0, False, 200)
    assert asked.count("once") == 1


def test_closing_ends_nothing_that_is_under_way(tmp_path: Path) -> None:
    with over_http2(tmp_path) as (to, told), ThreadPoolExecutor(3) as callers:
        told.wait_seconds = 0.05
        asks = [Ask(f"/3/device/{number}", b"{}", {}) for number in range(20)]
        sending = [callers.submit(lambda: [to.send_all(asks) for _ in range(4)]) for _ in range(2)]
        while not all(one.done() for one in sending):
            to.close()
        assert {reply.status for one in sending for some in one.result() for reply in some} == {200}


@pytest.mark.parametrize("before", [b"HTTP/1.1 103 Early Hints\r\nRetry-After: 99\r\n\r\n", b""])
def test_headers_are_those_of_the_answer_itself(before: bytes) -> None:
    def answer(line: socket.socket, _number: int) -> None:
        line.sendall(before + b"HTTP/1.1 503 Not now: later\r\nTransfer-Encoding: chunked\r\nX-One: 1\r\n\r\n")
        line.sendall(b"2\r\nok\r\n0\r\nRetry-After: 98\r\nX-One: 2\r\n\r\n")

    with raw(answer) as (url, _got), service(url) as to:
        (reply,) = to.send_all([Ask("/", b"", {}, "GET")])
    assert (reply.status, reply.body) == (503, b"ok")
    assert reply.headers == {"transfer-encoding": "chunked", "x-one": "1"}


@pytest.mark.parametrize(
    "ask",
    [
        Ask("/", b"", {"a": "1\r\nEvil: 1"}),
        Ask("/", b"", {"a\r\nEvil": "1"}),
        Ask("/", b"", {"a": "\0"}),
        Ask("/", b"", {"a": "ü"}),
        Ask("/ HTTP/1.1\r\nEvil: 1\r\n\r\n", b"", {}),
        Ask("@127.0.0.1:9/", b"", {}),
        Ask("", b"", {}),
        Ask("/", b"", {}, "GET / HTTP/1.1\r\n\r\nGET"),
    ],
)
def test_what_is_more_than_one_request_is_none(ask: Ask) -> None:
    with serving(Echo) as url, service(url) as to:
        bad, fine = to.send_all([ask, Ask("/fine", b"", {}, "GET")])
    assert bad == Reply(0, problem="invalid request", is_unsent=True)
    assert fine.status == 207


def test_a_path_is_sent_as_it_is_and_an_empty_header_too() -> None:
    with serving(Echo) as url, service(url) as to:
        (reply,) = to.send_all([Ask("/a/../b", b"", {"x-none": ""}, "GET")])
    assert reply.body == b"GET /a/../b x-none "
