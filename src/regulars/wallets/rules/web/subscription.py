"""What a browser hands over so that it can be told: where, and for whom it is encrypted (RFC 8030, RFC 8291)."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

URL_LENGTH_MAX: Final = 1_000
POINT_BYTES: Final = 65
SECRET_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a browser is told, its public key, and the secret that it shares with whoever tells it."""

    endpoint: str = field(repr=False)
    point: bytes
    secret: bytes = field(repr=False)

    @property
    def device(self) -> str:
        """The name of this browser among those of a card: the same for the same endpoint, and it gives nothing away."""
        return hashlib.sha256(self.endpoint.encode()).hexdigest()

    def text(self) -> str:
        """As it is stored; `read_subscription` makes the same of it."""
        keys = {"p256dh": encode64(self.point), "auth": encode64(self.secret)}
        return json.dumps({"endpoint": self.endpoint, "keys": keys}, separators=(",", ":"))


def read_subscription(text: str) -> Subscription | None:
    """The subscription that a browser wrote as JSON; None for anything that none could have written."""
    try:
        told: Any = json.loads(text)
        endpoint, keys = told["endpoint"], told["keys"]
        point, secret = decode64(keys["p256dh"]), decode64(keys["auth"])
        parts = urlsplit(endpoint)
        # A point that does not lie on the curve would make us tell our key bit by bit.
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error):
        return None
    if parts.scheme not in ("https", "http") or not parts.hostname or len(endpoint) > URL_LENGTH_MAX:
        return None
    is_whole = len(point) == POINT_BYTES and len(secret) == SECRET_BYTES
    return Subscription(endpoint, point, secret) if is_whole and endpoint.isascii() else None


def encode64(value: bytes) -> str:
    """Bytes as web push writes them: base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    """What `encode64` wrote. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
