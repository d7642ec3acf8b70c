"""The token and the code of a request at a public page: made of its id and the installation's key, nothing to store."""

import hashlib
import hmac
import secrets
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, encode

MAC_LETTERS: Final = 24
CODE_DIGITS: Final = 6
PICKUP_PREFIX: Final = "J-"
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def request_token(request_id: UUID, *, key: str) -> str:
    """What stands in the address of a request: its id and 120 bits that only the holder of `key` can make."""
    mac = "".join(_ALPHABET[byte & 31] for byte in _digest(request_id, "token", key)[:MAC_LETTERS])
    return encode("j", request_id)[2:] + mac


def request_of_token(token: str, *, key: str) -> UUID | None:
    """Whose token this is; None for any that we did not make."""
    if not token.isascii() or not MAC_LETTERS < len(token) < 100:
        return None
    found = decode("j", "j_" + token[:-MAC_LETTERS])
    if found is None or not hmac.compare_digest(token.encode(), request_token(found, key=key).encode()):
        return None
    return found


def request_code(request_id: UUID, *, key: str) -> str:
    """The six digits that are sent to the address."""
    number = int.from_bytes(_digest(request_id, "code", key)[:8]) % 10**CODE_DIGITS
    return str(number).zfill(CODE_DIGITS)


def is_code(typed: str, request_id: UUID, *, key: str) -> bool:
    """Whether somebody typed the code; takes the same time whatever is wrong."""
    digits = "".join(sign for sign in typed if sign.isdecimal() and sign.isascii())
    return hmac.compare_digest(digits.encode(), request_code(request_id, key=key).encode())


def new_pickup() -> str:
    """A name for a request that is read aloud at the till: no secret, for only staff can do something with it."""
    return f"{PICKUP_PREFIX}{secrets.randbelow(10**7):07d}"


def read_pickup(text: str) -> str | None:
    """The pick-up name in what was scanned or typed ("j 123 4567"); None where it is none."""
    digits = "".join(text.upper().removeprefix("J").replace("-", " ").split())
    sound = text[:1].upper() == "J" and digits.isascii() and digits.isdecimal() and len(digits) == 7
    return f"{PICKUP_PREFIX}{digits}" if sound else None


def _digest(request_id: UUID, purpose: str, key: str) -> bytes:
    return hmac.digest(key.encode(), b"join-" + purpose.encode() + b":" + request_id.bytes, hashlib.sha256)
