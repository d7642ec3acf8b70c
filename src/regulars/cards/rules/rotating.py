"""Codes that change every half minute, so that a picture of one is worth nothing (TIL-6); pure.

A code names who made it (a phone that holds the card, or the card's own page), the half minute, and proves both: 80 bits of an
HMAC over them with a secret that only this phone and the server know. Everything is of the letters that a QR code packs most
tightly, and small enough to be read from a scratched screen.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from regulars.kernel.ids import decode, encode

PREFIX: Final = "RC"
SECONDS: Final = 30
WINDOW: Final = 1
"""So many half minutes may a clock be wrong, either way."""
STEP_LETTERS: Final = 6
MAC_LETTERS: Final = 16
FIXED_A_DAY: Final = 3
"""So often a day a card whose code changes may be shown by what never changes: its number, a print, Apple's pass."""
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHAPE: Final = re.compile(rf"RC([0-9A-Z]{{26}})([0-9A-Z]{{{STEP_LETTERS}}})([0-9A-Z]{{{MAC_LETTERS}}})")

Verdict = Literal["good", "forged", "late", "early", "used"]


@dataclass(frozen=True, slots=True)
class RotatingCode:
    """A code as it was read: it proves nothing before `judge_code` said "good"."""

    maker: UUID
    step: int
    mac: str


def step_at(now: datetime) -> int:
    """The half minute that a moment lies in."""
    return int(now.timestamp()) // SECONDS


def make_code(maker: UUID, secret: bytes, step: int) -> str:
    """The code that its maker shows in this half minute."""
    name = _name(maker)
    return PREFIX + name + _letters_of(step) + _mac(name, secret, step)


def read_code(text: str) -> RotatingCode | None:
    """The parts of a code; None for a text that is none. Scanners that send small letters are understood."""
    found = _SHAPE.fullmatch(text.strip().upper())
    if found is None:
        return None
    maker, step = decode("c", "c_" + found[1].lower()), 0
    for letter in found[2]:
        place = _ALPHABET.find(letter)
        if place < 0:
            return None
        step = step * len(_ALPHABET) + place
    return RotatingCode(maker, step, found[3]) if maker is not None else None


def judge_code(code: RotatingCode, secret: bytes, *, used_step: int, now: datetime) -> Verdict:
    """Whether a code is good now, and if not, why. `used_step` is the last of its maker that was accepted.

    A maker's clock only goes forward, so a step is good once, and none before it is good any more.
    """
    if not hmac.compare_digest(code.mac, _mac(_name(code.maker), secret, code.step)):
        return "forged"
    present = step_at(now)
    if code.step < present - WINDOW:
        return "late"
    if code.step > present + WINDOW:
        return "early"
    return "used" if code.step <= used_step else "good"


def page_secret(card_id: UUID, link_version: int, *, key: str) -> bytes:
    """The secret of codes that the server itself draws on the card's page; a renewed link makes it another one."""
    message = b"rotating-code-page:" + card_id.bytes + link_version.to_bytes(8, "big")
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def _name(maker: UUID) -> str:
    return encode("c", maker)[2:].upper()


def _letters_of(step: int) -> str:
    letters = ""
    for _place in range(STEP_LETTERS):
        step, rest = divmod(step, len(_ALPHABET))
        letters = _ALPHABET[rest] + letters
    return letters


def _mac(name: str, secret: bytes, step: int) -> str:
    digest = hmac.new(secret, f"rotating-code:{name}:{step}".encode(), hashlib.sha256).digest()
    return "".join(_ALPHABET[byte & 31] for byte in digest[:MAC_LETTERS])
