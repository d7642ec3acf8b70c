"""The only way out to other machines: checked addresses, no redirects, limits on time and size (DESIGN section 8).

A name is resolved once, every address is checked, and the connection goes to the checked address with the name in TLS:
a name that answers differently a second time (DNS rebinding) gains nothing. REGULARS_OUTBOUND_ALLOW names networks that
are the owner's own, `10.0.0.0/8,127.0.0.1`: they may be private, and spoken to without TLS.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

SECONDS_MAX: Final = 10.0
BYTES_MAX: Final = 1_000_000
CHUNK_BYTES: Final = 1 << 16
ANSWER_BYTES_MAX: Final = 10_000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_REASONS: Final = {
    "invalid_address": "This is no web address that can be asked.",
    "name_unknown": "The name {host} is not known.",
    "address_refused": "{host} lies in a private network, which is not asked. Whoever runs Regulars can allow it.",
    "https_wanted": "Only addresses with https:// are asked.",
    "not_reached": "{host} does not answer.",
    "no_trust": "{host} does not prove who it is: its certificate is not valid.",
    "too_slow": "{host} took longer than {seconds} seconds.",
    "too_large": "The answer of {host} has more than {megabytes} MB.",
    "moved": "{host} answers with another address: {location}. Enter that one.",
    "status": "{host} answers with {status}.",
    "encoded": "{host} answers packed, though it was asked not to.",
    "cut_off": "The answer of {host} ended too early.",
}


class NotFetched(Exception):
    """An address did not give what was asked for; `code` is one of `_REASONS`, with the facts of its sentence."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def message(self) -> str:
        """The English sentence, with places for the facts."""
        return _REASONS[self.code]


@dataclass(frozen=True, slots=True)
class _Target:
    host: str
    port: int
    path: str
    is_tls: bool
    address: Address


