"""What stands for a push service and for a browser: real HTTP on this machine, and a reader of RFC 8291 of its own."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.test import override_settings

from regulars.wallets.rules.web.sealing import point_of
from regulars.wallets.rules.web.subscription import encode64
from tests.stand_in import serving


@dataclass
class Browser:
    """A browser that was told of an endpoint and can read what comes there."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"0123456789abcdef"

    def subscribe(self, endpoint: str) -> str:
        """What it hands to the page."""
        keys = {"p256dh": encode64(point_of(self.key)), "auth": encode64(self.secret)}
        return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def read(self, body: bytes) -> bytes:
        """RFC 8188 and RFC 8291, written down once more from the receiver's side."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)

        def derive(secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
            return HKDF(algorithm=SHA256(), length=size, salt=salt, info=info).derive(secret)

        info = b"WebPush: info\0" + point_of(self.key) + theirs
        shared = derive(self.key.exchange(ec.ECDH(), point), self.secret, info, 32)
        key = derive(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
        plain = AESGCM(key).decrypt(derive(shared, salt, b"Content-Encoding: nonce\0", 12), sealed, None)
        assert plain[-1:] == b"\x02"
        return plain[:-1]


@dataclass
class Service:
    """A push service: what it got, and what it says for a path."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    says: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)


@contextmanager
def push_service() -> Iterator[Service]:
    """Run the stand-in; this machine may be spoken to while it runs."""
    told = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.path, dict(self.headers), body))
            time.sleep(told.waits.get(self.path, 0))
            status, headers = told.says.get(self.path, (201, {}))
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    with serving(Handler) as told.url, override_settings(OUTBOUND_ALLOW=["127.0.0.1"]):
        yield told
