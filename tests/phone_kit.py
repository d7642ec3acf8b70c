"""A phone with Apple Wallet, played by its contract: it registers, asks what changed, fetches what did, and unregisters."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from django.test import Client

from tests.apple_kit import PASS_TYPE


@dataclass
class Phone:
    """A phone that knows nothing but the passes it was given."""

    device: str
    push_token: str = "ab" * 32
    client: Client = field(default_factory=Client)
    passes: dict[str, dict[str, Any]] = field(default_factory=dict)
    modified: dict[str, str] = field(default_factory=dict)
    tag: str = ""

    def take(self, link: str) -> str:
        """Open a pass from a link and register; the serial number."""
        answer = self.client.get(link)
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"] == "application/vnd.apple.pkpass"
        serial = self._keep(answer)
        assert self.register(serial) == 201
        return serial

    def register(self, serial: str, push_token: str = "") -> int:
        self.push_token = push_token or self.push_token
        return self.client.post(
            self._registration(serial),
            json.dumps({"pushToken": self.push_token}),
            content_type="application/json",
            headers=self._secret(serial),
        ).status_code

    def unregister(self, serial: str) -> int:
        return self.client.delete(self._registration(serial), headers=self._secret(serial)).status_code

    def ask(self) -> list[str]:
        """Which passes changed since the last time."""
        since = f"?passesUpdatedSince={quote(self.tag)}" if self.tag else ""
        answer = self.client.get(f"/apple/v1/devices/{self.device}/registrations/{PASS_TYPE}{since}")
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200
        told = answer.json()
        self.tag = told["lastUpdated"]
        return list(told["serialNumbers"])

    def update(self) -> list[str]:
        """What a phone does when it is told: ask, then fetch each."""
        changed = self.ask()
        for serial in changed:
            self.fetch(serial)
        return changed

    def fetch(self, serial: str) -> int:
        headers = self._secret(serial) | {"If-Modified-Since": self.modified.get(serial, "")}
        answer = self.client.get(f"/apple/v1/passes/{PASS_TYPE}/{serial}", headers=headers)
        if answer.status_code == 200:
            self._keep(answer)
        return answer.status_code

    def shows(self, serial: str, label: str) -> Any:
        """What the pass says under a label."""
        groups = self.passes[serial]["storeCard"].values()
        return next(one["value"] for group in groups for one in group if one.get("label") == label)

    def _keep(self, answer: Any) -> str:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            document = json.loads(archive.read("pass.json"))
        serial = str(document["serialNumber"])
        self.passes[serial], self.modified[serial] = document, answer["Last-Modified"]
        return serial

    def _registration(self, serial: str) -> str:
        return f"/apple/v1/devices/{self.device}/registrations/{PASS_TYPE}/{serial}"

    def _secret(self, serial: str) -> dict[str, str]:
        return {"Authorization": f"ApplePass {self.passes[serial]['authenticationToken']}"}
