"""What the ledger refuses."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class InsufficientBalance(Refusal):
    """More was asked for than the account can give; nothing goes below zero (LED-3)."""

    code: ClassVar[str] = "insufficient_balance"
    message: ClassVar[str] = "Only {available} can be taken, {wanted} was asked for."
    available: str = "0"
    wanted: str = "0"


@dataclass(frozen=True, slots=True)
class BalanceTooLarge(Refusal):
    """The balance would pass what an account can hold."""

    code: ClassVar[str] = "balance_too_large"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "The balance would become larger than {largest}, the most that an account can hold."
    largest: str = ""


@dataclass(frozen=True, slots=True)
class ZeroAmount(Refusal):
    """A change of nothing is no change."""

    code: ClassVar[str] = "zero_amount"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "The amount is zero, so nothing would change. Give a positive or a negative amount."


@dataclass(frozen=True, slots=True)
class AlreadyReversed(Refusal):
    """The transaction has been taken back in full."""

    code: ClassVar[str] = "already_reversed"
    message: ClassVar[str] = "This transaction has already been reversed."


@dataclass(frozen=True, slots=True)
class NotReversible(Refusal):
    """A reversal, and what closes an account, is not taken back by another reversal."""

    code: ClassVar[str] = "not_reversible"
    message: ClassVar[str] = "A transaction of the kind {kind} cannot be reversed. Post the opposite amount instead."
    kind: str = ""


@dataclass(frozen=True, slots=True)
class UnknownBalanceType(Refusal):
    """The card has no balance of this type."""

    code: ClassVar[str] = "no_such_balance"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "This card has no balance “{balance_type}”. It has: {known}."
    hidden: ClassVar[frozenset[str]] = frozenset({"known"})
    balance_type: str = ""
    known: str = ""


@dataclass(frozen=True, slots=True)
class DuplicateExternalId(Refusal):
    """A transaction with this external id is in the ledger already."""

    code: ClassVar[str] = "external_id_taken"
    message: ClassVar[str] = "A transaction with the external id “{external_id}” already exists."
    external_id: str = ""
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class HoldExpired(Refusal):
    """The time of a hold is over and what it had set aside is free again (PRG-5)."""

    code: ClassVar[str] = "hold_expired"
    message: ClassVar[str] = "The time of this hold is over, and what it had set aside is free again. Make a new one."
    expired_at: str = ""


@dataclass(frozen=True, slots=True)
class HoldEnded(Refusal):
    """A hold is captured or released once."""

    code: ClassVar[str] = "hold_ended"
    message: ClassVar[str] = "This hold has ended already: it was {state}."
    state: str = ""


@dataclass(frozen=True, slots=True)
class MoreThanHeld(Refusal):
    """A capture takes at most what was set aside."""

    code: ClassVar[str] = "more_than_held"
    message: ClassVar[str] = "This hold has set {held} aside, {wanted} was asked for."
    held: str = "0"
    wanted: str = "0"
