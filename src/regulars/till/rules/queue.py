"""What a device notes without a connection, signed with its key: read, checked, judged; pure (TIL-5)."""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from regulars.kernel.text import has_forbidden
from regulars.till.rules.presses import SOURCES, STAMPS_AT_ONCE_MAX, Source

QueuedKind = Literal["stamps", "purchase"]
By = Literal["camera", "scanner", "typed"]
QUEUED_KINDS: Final[tuple[str, ...]] = get_args(QueuedKind)
"""What only gives. What takes something away needs the server, who knows what is left."""
WAYS: Final[tuple[str, ...]] = get_args(By)
ACCEPTED_FOR: Final = timedelta(days=7)
TOGETHER_MAX: Final = 200
"""As many are sent at a time."""
TEXT_MAX: Final = 1_000
KEY_LENGTHS: Final = range(8, 65)
SEQUENCE_MAX: Final = 2**31 - 1
PAYLOAD_MAX: Final = 4_000
CURVE: Final = ec.SECP256R1()
POINT_BYTES: Final = 65
SIGNATURE_BYTES: Final = 64
_FIELDS: Final = frozenset(
    ("device", "sequence", "key", "at", "kind", "card", "text", "by", "count", "amount", "source", "location")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One thing that a device says was done: which card, by its id or by what was read, and when by the device's clock."""

    device: str
    sequence: int
    key: str
    claimed_at: datetime
    kind: QueuedKind
    card: str
    text: str
    by: By
    count: int | None
    amount: str
    source: Source
    location: str

    @property
    def code_end(self) -> str:
        """The end of what was read."""
        return self.text.strip()[-4:]


def read_queued(payload: str) -> Queued | None:
    """What a payload says; None where it is not of the form that the till writes."""
    if len(payload) > PAYLOAD_MAX:
        return None
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or frozenset(said) != _FIELDS:
        return None
    texts = {name: said[name] for name in _FIELDS - {"sequence", "count"}}
    if not all(isinstance(one, str) and not has_forbidden(one) and len(one) <= TEXT_MAX for one in texts.values()):
        return None
    at = _moment(said["at"])
    if at is None or not _fits(said):
        return None
    return Queued(
        device=said["device"],
        sequence=said["sequence"],
        key=said["key"],
        claimed_at=at,
        kind=said["kind"],
        card=said["card"],
        text=said["text"],
        by=said["by"],
        count=said["count"],
        amount=said["amount"],
        source=said["source"],
        location=said["location"],
    )


def _fits(said: dict[str, Any]) -> bool:
    """Whether every value is one that the till could have written."""
    sequence, count = said["sequence"], said["count"]
    return (
        type(sequence) is int
        and 1 <= sequence <= SEQUENCE_MAX
        and (count is None or (type(count) is int and 1 <= count <= STAMPS_AT_ONCE_MAX))
        and len(said["key"]) in KEY_LENGTHS
        and len(said["amount"]) <= 40
        and said["kind"] in QUEUED_KINDS
        and said["by"] in WAYS
        and said["source"] in SOURCES
        and bool(said["card"]) != bool(said["text"])
        and (count is not None) != bool(said["amount"])
    )


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 2000 <= at.year <= 9000 else None


def is_point(public_key: bytes) -> bool:
    """Whether these bytes are a public key of the curve."""
    if len(public_key) != POINT_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public_key)
    except ValueError:
        return False
    return True


def is_signed(payload: str, signature: str, public_key: bytes) -> bool:
    """Whether the holder of the key signed exactly this payload (base64 of r and s, as browsers sign)."""
    raw = read_base64(signature)
    if len(raw) != SIGNATURE_BYTES:
        return False
    numbers = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public_key)
    try:
        key.verify(encode_dss_signature(*numbers), payload.encode(errors="surrogatepass"), ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def read_base64(text: str) -> bytes:
    """The bytes of a base64 text; none where it is none."""
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return b""


def is_too_old(claimed_at: datetime, now: datetime) -> bool:
    """Whether it is too long ago to be counted."""
    return now - claimed_at > ACCEPTED_FOR
