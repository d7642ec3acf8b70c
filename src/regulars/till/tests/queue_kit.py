"""A device at the till that signs what it notes, as the browser does, with a key of its own."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone


@dataclass
class Device:
    """A browser with its key; `id` is what the server calls it."""

    client: Client
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: str = ""
    sequence: int = 0

    def register(self) -> Any:
        """Register the key to whoever is signed in."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        answer = self.client.post("/till/device", {"public_key": b64encode(point).decode()})
        if answer.status_code == 200:
            self.id = answer.json()["device"]
        return answer

    def note(self, text: str = "", *, at: datetime | None = None, **more: Any) -> dict[str, str]:
        """Something noted and signed: one stamp for what was scanned, where nothing else is said."""
        self.sequence += 1
        said = {
            "device": self.id,
            "sequence": self.sequence,
            "key": f"key-of-note-{self.sequence}",
            "at": (at or timezone.now()).isoformat(),
            "kind": "stamps",
            "card": "",
            "text": text,
            "by": "scanner",
            "count": 1,
            "amount": "",
            "source": "staff",
            "location": "",
            **more,
        }
        return self.sign(json.dumps(said))

    def sign(self, payload: str) -> dict[str, str]:
        """A payload with its signature: r and s, 32 bytes each."""
        numbers = decode_dss_signature(self.key.sign(payload.encode(), ec.ECDSA(SHA256())))
        return {"payload": payload, "signature": b64encode(b"".join(one.to_bytes(32) for one in numbers)).decode()}

    def send(self, *notes: dict[str, str], device: str = "") -> list[tuple[str, str]]:
        """What became of each: state and code."""
        answer = self.post({"device": device or self.id, "items": list(notes)})
        assert answer.status_code == 200, answer.content
        return [(one["state"], one["code"]) for one in answer.json()["items"]]

    def post(self, body: Any) -> Any:
        """Send whatever body."""
        return self.client.post("/till/queue/sent", json.dumps(body), content_type="application/json")