@dataclass(frozen=True, slots=True)
class Answered:
    """What another machine answered to what was sent to it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def send(url: str, body: bytes, *, headers: Mapping[str, str], seconds_max: float = SECONDS_MAX) -> Answered:
    """POST to an address, checked as `fetch` checks it; any status is an answer, and the start of its body comes along.

    Raises NotFetched for a private address, and for one that does not answer in time.
    """
    target = _check(url)
    connection = _Connection(target, until=time.monotonic() + seconds_max)
    try:
        sent = {"Accept-Encoding": "identity", "User-Agent": f"Regulars/{settings.VERSION}"}
        with connection.reasons(seconds_max):
            connection.request("POST", target.path, body=body, headers={**headers, **sent})
            response = connection.response = connection.getresponse()
            connection.wait_no_longer()
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answered(response.status, told, response.read1(ANSWER_BYTES_MAX))
    finally:
        connection.end()


@contextmanager
def fetch(
    url: str,
    *,
    bytes_max: int = BYTES_MAX,
    seconds_max: float = SECONDS_MAX,
    accept: str = "*/*",
    headers: Mapping[str, str] | None = None,
) -> Iterator[Iterator[bytes]]:
    """GET an address and hand out the answer's body piece by piece while the block runs.

    `headers` are sent besides: a key of the other side, checked by whoever keeps it. They go to the checked address only, as
    nothing is followed.

    Raises NotFetched, while pieces are taken as well: for a private address, an answer other than 200, one that is
    larger than `bytes_max`, or one that is not there whole after `seconds_max`.
    """
    target = _check(url)
    connection = _Connection(target, until=time.monotonic() + seconds_max)
    try:
        sent = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": f"Regulars/{settings.VERSION}"}
        with connection.reasons(seconds_max):
            connection.request("GET", target.path, headers={**(headers or {}), **sent})
            response = connection.response = connection.getresponse()
            _check_answer(response, target, bytes_max=bytes_max)
        yield _pieces(response, connection, target, bytes_max=bytes_max, seconds_max=seconds_max)
    finally:
        connection.end()


def _check_answer(response: http.client.HTTPResponse, target: _Target, *, bytes_max: int) -> None:
    if 300 <= response.status < 400:
        raise NotFetched("moved", host=target.host, location=(response.headers.get("Location") or "")[:300])
    if response.status != 200:
        raise NotFetched("status", host=target.host, status=response.status)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotFetched("encoded", host=target.host)
    if response.length is not None and response.length > bytes_max:
        raise NotFetched("too_large", host=target.host, megabytes=bytes_max // 1_000_000)


def _pieces(
    response: http.client.HTTPResponse,
    connection: "_Connection",
    target: _Target,
    *,
    bytes_max: int,
    seconds_max: float,
) -> Iterator[bytes]:
    taken = 0
    expected = response.length
    while True:
        with connection.reasons(seconds_max):
            connection.wait_no_longer()
            piece = response.read1(CHUNK_BYTES)
            taken += len(piece)
            if not piece and expected is not None and taken < expected:
                raise ConnectionResetError
        if taken > bytes_max:
            raise NotFetched("too_large", host=target.host, megabytes=bytes_max // 1_000_000)
        if not piece:
            return
        yield piece


class _Connection(http.client.HTTPConnection):
    """A connection to the address that was checked; the name goes into TLS and the request.

    A timer ends it once its time is over: else a server that sends a letter now and then could hold it for hours.
    """

    def __init__(self, target: _Target, *, until: float) -> None:
        super().__init__(target.host, target.port)
        self._target = target
        self._until = until
        self.response: http.client.HTTPResponse | None = None
        self._plain: socket.socket | None = None
        self._ending = threading.Timer(max(0.0, until - time.monotonic()), self._end)
        self._ending.daemon = True

    def connect(self) -> None:
        """Connect to the checked address."""
        self._ending.start()
        plain = socket.create_connection((str(self._target.address), self._target.port), timeout=self._left())
        self._plain = self.sock = plain
        if self._target.is_tls:
            context = ssl.create_default_context()
            self._plain = self.sock = context.wrap_socket(plain, server_hostname=self._target.host)

    def end(self) -> None:
        """Close everything that belongs to the connection."""
        self._ending.cancel()
        # An answer keeps the socket open of its own.
        if self.response is not None:
            self.response.close()
        self.close()
        if self._plain is not None:
            self._plain.close()

    def wait_no_longer(self) -> None:
        """Let the next read wait for what is left of the time. Raises TimeoutError."""
        left = self._left()
        if self.sock is not None:
            self.sock.settimeout(left)

    @contextmanager
    def reasons(self, seconds_max: float) -> Iterator[None]:
        """Turn what goes wrong on the way into NotFetched."""
        host = self._target.host
        try:
            yield
        except ssl.SSLCertVerificationError as problem:
            raise NotFetched("no_trust", host=host) from problem
        except (OSError, http.client.HTTPException, ValueError) as problem:
            if isinstance(problem, TimeoutError) or time.monotonic() >= self._until:
                raise NotFetched("too_slow", host=host, seconds=int(seconds_max)) from problem
            if isinstance(problem, http.client.IncompleteRead | ConnectionResetError):
                raise NotFetched("cut_off", host=host) from problem
            raise NotFetched("not_reached", host=host) from problem

    def _left(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _end(self) -> None:
        if self._plain is not None:
            with suppress(OSError):
                self._plain.shutdown(socket.SHUT_RDWR)


def _check(url: str) -> _Target:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotFetched("invalid_address") from None
    host = parts.hostname or ""
    sound = url.isascii() and url.isprintable() and " " not in url
    if not sound or parts.scheme not in ("https", "http") or not host or parts.username is not None:
        raise NotFetched("invalid_address")
    is_tls = parts.scheme == "https"
    address = _resolve(host)
    if not is_tls and not settings.OUTBOUND_HTTP and not _is_own(address):
        raise NotFetched("https_wanted")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(host, port or (443 if is_tls else 80), path, is_tls, address)


def _resolve(host: str) -> Address:
    """The first address of a name; the name is refused as a whole where any of its addresses is."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotFetched("name_unknown", host=host) from None
    addresses = [ipaddress.ip_address(str(line[4][0]).partition("%")[0]) for line in found]
    if not all(_is_own(address) or _is_public(address) for address in addresses):
        raise NotFetched("address_refused", host=host)
    if not addresses:
        raise NotFetched("name_unknown", host=host)
    return addresses[0]


def _is_public(address: Address) -> bool:
    """Whether an address, and the IPv4 one that an IPv6 one may stand for, is one of the whole Internet."""
    faces: list[Address | None] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        faces += [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            faces.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return all(face.is_global and not face.is_multicast for face in faces if face is not None)


def _is_own(address: Address) -> bool:
    plain = address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address
    networks = [ipaddress.ip_network(text.strip(), strict=False) for text in settings.OUTBOUND_ALLOW]
    return any(plain in network for network in networks)


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
