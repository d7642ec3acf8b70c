"""Many small requests to one service over HTTP/2, on a connection that stays open (push services ask for that).

A service that does not speak it is asked in HTTP/1.1.

The address is the installation's, never a user's, so it is not looked at as `outbound` looks at those. One thread of the
process runs all of it; whoever calls waits for the answers. libcurl does the talking (ADR 24): a client that is written in
Python was most of what the sender did.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import pycurl

SECONDS_MAX: Final = 20.0
AT_ONCE: Final = 50
TRIES: Final = 4
"""A service that ends its connection leaves the requests on it without an answer: they are sent again on a new one."""
BODY_MAX: Final = 10_000
IDLE_SECONDS_MAX: Final = 600
ALIVE_SECONDS: Final = 60
"""A connection is asked so often whether it is still there: a router between may have forgotten it."""
_FINAL: Final = 200
"""Statuses below it announce an answer."""
_STATUS: Final = re.compile(rb"HTTP/\S+ (\d{3})")
_METHOD: Final = re.compile(r"[A-Z]+")
_PATH: Final = re.compile(r"/[!-~]*")
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_VALUE: Final = re.compile(r"[ -~]*")
_NOT_ADDED: Final = ("accept", "content-type", "expect", "user-agent")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: where below the service's address, with what. One that must not come twice is sent once, whatever happens."""

    path: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    method: str = "POST"
    is_repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service said; status 0 where it did not answer, with why, and whether it is certain that it got nothing."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    is_unsent: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are to the service: a certificate and its key as PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


@dataclass
class Service:
    """A service at an address, spoken to as somebody. `trust` is a file of roots besides the usual ones, for tests.

    One that speaks HTTP/1.1 is asked over so many connections.
    """

    url: str
    identity: Identity | None = None
    trust: str = ""
    seconds_max: float = SECONDS_MAX
    body_max: int = BODY_MAX
    connections: int = 4

    def __post_init__(self) -> None:
        # What must not come twice has lines of its own: on one that others share, the library sends it again by itself.
        self._shared, self._once = _Line(self.connections), _Line(self.connections)

    def send_all(self, asked: Sequence[Ask]) -> list[Reply]:
        """Send all, many at once; the replies in the same order. Never raises for what the network does."""
        return _LOOP.run(self._send_all(asked)) if asked else []

    def close(self) -> None:
        """End the connections; what is under way is answered before."""
        _LOOP.run(self._close())

    async def _send_all(self, asked: Sequence[Ask]) -> list[Reply]:
        return list(await asyncio.gather(*(self._send(ask) for ask in asked)))

    async def _close(self) -> None:
        self._shared.leave()
        self._once.leave()

    async def _send(self, ask: Ask) -> Reply:
        if not _is_well_formed(ask):
            return Reply(0, problem="invalid request", is_unsent=True)
        line = self._shared if ask.is_repeatable else self._once
        async with line.places:
            reply = await self._try(line, ask)
            for _ in range(TRIES - 1 if ask.is_repeatable else 0):
                if reply.status or reply.problem == _TOO_SLOW:
                    break
                reply = await self._try(line, ask)
            return reply

    async def _try(self, line: _Line, ask: Ask) -> Reply:
        import pycurl

        told = _Told(self.body_max)
        request = self._request(ask, told)
        try:
            await line.perform(request)
        except pycurl.error as fault:
            code = fault.args[0]
            problem = str(fault.args[-1]) or f"libcurl {code}"
            if code == pycurl.E_OPERATION_TIMEDOUT:
                # Nobody knows whether the connection is still one; the library would go on with it.
                line.leave()
                problem = _TOO_SLOW
            return Reply(0, problem=problem, is_unsent=not request.getinfo(pycurl.REQUEST_SIZE))
        if request.getinfo(pycurl.INFO_HTTP_VERSION) == pycurl.CURL_HTTP_VERSION_2_0 and ask.is_repeatable:
            line.widen(AT_ONCE)
        return Reply(request.getinfo(pycurl.RESPONSE_CODE), bytes(told.body), told.headers)

    def _request(self, ask: Ask, told: _Told) -> pycurl.Curl:
        import pycurl

        made = pycurl.Curl()
        for option, value in self._options:
            made.setopt(option, value)
        made.setopt(pycurl.URL, self.url + ask.path)
        made.setopt(pycurl.CUSTOMREQUEST, ask.method)
        if ask.body or ask.method != "GET":
            made.setopt(pycurl.POSTFIELDS, ask.body)
        # A name with a colon and nothing behind it is left out, one with a semicolon is sent empty.
        headers = [f"{name}: {value}" if value else f"{name};" for name, value in ask.headers.items()]
        made.setopt(pycurl.HTTPHEADER, [f"{name}:" for name in _NOT_ADDED if name not in ask.headers] + headers)
        made.setopt(pycurl.WRITEFUNCTION, told.take_body)
        made.setopt(pycurl.HEADERFUNCTION, told.take_header)
        if not ask.is_repeatable:
            made.setopt(pycurl.FRESH_CONNECT, True)
            made.setopt(pycurl.FORBID_REUSE, True)
        return made

    @cached_property
    def _options(self) -> list[tuple[int, Any]]:
        """What all requests have in common."""
        import pycurl

        options = [
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTPS | pycurl.PROTO_HTTP),
            (pycurl.PATH_AS_IS, True),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
            # Rather share a connection that is being opened than open one more.
            (pycurl.PIPEWAIT, True),
            (pycurl.MAXAGE_CONN, IDLE_SECONDS_MAX),
            (pycurl.TCP_KEEPALIVE, True),
            (pycurl.TCP_KEEPIDLE, ALIVE_SECONDS),
            (pycurl.TCP_KEEPINTVL, ALIVE_SECONDS),
            (pycurl.TIMEOUT_MS, round(self.seconds_max * 1000)),
            (pycurl.NOSIGNAL, True),
            # What the environment says of proxies is about other programs.
            (pycurl.PROXY, ""),
            *_trusted(self.trust),
        ]
        if self.identity is not None:
            options += [(pycurl.SSLCERT_BLOB, self.identity.certificate), (pycurl.SSLKEY_BLOB, self.identity.key)]
        return options


