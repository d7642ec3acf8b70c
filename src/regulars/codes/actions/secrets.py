"""Secrets that pools send to remote services: kept so that the database alone, or a backup of it alone, does not give them away."""

import os
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES: Final = 12
_PURPOSE: Final = b"regulars code pool secret"


def hide(text: str, pool_id: UUID) -> bytes:
    """A secret as it is stored: hidden with the installation's secret, bound to its pool."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key()).encrypt(nonce, text.encode(), pool_id.bytes)


def reveal(hidden: bytes, pool_id: UUID) -> str | None:
    """What was hidden; None where the installation has another secret by now, or somebody changed what is stored."""
    hidden = bytes(hidden)
    try:
        return AESGCM(_key()).decrypt(hidden[:NONCE_BYTES], hidden[NONCE_BYTES:], pool_id.bytes).decode()
    except (InvalidTag, ValueError):
        return None


def _key() -> bytes:
    secret = sha256(settings.SECRET_KEY.encode()).digest()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret)
