"""Secret keys inside a backup: wrapped by a passphrase, so that who finds the file cannot make card links or sessions."""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import json
import os
import secrets
import sys
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from regulars.project.backup.errors import BackupError, Damaged, WrongPassphrase

VARIABLE: Final = "REGULARS_BACKUP_PASSPHRASE"
LENGTH_MIN: Final = 8
COST: Final = {"n": 2**16, "r": 8, "p": 1}
COST_MAX: Final = {"n": 2**20, "r": 32, "p": 16}
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
BOUND_TO: Final = b"regulars backup 1"


@dataclass(frozen=True, slots=True)
class Wrapping:
    """Two keys made of a passphrase: one hides the secrets, the other signs the list of checksums."""

    hiding: bytes
    signing: bytes

    def sign(self, text: bytes) -> str:
        """A code over the text that only who knows the passphrase can make."""
        return hmac.new(self.signing, text, hashlib.sha256).hexdigest()


def wrap(secrets_of_home: dict[str, str], passphrase: str) -> tuple[dict[str, Any], Wrapping]:
    """Hide the secrets; the first value is what the backup keeps of them."""
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    wrapping = _derive(passphrase, salt, **COST)
    hidden = AESGCM(wrapping.hiding).encrypt(nonce, json.dumps(secrets_of_home).encode(), BOUND_TO)
    kept = {"kdf": "scrypt", **COST, "salt": _text(salt), "cipher": "AES-256-GCM", "nonce": _text(nonce)}
    return {**kept, "hidden": _text(hidden)}, wrapping


def unwrap(kept: dict[str, Any], passphrase: str) -> tuple[dict[str, str], Wrapping]:
    """Read what `wrap` hid. Raises WrongPassphrase, Damaged."""
    try:
        cost = {name: int(kept[name]) for name in COST}
        salt, nonce, hidden = (base64.b64decode(kept[name], validate=True) for name in ("salt", "nonce", "hidden"))
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("its keys cannot be read") from error
    if any(not 1 <= cost[name] <= COST_MAX[name] for name in COST) or len(nonce) != NONCE_BYTES:
        raise Damaged("its keys cannot be read")
    wrapping = _derive(passphrase, salt, **cost)
    try:
        found: dict[str, str] = json.loads(AESGCM(wrapping.hiding).decrypt(nonce, hidden, BOUND_TO))
    except InvalidTag as error:
        raise WrongPassphrase from error
    return found, wrapping


def _derive(passphrase: str, salt: bytes, *, n: int, r: int, p: int) -> Wrapping:
    made = Scrypt(salt=salt, length=64, n=n, r=r, p=p).derive(passphrase.encode())
    return Wrapping(hiding=made[:32], signing=made[32:])


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def ask_passphrase(*, is_new: bool) -> str:
    """The passphrase from REGULARS_BACKUP_PASSPHRASE, else typed; a new one twice. Raises BackupError."""
    given = os.environ.get(VARIABLE)
    if given is None:
        if not sys.stdin.isatty():
            raise BackupError(f"A passphrase is needed: set {VARIABLE}, or run this at a terminal.")
        given = getpass.getpass("Passphrase of the backup: ")
        if is_new and getpass.getpass("The same again: ") != given:
            raise BackupError("The two were not the same. Nothing was written.")
    if is_new and len(given) < LENGTH_MIN:
        raise BackupError(f"A passphrase needs at least {LENGTH_MIN} characters.")
    return given
