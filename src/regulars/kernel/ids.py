"""Identifiers: time-ordered inside, prefixed with their noun outside."""

import secrets
import threading
import time
from typing import Final
from uuid import UUID

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_TEXT_LENGTH: Final = 26

_lock = threading.Lock()
_last_stamp = 0


def new_id() -> UUID:
    """Make a UUIDv7 that sorts after every one made before it in this process (RFC 9562, section 5.7).

    The 12 bits after the milliseconds count fractions of a millisecond, so that a busy process stays monotonic
    without waiting; the other 62 bits are random. Never use one as a secret.
    """
    global _last_stamp
    with _lock:
        now_ns = time.time_ns()
        stamp = (now_ns // 1_000_000) << 12 | (now_ns % 1_000_000) * 4096 // 1_000_000
        stamp = max(stamp, _last_stamp + 1)
        _last_stamp = stamp
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def encode(prefix: str, identifier: UUID) -> str:
    """Write an identifier as the API shows it: `crd_` and 26 letters of Crockford's base 32."""
    value = identifier.int
    letters = []
    for _ in range(_TEXT_LENGTH):
        letters.append(_ALPHABET[value & 31])
        value >>= 5
    return f"{prefix}_{''.join(reversed(letters))}"


def decode(prefix: str, text: str) -> UUID | None:
    """Read what `encode` wrote; None for anything else, whatever it is."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != _TEXT_LENGTH:
        return None
    value = 0
    for letter in body.lower():
        digit = _VALUES.get(letter)
        if digit is None:
            return None
        value = value << 5 | digit
    return UUID(int=value) if value < 1 << 128 else None
