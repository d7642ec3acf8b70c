"""Letters that only the holder of a key can make, for addresses and codes that people or cameras carry."""

import hashlib
import hmac
from typing import Final

from regulars.kernel.ids import ALPHABET

LETTERS: Final = 24
"""Of a proof that guards an address: 120 bits."""


def proof_of(message: bytes, key: bytes, *, letters: int = LETTERS) -> str:
    """So many letters, of five bits each, for a message; who compares them takes the same time whatever is wrong."""
    digest = hmac.digest(key, message, hashlib.sha256)
    return "".join([ALPHABET[byte & 31] for byte in digest[:letters]])
