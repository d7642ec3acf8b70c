"""Many small requests to one service over HTTP/2, on a connection that stays open (push services ask for that).

A service that does not speak it is asked in HTTP/1.1.

The address is the installation's, never a user's, so it is not looked at as `outbound` looks at those. One thread of the
process runs all of it; whoever calls waits for the answers. libcurl does the talking: clients that are written in Python took
four milliseconds for a request, and were most of what the sender did.
"""

from __future__ import annotations

import asyncio
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
    """What the service said; status 0 where it did not answer, with why."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


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
    _client: pycurl.AsyncCurlMulti | None = None
    _at_once: int = AT_ONCE

    def send_all(self, asked: Sequence[Ask]) -> list[Reply]:
        """Send all, many at once; the replies in the same order. Never raises for what the network does."""
        return _LOOP.run(self._send_all(asked)) if asked else []

    def close(self) -> None:
        """End the connection."""
        if self._client is not None:
            client, self._client = self._client, None
            _LOOP.run(client.aclose())

    async def _send_all(self, asked: Sequence[Ask]) -> list[Reply]:
        places = asyncio.Semaphore(self._at_once)

        async def one(ask: Ask) -> Reply:
            async with places:
                return await self._send(ask)

        return list(await asyncio.gather(*(one(ask) for ask in asked)))

    async def _send(self, ask: Ask) -> Reply:
        import pycurl

        problem = ""
        for _ in range(TRIES if ask.is_repeatable else 1):
            told = _Told(self.body_max)
            request = self._request(ask, told)
            try:
                await self._open().perform(request)
            except pycurl.error as fault:
                code, problem = fault.args
                if code == pycurl.E_OPERATION_TIMEDOUT:
                    return Reply(0, problem="too slow")
                continue
            # Over HTTP/1.1 requests would wait for a connection inside of the library, and their time would run.
            is_shared = request.getinfo(pycurl.INFO_HTTP_VERSION) == pycurl.CURL_HTTP_VERSION_2_0
            self._at_once = AT_ONCE if is_shared else self.connections
            return Reply(request.getinfo(pycurl.RESPONSE_CODE), bytes(told.body), told.headers)
        return Reply(0, problem=str(problem))

    def _request(self, ask: Ask, told: _Told) -> pycurl.Curl:
        import pycurl

        made = pycurl.Curl()
        for option, value in self._options:
            made.setopt(option, value)
        made.setopt(pycurl.URL, self.url + ask.path)
        made.setopt(pycurl.CUSTOMREQUEST, ask.method)
        if ask.body or ask.method != "GET":
            made.setopt(pycurl.POSTFIELDS, ask.body)
        # Without a value the header that the library would add is left out.
        headers = dict.fromkeys(("accept", "content-type", "expect", "user-agent"), "") | dict(ask.headers)
        made.setopt(pycurl.HTTPHEADER, [f"{name}: {value}".rstrip() for name, value in headers.items()])
        made.setopt(pycurl.WRITEFUNCTION, told.take_body)
        made.setopt(pycurl.HEADERFUNCTION, told.take_header)
        if not ask.is_repeatable:
            # On a connection that was open before, the library would send it again where no answer begins.
            made.setopt(pycurl.FRESH_CONNECT, True)
        return made

    def _open(self) -> pycurl.AsyncCurlMulti:
        if self._client is None:
            import pycurl

            self._client = pycurl.AsyncCurlMulti()
            self._client.setopt(pycurl.M_MAX_HOST_CONNECTIONS, self.connections)
        return self._client

    @cached_property
    def _options(self) -> list[tuple[int, Any]]:
        """What all requests have in common."""
        import pycurl

        options = [
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTPS | pycurl.PROTO_HTTP),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
            # Rather share a connection that is being opened than open one more.
            (pycurl.PIPEWAIT, True),
            (pycurl.MAXAGE_CONN, IDLE_SECONDS_MAX),
            (pycurl.TIMEOUT_MS, round(self.seconds_max * 1000)),
            (pycurl.NOSIGNAL, True),
            # What the environment says of proxies is about other programs.
            (pycurl.PROXY, ""),
            *_trusted(self.trust),
        ]
        if self.identity is not None:
            options += [(pycurl.SSLCERT_BLOB, self.identity.certificate), (pycurl.SSLKEY_BLOB, self.identity.key)]
        return options


@dataclass(slots=True)
class _Told:
    """What a service says, piece by piece; of a body that is too long the beginning."""

    body_max: int
    body: bytearray = field(default_factory=bytearray)
    headers: dict[str, str] = field(default_factory=dict)

    def take_body(self, piece: bytes) -> None:
        """Some of the body."""
        self.body += piece[: max(0, self.body_max - len(self.body))]

    def take_header(self, line: bytes) -> None:
        """A line before it."""
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name.lower()] = value.strip()


def _trusted(more: str) -> list[tuple[int, Any]]:
    """The roots of the system, and those in a file besides."""
    import pycurl

    known = ssl.get_default_verify_paths()
    roots = [Path(one).read_bytes() for one in (known.cafile, more) if one]
    folder = [(pycurl.CAPATH, known.capath)] if known.capath else []
    return [(pycurl.CAINFO_BLOB, b"\n".join(roots)), *folder] if roots else folder


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


_LOOP: Final = _Loop()
