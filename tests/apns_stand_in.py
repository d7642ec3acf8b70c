"""What stands for Apple's push service: HTTP/2 over TLS, asks for the client's certificate, and answers as it is told to."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from tests.apple_kit import Apple, Authority, key_pem, rsa_key

Says = Callable[[str], tuple[int, dict[str, object]]]
"""Status and body for a push token."""


@dataclass
class Apns:
    """The stand-in: what it got, and how it answers."""

    url: str = ""
    trust: str = ""
    pushed: list[str] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)
    connections: int = 0
    says: Says = lambda _token: (200, {})
    wait_seconds: float = 0.0
    goaway_after: int = 0
    """A connection ends, harshly, after so many requests; 0 is never."""
    lines: list[ssl.SSLSocket] = field(default_factory=list, repr=False)

    def hang_up(self) -> None:
        """End all connections without a word."""
        while self.lines:
            with contextlib.suppress(OSError):
                self.lines.pop().shutdown(socket.SHUT_RDWR)


def _server_certificate(ours: Apple) -> Authority:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    key = rsa_key(5)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(ours.intermediate.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ours.intermediate.certificate.not_valid_before_utc)
        .not_valid_after(ours.intermediate.certificate.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    )
    return Authority(made.sign(ours.intermediate.key, hashes.SHA256()), key)


@contextmanager
def apns(ours: Apple, folder: Path) -> Iterator[Apns]:
    """Run the stand-in; only clients with a certificate under the tests' authority are let in."""
    folder.mkdir(exist_ok=True)
    server = _server_certificate(ours)
    (folder / "server.pem").write_bytes(server.pem + ours.intermediate.pem + key_pem(server.key))
    (folder / "roots.pem").write_bytes(ours.root.pem + ours.intermediate.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.load_verify_locations(folder / "roots.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    told = Apns(trust=str(folder / "roots.pem"))
    listening = socket.create_server(("127.0.0.1", 0))
    told.url = f"https://localhost:{listening.getsockname()[1]}"
    stopping = threading.Event()

    def accept() -> None:
        while not stopping.is_set():
            with contextlib.suppress(OSError, ssl.SSLError):
                plain, _ = listening.accept()
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=_serve, args=(told, context, plain), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield told
    stopping.set()
    listening.close()


def _serve(told: Apns, context: ssl.SSLContext, plain: socket.socket) -> None:
    try:
        line = context.wrap_socket(plain, server_side=True)
    except (OSError, ssl.SSLError):
        plain.close()
        return
    told.connections += 1
    told.lines.append(line)
    subject = x509.load_der_x509_certificate(line.getpeercert(binary_form=True) or b"").subject
    told.clients.add(str(subject.get_attributes_for_oid(NameOID.USER_ID)[0].value))
    talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    lock, asked = threading.Lock(), [0]
    talk.initiate_connection()
    paths: dict[int, dict[str, str]] = {}
    with contextlib.suppress(OSError, ssl.SSLError, h2.exceptions.ProtocolError), line:
        line.sendall(talk.data_to_send())
        while data := line.recv(65_536):
            with lock:
                events = talk.receive_data(data)
            for event in events:
                if isinstance(event, h2.events.RequestReceived):
                    paths[event.stream_id] = dict(event.headers)  # type: ignore[arg-type]
                elif isinstance(event, h2.events.StreamEnded):
                    asked[0] += 1
                    headers = paths.pop(event.stream_id)
                    if told.goaway_after and asked[0] > told.goaway_after:
                        talk.close_connection()
                        line.sendall(talk.data_to_send())
                        return
                    threading.Thread(target=_answer, args=(told, talk, line, lock, event.stream_id, headers)).start()
            with lock:
                line.sendall(talk.data_to_send())


def _answer(
    told: Apns,
    talk: h2.connection.H2Connection,
    line: ssl.SSLSocket,
    lock: threading.Lock,
    stream: int,
    headers: dict[str, str],
) -> None:
    if told.wait_seconds:
        time.sleep(told.wait_seconds)
    token = headers[":path"].removeprefix("/3/device/")
    told.topics.add(headers.get("apns-topic", ""))
    status, body = told.says(token)
    if status == 200:
        told.pushed.append(token)
    with lock, contextlib.suppress(OSError, h2.exceptions.ProtocolError):
        content = json.dumps(body).encode() if body else b""
        talk.send_headers(stream, [(":status", str(status))], end_stream=not content)
        if content:
            talk.send_data(stream, content, end_stream=True)
        line.sendall(talk.data_to_send())
