"""The service account that speaks for a business at Google: read from the JSON file that Google Cloud gives, and checked.

Source: Google, "Create service account credentials" and "Using OAuth 2.0 for server to server applications". Of the file
only who it is and its key are used; the addresses that it names are not, as whoever made the file could name any.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

BITS_MIN: Final = 2048
ISSUER: Final = re.compile(r"[0-9]{6,25}")
EMAIL: Final = re.compile(r"[a-z0-9.-]{1,100}@[a-z0-9.-]{1,100}\.gserviceaccount\.com")
TEXT_MAX: Final = 200

_REASONS: Final = {
    "not_json": "This file is no JSON. Make a key of the kind JSON for the service account in Google Cloud.",
    "is_p12": "This is a key of the kind P12, which is protected by a password. Make one of the kind JSON.",
    "not_a_service_account": "This JSON is not the key of a service account but of the kind “{kind}”.",
    "incomplete": "The file names no {name}. Take the file as Google Cloud gave it.",
    "key_protected": "The private key in the file is protected by a password. Take the file as Google Cloud gave it.",
    "key_not_readable": "The private key in the file cannot be read. Take the file as Google Cloud gave it.",
    "key_not_usable": "The private key in the file is not RSA with at least 2048 bits, as Google's are.",
    "not_an_email": "The file names “{email}”, which is no service account.",
    "not_an_issuer": "The issuer ID is the number that the Google Pay & Wallet Console shows: only digits.",
    "not_reached": "Google could not be asked ({problem}), so nothing was changed. Try again in a moment.",
    "key_refused": "Google does not take this key: {problem}. It was deleted, has expired, or belongs to another account; or the clock of this machine is wrong.",
    "not_allowed": "The service account may not write for issuer {issuer}. Invite {email} in the Google Pay & Wallet Console under Users, and turn on the Google Wallet API in the project {project}.",
    "issuer_unknown": "Google knows no issuer {issuer}.",
    "refused": "Google refused: {problem}",
    "missing": "Google Wallet has no service account yet.",
    "key_lost": "The key of the service account for Google Wallet cannot be read any more.",
    "not_public": "The address of this installation does not begin with https://, so Google can fetch no pictures from it and tell it nothing.",
    "review_refused": "Google has refused the card {card}.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an account cannot be used; `facts` fill the sentence."""

    code: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English sentence, with places for the facts."""
        return _REASONS[self.code]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleAccount:
    """A service account that writes the passes of an issuer."""

    chain_id: UUID | None = None
    issuer: str
    email: str
    project: str
    key_name: str
    key: rsa.RSAPrivateKey = field(repr=False, compare=False)

    @property
    def pass_type(self) -> str:
        """Passes are of their issuer: those of another are told nothing."""
        return self.issuer


def read_account(content: bytes, issuer: str) -> GoogleAccount | list[Problem]:
    """What was uploaded as an account, or everything that is wrong with it."""
    problems = [] if ISSUER.fullmatch(issuer) else [Problem("not_an_issuer")]
    told = _read_json(content)
    if isinstance(told, Problem):
        return [told, *problems]
    if told.get("type") != "service_account":
        return [Problem("not_a_service_account", {"kind": _kind(told)}), *problems]
    named = {name: told.get(name) for name in ("client_email", "private_key", "private_key_id", "project_id")}
    texts = {name: one for name, one in named.items() if isinstance(one, str) and one}
    problems += [Problem("incomplete", {"name": name}) for name in named if name not in texts]
    if "client_email" in texts and not EMAIL.fullmatch(texts["client_email"]):
        problems.append(Problem("not_an_email", {"email": texts["client_email"][:TEXT_MAX]}))
    key = _read_key(texts["private_key"]) if "private_key" in texts else None
    problems += [key] if isinstance(key, Problem) else []
    if problems or not isinstance(key, rsa.RSAPrivateKey):
        return problems
    return GoogleAccount(
        issuer=issuer,
        email=texts["client_email"],
        project=texts["project_id"][:TEXT_MAX],
        key_name=texts["private_key_id"][:TEXT_MAX],
        key=key,
    )


def load_key(stored: bytes) -> rsa.RSAPrivateKey:
    """The key that was checked when it was uploaded, in a fraction of the time of a check."""
    loaded = serialization.load_pem_private_key(stored, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def stored_key(account: GoogleAccount) -> bytes:
    """The key as PEM; it is secret."""
    return account.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_json(content: bytes) -> dict[str, Any] | Problem:
    if content[:1] == b"\x30":
        return Problem("is_p12")
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return Problem("not_json")
    return told if isinstance(told, dict) else Problem("not_json")


def _kind(told: dict[str, Any]) -> str:
    kind = told.get("type") or next((name for name in ("web", "installed") if name in told), "?")
    return str(kind)[:40]


def _read_key(text: str) -> rsa.RSAPrivateKey | Problem:
    if "ENCRYPTED" in text:
        return Problem("key_protected")
    try:
        key = serialization.load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm, UnicodeEncodeError):
        return Problem("key_not_readable")
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < BITS_MIN:
        return Problem("key_not_usable")
    return key
