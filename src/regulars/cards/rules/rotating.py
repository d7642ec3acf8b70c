"""Codes that change every half minute, so that a picture of one is worth nothing (TIL-6); pure.

A code names who made it (a phone that holds the card, or the card's own page), the half minute, and proves both: 80 bits of an
HMAC over them with a secret that only this phone and the server know. Everything is of the letters that a QR code packs most
tightly, and small enough to be read from a scratched screen.

Google Wallet draws codes by itself too, but only as RFC 6238 says (TOTP with SHA-1): the moment and eight digits stand in a
pattern that it is given. Such a code names the secret that Google has for the card, and is judged as the others are.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from regulars.kernel.ids import ALPHABET, decode, encode
from regulars.kernel.proofs import proof_of

PREFIX: Final = "RC"
SECONDS: Final = 30
WINDOW: Final = 1
"""So many half minutes may a clock be wrong, either way."""
STEP_LETTERS: Final = 6
MAC_LETTERS: Final = 16
FIXED_A_DAY: Final = 3
"""So often a day a card whose code changes may be shown by what never changes: its number, a print, Apple's pass."""
WALLET_PREFIX: Final = "RG"
WALLET_DIGITS: Final = 8
WALLET_SECRET_BYTES: Final = 20
"""As long as what SHA-1 gives, as RFC 4226 recommends."""
_ALPHABET: Final = ALPHABET.upper()
_SHAPE: Final = re.compile(rf"RC([0-9A-Z]{{26}})([0-9A-Z]{{{STEP_LETTERS}}})([0-9A-Z]{{{MAC_LETTERS}}})")
_WALLET_SHAPE: Final = re.compile(rf"{WALLET_PREFIX}([0-9A-Z]{{26}})([0-9]{{9,12}})([0-9]{{{WALLET_DIGITS}}})")

Verdict = Literal["good", "forged", "late", "early", "used"]


@dataclass(frozen=True, slots=True)
class RotatingCode:
    """A code as it was read: it proves nothing before `judge_code` said "good"."""

    maker: UUID
    step: int
    mac: str
    is_wallets: bool = False
    """A wallet drew it, and not the page of the card."""


def step_at(now: datetime) -> int:
    """The half minute that a moment lies in."""
    return int(now.timestamp()) // SECONDS


def make_code(maker: UUID, secret: bytes, step: int) -> str:
    """The code that its maker shows in this half minute."""
    name = _name(maker)
    return PREFIX + name + _letters_of(step) + _mac(name, secret, step)


def wallet_pattern(maker: UUID) -> str:
    """What Google Wallet fills with the second in which it draws a code, and with the digits of its half minute."""
    return WALLET_PREFIX + _name(maker) + "{totp_timestamp_seconds}{totp_value_0}"


def totp(secret: bytes, step: int, *, digits: int = WALLET_DIGITS) -> str:
    """The digits that RFC 6238 has for a period, with SHA-1."""
    return HOTP(secret, digits, SHA1()).generate(step).decode()  # noqa: S303 - in an HMAC, and Google knows no other


def read_code(text: str) -> RotatingCode | None:
    """The parts of a code; None for a text that is none. Scanners that send small letters are understood."""
    text = text.strip().upper()
    of_wallet = _WALLET_SHAPE.fullmatch(text)
    if of_wallet is not None:
        maker = decode("c", "c_" + of_wallet[1].lower())
        step = int(of_wallet[2]) // SECONDS
        return RotatingCode(maker, step, of_wallet[3], is_wallets=True) if maker is not None else None
    found = _SHAPE.fullmatch(text)
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
    wanted = totp(secret, code.step) if code.is_wallets else _mac(_name(code.maker), secret, code.step)
    if not hmac.compare_digest(code.mac, wanted):
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
    return proof_of(f"rotating-code:{name}:{step}".encode(), secret, letters=MAC_LETTERS).upper()
