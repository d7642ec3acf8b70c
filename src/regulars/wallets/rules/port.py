"""The port of wallets: what a kind of wallet does so that cards can be in it. Apple's and Google's are built in.

Whoever sends claims what is due, and hands it over with no transaction open. A provider answers for each pass; it never
raises for a phone, a service or a network that is not there. `regulars.plugins.testkit.wallets` proves that one keeps to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from regulars.wallets.rules.sending import Answer
from regulars.wallets.rules.view import Texts, WalletCard

Capability = Literal["phones", "fetches", "content", "message"]
"""`phones`: each phone is told and fetches the pass from us. `fetches`: and we see that it does, while a service between us holds
back whoever pushes often: a pass is pushed so often a day only, and again where no phone fetched it. `content`: a service holds
what the pass shows, and is sent it whether or not a phone is known. `message`: holders can be sent a text."""
AT_ONCE: Final = 100

Gather = Callable[[UUID, Mapping[UUID, UUID]], Mapping[UUID, WalletCard]]
"""What the cards of passes of a chain show, by pass, where they show anything; asked with the card of each pass."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone that is told."""

    id: UUID
    push_token: str = field(repr=False)
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassChange:
    """A pass whose holder is to see its newest state. `is_first` where nobody was told of it yet."""

    chain_id: UUID
    pass_id: UUID
    card_id: UUID
    card_type_id: UUID
    shown: WalletCard
    is_first: bool = False
    phones: tuple[Phone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one pass: an answer for each of its phones, or, under its own id, for the pass.

    `has_holder` is what the service says on whether anybody has it; None where it does not say.
    """

    answers: Mapping[UUID, Answer] = field(default_factory=dict)
    has_holder: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text for the holder of a card, by language; `key` is the same however often it is sent."""

    key: str
    header: Texts
    body: Texts


@dataclass(frozen=True, slots=True)
class SetupProblem:
    """Why a provider does not work for a business; `facts` fill the sentence."""

    code: str
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)


class Account(Protocol):
    """Who a business is to a provider: it speaks for passes of one type, and of no other."""

    @property
    def pass_type(self) -> str:
        """The type of the passes; those of another are told nothing any more."""


class WalletProvider(Protocol):
    """A kind of wallet."""

    key: str
    """Its name in the database and on the wire, such as `apple`."""
    capabilities: frozenset[Capability]
    at_once: int
    """So many passes are handed over at once: they have to be through within the lease of who sends."""

    def find_account(self, chain_id: UUID, *, now: datetime) -> Any | None:
        """The account of a chain, or None where it cannot send now; called in a unit of work of the chain."""

    def digest(self, shown: WalletCard) -> bytes:
        """Bytes that differ exactly where this provider shows something else."""

    def sync(self, account: Any, changes: Sequence[PassChange], *, now: Callable[[], datetime]) -> list[Outcome]:
        """Bring passes to what they show now, in absolute values: twice is once. A card that is over is taken back."""

    def notify(self, account: Any, change: PassChange, message: Message, *, now: datetime) -> Answer:
        """Send the holder of a card a text, once: `later` only where it was certainly not; `refused` without the capability."""

    def verify_setup(self, chain_id: UUID, *, now: datetime) -> list[SetupProblem]:
        """Everything that keeps the provider from working for a chain; called in a unit of work of the chain."""

    def close(self) -> None:
        """End connections that are open."""
