"""Identifiers: time-ordered inside, prefixed with their noun outside."""

import os
import struct
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID, SafeUUID

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)
_TEXT_LENGTH: Final = 26
_COUNTER_DIGITS: Final = 8
_SHIFTS: Final = range(120, -1, -10)

_RANDOM_NUMBERS: Final = 64
_NUMBERS: Final = struct.Struct(f"{_RANDOM_NUMBERS}Q")

# Found once: what a class attribute or an enumeration costs to ask for, several for each order.
_set_number: Final = UUID.int.__set__  # type: ignore[attr-defined, misc]
_set_safety: Final = UUID.is_safe.__set__  # type: ignore[attr-defined, misc]
_SAFETY: Final = SafeUUID.unknown

_VERSION: Final = 0x7 << 76 | 0b10 << 62

_lock = threading.Lock()
_last_stamp = 0
_random: Iterator[int] = iter(())


def _forget_random() -> None:
    global _random
    _random = iter(())


# Else two processes would go on with the same random bits.
os.register_at_fork(after_in_child=_forget_random)


def new_id() -> UUID:
    """Make a UUIDv7 that sorts after every one made before it in this process (RFC 9562, section 5.7).

    The 12 bits after the milliseconds count fractions of a millisecond, so that a busy process stays monotonic
    without waiting; the other 62 bits are random. Never use one as a secret.
    """
    global _last_stamp, _random
    with _lock:
        now_ns = time.time_ns()
        milliseconds, rest = divmod(now_ns, 1_000_000)
        stamp = milliseconds << 12 | rest * 4096 // 1_000_000
        if stamp <= _last_stamp:
            stamp = _last_stamp + 1
        _last_stamp = stamp
        tail = next(_random, None)
        if tail is None:
            _random = iter(_NUMBERS.unpack(os.urandom(_NUMBERS.size)))
            tail = next(_random)
    made = object.__new__(UUID)
    _set_number(made, (stamp >> 12) << 80 | (stamp & 0xFFF) << 64 | _VERSION | tail >> 2)
    _set_safety(made, _SAFETY)
    return made


def new_id_at(moment: datetime) -> UUID:
    """Make a UUIDv7 that stands among those of a moment of the past: for what is entered long after it happened."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return _uuid(milliseconds << 80 | new_id().int & (1 << 80) - 1)


def _uuid(value: int) -> UUID:
    """What `UUID(int=value)` makes of a number that is known to fit, in a tenth of the time."""
    made = object.__new__(UUID)
    _set_number(made, value)
    _set_safety(made, _SAFETY)
    return made


def uuid_of(text: str) -> UUID:
    """The id that PostgreSQL wrote; what comes from elsewhere is checked by `UUID`, which takes three times as long."""
    return _uuid(int(text.replace("-", ""), 16))


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
    value = identifier.int
    return prefix + "_" + "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])


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
    return _uuid(value) if value < 1 << 128 else None
