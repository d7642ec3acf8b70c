"""A message that only one browser can read, and the proof of who sends it (RFC 8291, RFC 8188, RFC 8292); pure."""

import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from regulars.wallets.rules.web.subscription import Subscription, encode64

SALT_BYTES: Final = 16
RECORD_BYTES: Final = 4096
MESSAGE_BYTES_MAX: Final = 3000
"""Push services take 4096 bytes with everything around."""
GOOD_FOR: Final = timedelta(hours=12)
_LAST_RECORD: Final = b"\x02"
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def seal(message: bytes, to: Subscription, *, salt: bytes, once: ec.EllipticCurvePrivateKey) -> bytes:
    """The body of a push. `salt` and the key `once` are new for each message."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.point)
    ours = point_of(once)
    both = b"WebPush: info\0" + to.point + ours
    shared = _derive(once.exchange(ec.ECDH(), theirs), to.secret, both, 32)
    key = _derive(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(shared, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return head + AESGCM(key).encrypt(nonce, message + _LAST_RECORD, None)


def sender_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """The key that proves who sends, drawn from the installation's secret of card links: made with it at the first start, in
    every backup with it, and a new one ends what the old links subscribed to."""
    drawn = HKDF(algorithm=SHA256(), length=48, salt=None, info=b"regulars web push").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(drawn, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half, as browsers and push services want it."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def proof(endpoint: str, key: ec.EllipticCurvePrivateKey, *, contact: str, now: datetime) -> str:
    """The header that says who sends (VAPID): good for the push service of this endpoint, and for half a day."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + GOOD_FOR).timestamp()),
        "sub": contact,
    }
    signed = ".".join(_json64(part) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    token = f"{signed}.{encode64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={encode64(point_of(key))}"


def _json64(value: object) -> str:
    return encode64(json.dumps(value, separators=(",", ":")).encode())


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
