"""Many small requests to one service over HTTP/2, on a connection that stays open (push services ask for that).

A service that does not speak it is asked in HTTP/1.1.

The address is the installation's, never a user's, so it is not looked at as `outbound` looks at those. One thread of the
process runs all of it; whoever calls waits for the answers. httpx's own transport is asked, without httpx: what that does for
each request (addresses, cookies, redirects, encodings) is not needed here, and was a third of what the sender did.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import httpcore

SECONDS_MAX: Final = 20.0
AT_ONCE: Final = 50
TRIES: Final = 4
"""A service that ends its connection leaves the requests on it without an answer: they are sent again on a new one."""
BODY_MAX: Final = 10_000
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


@dataclass(slots=True)
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
    _client: httpcore.AsyncConnectionPool | None = None
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
        import httpcore

        problem = ""
        headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in ask.headers.items()]
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self.seconds_max)
        for _ in range(TRIES if ask.is_repeatable else 1):
            client = self._open()
            try:
                answer = await client.request(
                    ask.method, self.url + ask.path, headers=headers, content=ask.body, extensions={"timeout": timeout}
                )
            except httpcore.TimeoutException:
                return Reply(0, problem="too slow")
            except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, RuntimeError) as fault:
                problem = type(fault).__name__
                continue
            # Without HTTP/2, requests that wait for a connection are compared with all of them whenever one is free.
            self._at_once = AT_ONCE if answer.extensions.get("http_version") == b"HTTP/2" else self.connections
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Reply(answer.status, answer.content[: self.body_max], told)
        return Reply(0, problem=problem)

    def _open(self) -> httpcore.AsyncConnectionPool:
        if self._client is None:
            import httpcore

            self._client = httpcore.AsyncConnectionPool(
                ssl_context=self._context(),
                http2=True,
                max_connections=self.connections,
                max_keepalive_connections=max(2, self.connections // 2),
                keepalive_expiry=600,
            )
        return self._client

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.trust:
            context.load_verify_locations(self.trust)
        if self.identity is None:
            return context
        # OpenSSL takes certificates from files only; this one lives as long as the next line.
        with tempfile.NamedTemporaryFile(prefix="regulars-", suffix=".pem") as both:
            os.fchmod(both.fileno(), 0o600)
            both.write(self.identity.certificate + b"\n" + self.identity.key)
            both.flush()
            context.load_cert_chain(both.name)
        return context


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