_TOO_SLOW: Final = "too slow"


class _Line:
    """Connections to one service, and room for so many requests at once. Used in the loop alone, once it is made."""

    def __init__(self, connections: int) -> None:
        self._connections = self._room = connections
        self._client: _Client | None = None

    @cached_property
    def places(self) -> asyncio.Semaphore:
        """Whoever has one may send: elsewhere requests would wait inside of the library, and their time would run."""
        return asyncio.Semaphore(self._room)

    def widen(self, room: int) -> None:
        """Let so many send at once, where requests were found to share a connection."""
        for _ in range(room - self._room):
            self.places.release()
        self._room = max(room, self._room)

    async def perform(self, request: pycurl.Curl) -> None:
        """Send a request and wait for its answer; raises pycurl.error."""
        client = self._client = self._client or _Client(self._connections)
        await client.perform(request)

    def leave(self) -> None:
        """Begin anew with the next request; what is under way goes on where it is."""
        client, self._client = self._client, None
        if client is not None:
            client.leave()


class _Client:
    """libcurl's connections, which end with their last request once they are left."""

    def __init__(self, connections: int) -> None:
        import pycurl

        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, connections)
        self._under_way = 0
        self._is_left = False

    async def perform(self, request: pycurl.Curl) -> None:
        self._under_way += 1
        try:
            await self._multi.perform(request)
        finally:
            self._under_way -= 1
            self._end()

    def leave(self) -> None:
        self._is_left = True
        self._end()

    def _end(self) -> None:
        if self._is_left and not self._under_way:
            _LOOP.begin(self._multi.aclose())


@dataclass(slots=True)
class _Told:
    """What a service says, piece by piece; of a body that is too long the beginning."""

    body_max: int
    body: bytearray = field(default_factory=bytearray)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    is_over: bool = False
    """Whether the headers of the answer itself have all come: what follows its body is none of them."""

    def take_body(self, piece: bytes) -> None:
        """Some of the body."""
        self.body += piece[: max(0, self.body_max - len(self.body))]

    def take_header(self, line: bytes) -> None:
        """A line before it."""
        name, colon, value = line.decode("latin-1").strip().partition(":")
        if (begins := _STATUS.match(line)) is not None:
            self.status = int(begins[1])
            self.headers.clear()
        elif not name:
            self.is_over = self.status >= _FINAL
        elif colon and not self.is_over:
            self.headers[name.lower()] = value.strip()


def _is_well_formed(ask: Ask) -> bool:
    """Whether it is one request and no more: no line ends, no address but below the service's."""
    names = all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in ask.headers.items())
    return names and bool(_METHOD.fullmatch(ask.method) and _PATH.fullmatch(ask.path))


def _trusted(more: str) -> list[tuple[int, Any]]:
    """The roots of the system as Python finds them, and those in a file besides."""
    import pycurl

    known = ssl.get_default_verify_paths()
    folders = os.environ.get(known.openssl_capath_env) or known.capath
    found: list[tuple[int, Any]] = [(pycurl.CAPATH, folders)] if folders else []
    if more:
        roots = [Path(one).read_bytes() for one in (known.cafile, more) if one]
        return [(pycurl.CAINFO_BLOB, b"\n".join(roots)), *found]
    return [(pycurl.CAINFO, known.cafile), *found] if known.cafile else found


class _Loop:
    """The thread in which everything of this module happens."""

    _lock = threading.Lock()

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="http2", daemon=True).start()
        return loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for what a coroutine gives."""
        with self._lock:
            loop = self._loop
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let a coroutine run on; called in the loop."""
        task = self._loop.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    @cached_property
    def _begun(self) -> set[asyncio.Task[None]]:
        """The loop itself would forget them before they are done."""
        return set()


_LOOP: Final = _Loop()
