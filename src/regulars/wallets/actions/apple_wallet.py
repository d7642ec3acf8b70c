"""Apple Wallet behind the port of wallets: phones are told, and fetch the pass from us."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from regulars.wallets.actions.apple_push import ApplePusher
from regulars.wallets.actions.passes import APPLE
from regulars.wallets.queries.certificates import find_certificate_view, find_signer
from regulars.wallets.rules.apple.certificate import PassCertificate
from regulars.wallets.rules.port import (
    AT_ONCE,
    Capability,
    Message,
    Outcome,
    PassChange,
    Phone,
    SetupProblem,
)
from regulars.wallets.rules.sending import Answer
from regulars.wallets.rules.view import WalletCard

_REASONS: Final = {
    "missing": "Apple Wallet has no certificate yet.",
    "ended": "The certificate for Apple Wallet has ended.",
    "key_lost": "The key of the certificate for Apple Wallet cannot be read any more.",
}


class Pusher(Protocol):
    """Whoever tells phones that a pass changed."""

    def push(self, signer: PassCertificate, phones: Sequence[Phone]) -> list[Answer]:
        """Tell each phone; the answers in the same order. Never raises for a phone or a network that is not there."""

    def close(self) -> None:
        """End all connections."""


class AppleWallet:
    """The provider of Apple Wallet."""

    key: str = APPLE
    capabilities: frozenset[Capability] = frozenset({"phones", "fetches"})
    at_once: int = AT_ONCE

    def __init__(self, pusher: Pusher | None = None) -> None:
        self._pusher = pusher or ApplePusher()

    def find_account(self, chain_id: UUID, *, now: datetime) -> PassCertificate | None:
        """The certificate, while it is valid."""
        signer = find_signer(chain_id)
        return signer if signer is not None and signer.ends_at > now else None

    def digest(self, shown: WalletCard) -> bytes:
        """A pass shows all of the card."""
        return shown.content_hash()

    def sync(
        self, account: PassCertificate, changes: Sequence[PassChange], *, now: Callable[[], datetime]
    ) -> list[Outcome]:
        """Tell the phones of all passes at once."""
        phones = [phone for change in changes for phone in change.phones]
        answers = dict(zip((phone.id for phone in phones), self._pusher.push(account, phones), strict=True))
        return [Outcome(answers={phone.id: answers[phone.id] for phone in change.phones}) for change in changes]

    def notify(self, account: PassCertificate, change: PassChange, message: Message, *, now: datetime) -> Answer:
        """Apple shows no text that is sent: only what changes on the pass."""
        return Answer("refused", "not_possible")

    def verify_setup(self, chain_id: UUID, *, now: datetime) -> list[SetupProblem]:
        """Whether the certificate is there, valid and readable."""
        view = find_certificate_view(chain_id)
        if view is None:
            code = "missing"
        elif view.has_ended(now):
            code = "ended"
        elif not view.is_readable:
            code = "key_lost"
        else:
            return []
        return [SetupProblem(code, _REASONS[code])]

    def close(self) -> None:
        """End the connections to Apple."""
        self._pusher.close()
