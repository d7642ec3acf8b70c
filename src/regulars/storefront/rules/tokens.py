"""The token and the code of a request at a public page: made of its id and the installation's key, nothing to store."""

import hashlib
import hmac
import secrets
from typing import Final
from uuid import UUID

from regulars.kernel.ids import decode, encode
from regulars.kernel.proofs import LETTERS, proof_of

CODE_DIGITS: Final = 6
PICKUP_PREFIX: Final = "J-"


def request_token(request_id: UUID, *, key: str) -> str:
    """What stands in the address of a request: its id and 120 bits that only the holder of `key` can make."""
    return encode("j", request_id)[2:] + proof_of(_message(request_id, "token"), key.encode())


def request_of_token(token: str, *, key: str) -> UUID | None:
    """Whose token this is; None for any that we did not make."""
    if not token.isascii() or not LETTERS < len(token) < 100:
        return None
    found = decode("j", "j_" + token[:-LETTERS])
    if found is None or not hmac.compare_digest(token.encode(), request_token(found, key=key).encode()):
        return None
    return found


def request_code(request_id: UUID, *, key: str) -> str:
    """The six digits that are sent to the address."""
    digest = hmac.digest(key.encode(), _message(request_id, "code"), hashlib.sha256)
    number = int.from_bytes(digest[:8]) % 10**CODE_DIGITS
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


def _message(request_id: UUID, purpose: str) -> bytes:
    return b"join-" + purpose.encode() + b":" + request_id.bytes
