"""What a service account signs: the proof of who it is, and the link that puts a card into somebody's Google Wallet.

Sources: RFC 7519, RFC 7523; Google, "Using OAuth 2.0 for server to server applications" and "Google Wallet JWT". The link
is skinny: it names an object that Google has already, so it is short, and shows nothing of what is on the card.
"""

import base64
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from regulars.wallets.rules.google.account import GoogleAccount

SCOPE: Final = "https://www.googleapis.com/auth/wallet_object.issuer"
SAVE_URL: Final = "https://pay.google.com/gp/v/save/"
ASSERTION_LIVES: Final = timedelta(minutes=30)
LINK_LETTERS_MAX: Final = 1800


def assertion(account: GoogleAccount, audience: str, *, now: datetime) -> str:
    """The proof that is exchanged for an access token."""
    begins = int(now.timestamp())
    ends = begins + int(ASSERTION_LIVES.total_seconds())
    return sign(account, {"iss": account.email, "scope": SCOPE, "aud": audience, "iat": begins, "exp": ends})


def save_link(
    account: GoogleAccount, *, object_id: str, class_id: str, origins: Sequence[str] = (), now: datetime
) -> str:
    """The address that offers a card to whoever is signed in at Google there."""
    claims = {
        "iss": account.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": int(now.timestamp()),
        "origins": list(origins),
        "payload": {"loyaltyObjects": [{"id": object_id, "classId": class_id}]},
    }
    return SAVE_URL + sign(account, claims)


def sign(account: GoogleAccount, claims: dict[str, Any]) -> str:
    """Claims as a JWT, RS256."""
    head = {"alg": "RS256", "typ": "JWT", "kid": account.key_name}
    signed = f"{_encoded(head)}.{_encoded(claims)}"
    signature = account.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _encoded(value: dict[str, Any]) -> str:
    written = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()
