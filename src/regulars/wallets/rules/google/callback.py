"""Whether a call really comes from Google, and what it says: ECv2SigningOnly.

Sources: Google, "Use callbacks for saved or deleted passes" and "Payment data cryptography for merchants" (the form of the
signatures). Google's root key signs a key that lives for days, which signs the message; what is signed is sender, recipient,
version and text, each after its length as four little-endian bytes.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

PROTOCOL: Final = "ECv2SigningOnly"
SENDER: Final = "GooglePayPasses"
NONCE_MAX: Final = 200

Kind = Literal["save", "del"]


class NotBelieved(Exception):
    """A call that is not Google's, or that nobody can read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What Google says: somebody took an object, or put it away. `ends_at` is until when it may be believed."""

    kind: Kind
    class_id: str
    object_id: str
    nonce: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """A call as it came, read but not believed yet."""

    call: Call
    message: str
    signature: bytes
    key_text: str
    key_signatures: tuple[bytes, ...]


def read_call(body: object) -> SignedCall:
    """Read the body of a call. Raises NotBelieved."""
    try:
        outer = _dict(body)
        if outer["protocolVersion"] != PROTOCOL:
            raise NotBelieved("other_protocol")
        middle = _dict(outer["intermediateSigningKey"])
        message = _text(outer["signedMessage"])
        told = _dict(json.loads(message))
        kind, nonce = told["eventType"], _text(told["nonce"])
        if kind not in ("save", "del") or not 0 < len(nonce) <= NONCE_MAX:
            raise NotBelieved("not_readable")
        return SignedCall(
            call=Call(
                kind=kind,
                class_id=_text(told["classId"]),
                object_id=_text(told["objectId"]),
                nonce=nonce,
                ends_at=_moment(told["expTimeMillis"]),
            ),
            message=message,
            signature=_bytes(outer["signature"]),
            key_text=_text(middle["signedKey"]),
            key_signatures=tuple(_bytes(one) for one in middle["signatures"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError) as problem:
        raise NotBelieved("not_readable") from problem


def read_roots(body: object, *, now: datetime) -> tuple[ec.EllipticCurvePublicKey, ...]:
    """Google's root keys that are of use now, from the list that Google publishes; none where it cannot be read."""
    try:
        listed = [_dict(one) for one in _dict(body)["keys"]]
        found = [
            _key(_text(one["keyValue"]))
            for one in listed
            if one.get("protocolVersion") == PROTOCOL
            and ("keyExpiration" not in one or _moment(one["keyExpiration"]) > now)
        ]
    except (KeyError, TypeError, ValueError, OverflowError, OSError, UnsupportedAlgorithm):
        return ()
    return tuple(found)


def check_call(signed: SignedCall, roots: Sequence[ec.EllipticCurvePublicKey], *, issuer: str, now: datetime) -> Call:
    """The call, if Google signed it for this issuer and it is not over. Raises NotBelieved."""
    by_root = _signed_bytes(SENDER, PROTOCOL, signed.key_text)
    if not any(_is_signed(root, one, by_root) for root in roots for one in signed.key_signatures):
        raise NotBelieved("key_not_signed")
    try:
        middle = _dict(json.loads(signed.key_text))
        key, key_ends_at = _key(_text(middle["keyValue"])), _moment(middle["keyExpiration"])
    except (KeyError, TypeError, ValueError, OverflowError, OSError, UnsupportedAlgorithm) as problem:
        raise NotBelieved("not_readable") from problem
    if key_ends_at <= now or signed.call.ends_at <= now:
        raise NotBelieved("over")
    if not _is_signed(key, signed.signature, _signed_bytes(SENDER, issuer, PROTOCOL, signed.message)):
        raise NotBelieved("not_signed")
    return signed.call


def _signed_bytes(*parts: str) -> bytes:
    texts = [part.encode() for part in parts]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)


def _is_signed(key: ec.EllipticCurvePublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _key(text: str) -> ec.EllipticCurvePublicKey:
    key = load_der_public_key(_bytes(text))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError
    return key


def _dict(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except binascii.Error as problem:
        raise ValueError from problem


def _moment(milliseconds: object) -> datetime:
    if isinstance(milliseconds, bool):
        raise TypeError
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)  # type: ignore[call-overload]
