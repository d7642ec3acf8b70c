"""Identifiers: time-ordered inside, prefixed with their noun outside."""

import base64
import secrets
import threading
import time
from typing import Final
from uuid import UUID

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_FROM_RFC_4648: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_TEXT_LENGTH: Final = 26
_COUNTER_DIGITS: Final = 8

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


def new_stem() -> str:
    """The beginning of four billion UUIDv7s in order: all but the last eight hexadecimal digits, which count.

    For statements that make thousands of rows (RFC 9562, section 6.2, a counter in the last bits): fresh randomness for
    each row may cost a system call.
    """
    return str(new_id())[:-_COUNTER_DIGITS]


def stem_sql(stem: str, count: str) -> str:
    """SQL for the id with this stem and counter: `stem` is an SQL text, `count` an SQL whole number below four billion."""
    return f"({stem} || lpad(to_hex({count}), {_COUNTER_DIGITS}, '0'))::uuid"


def encode(prefix: str, identifier: UUID) -> str:
    """Write an identifier as the API shows it: `crd_` and 26 letters of Crockford's base 32."""
    # Twenty bytes are the fewest that fill letters of five bits each to the end.
    letters = base64.b32encode(identifier.int.to_bytes(20, "big"))[-_TEXT_LENGTH:]
    return f"{prefix}_{letters.translate(_FROM_RFC_4648).decode()}"


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
