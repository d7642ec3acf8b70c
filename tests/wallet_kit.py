"""A shop whose cards can be put into Apple Wallet, and a sender that tells phones when it is asked to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from django.utils import timezone

from regulars.cards.queries.cards import CardView
from regulars.platform.clock import now_in
from regulars.wallets.actions.apple_wallet import AppleWallet
from regulars.wallets.actions.certificates import upload_certificate
from regulars.wallets.actions.refresh import refresh_due
from regulars.wallets.queries.view import gather
from regulars.wallets.rules.apple.certificate import Files, PassCertificate
from regulars.wallets.rules.port import Phone as Told
from regulars.wallets.rules.sending import Answer
from tests.apple_kit import Apple, apple
from tests.ledger_kit import Counter, dispatcher, open_counter


@cache
def our_apple() -> Apple:
    """One authority for all tests of a process."""
    return apple(timezone.now())


def files_of(ours: Apple) -> Files:
    """What a shop owner uploads."""
    return Files(ours.leaf.pem, ours.leaf.key_pem, ours.intermediate.pem)


@dataclass
class Remembering:
    """Pushes to nobody, remembers whom, and answers as told."""

    answer: Answer = field(default_factory=lambda: Answer("sent"))
    pushed: list[str] = field(default_factory=list)

    def push(self, _signer: PassCertificate, phones: Sequence[Told]) -> list[Answer]:
        self.pushed += [phone.push_token for phone in phones]
        return [self.answer for _ in phones]

    def close(self) -> None:
        """There is no connection."""


@dataclass
class WalletShop:
    """A shop with a certificate."""

    counter: Counter
    sent: int = 0

    def link(self, card: CardView) -> str:
        """Where the pass of a card is."""
        return card.link[card.link.index("/c/") :] + "/apple"

    def send(self, pusher: Remembering, *, later: timedelta | None = None) -> int:
        """Hand on what happened, and tell what is due by then: each time five minutes later."""
        dispatcher().make_round()
        self.sent += 1
        now = timezone.now() + (later or self.sent * timedelta(minutes=5))
        shown_at = now + (now_in(self.counter.chain_id) - timezone.now())
        return refresh_due(self.counter.chain_id, gather(shown_at), AppleWallet(pusher), now=lambda: now)


def open_wallet_shop(*, is_test: bool = False) -> WalletShop:
    """A shop with a points and stamps card, and the certificate."""
    counter = open_counter(is_test=is_test)
    upload_certificate(counter.actor, files_of(our_apple()), now=timezone.now())
    return WalletShop(counter)


def soon(seconds: float) -> datetime:
    """A moment from now."""
    return timezone.now() + timedelta(seconds=seconds)
