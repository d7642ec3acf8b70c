"""Telling phones through Apple's push service that a pass changed.

Source: Apple, "Adding a web service to update passes" and "Sending notification requests to APNs": an empty payload to the
production service, the pass type as topic, the certificate of the pass type as proof. What is shown comes from the pass.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from django.conf import settings

from regulars.platform.outbound_http2 import Ask, Identity, Reply, Service
from regulars.wallets.rules.apple.certificate import PassCertificate, stored_texts
from regulars.wallets.rules.port import Phone
from regulars.wallets.rules.sending import Answer, read_apple, read_json, read_wait

SERVICES_MAX: Final = 16


class ApplePusher:
    """Tells phones; one connection to Apple per certificate stays open."""

    def __init__(self) -> None:
        self._services: dict[bytes, Service] = {}

    def push(self, signer: PassCertificate, phones: Sequence[Phone]) -> list[Answer]:
        """Tell each phone; the answers in the same order."""
        headers = {"apns-topic": signer.pass_type, "apns-push-type": "background", "apns-priority": "5"}
        asked = [Ask(f"/3/device/{phone.push_token}", b"{}", headers) for phone in phones]
        replies = self._service(signer).send_all(asked)
        return [_read(reply, phone) for reply, phone in zip(replies, phones, strict=True)]

    def close(self) -> None:
        """End all connections."""
        while self._services:
            self._services.popitem()[1].close()

    def _service(self, signer: PassCertificate) -> Service:
        certificate, key, _intermediate = stored_texts(signer)
        found = self._services.get(certificate)
        if found is None:
            if len(self._services) >= SERVICES_MAX:
                self.close()
            found = Service(settings.APNS_URL, Identity(certificate, key), trust=settings.APNS_TRUST)
            self._services[certificate] = found
        return found


def _read(reply: Reply, phone: Phone) -> Answer:
    if reply.status == 0:
        return Answer("later", reply.problem)
    told = read_json(reply.body)
    at = told.get("timestamp")
    answer = read_apple(
        reply.status,
        str(told.get("reason", "")),
        unregistered_at=_moment(at) if isinstance(at, int) else None,
        registered_at=phone.registered_at,
    )
    return Answer(answer.told, answer.reason, read_wait(reply.headers))


def _moment(milliseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None
