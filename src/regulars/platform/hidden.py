"""Secrets of features: stored so that the database alone, or a backup of it alone, does not give them away."""

import os
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE_BYTES: Final = 12


def hide(secret: bytes, *, purpose: str, owner: bytes) -> bytes:
    """A secret as it is stored: hidden with the installation's own, bound to what it is for and to the row that owns it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(purpose)).encrypt(nonce, secret, owner)


def reveal(hidden: bytes, *, purpose: str, owner: bytes) -> bytes | None:
    """What was hidden; None where the installation has another secret by now, or somebody changed what is stored."""
    hidden = bytes(hidden)
    try:
        return AESGCM(_key(purpose)).decrypt(hidden[:NONCE_BYTES], hidden[NONCE_BYTES:], owner)
    except (InvalidTag, ValueError):
        return None


def _key(purpose: str) -> bytes:
    secret = sha256(settings.SECRET_KEY.encode()).digest()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret)
