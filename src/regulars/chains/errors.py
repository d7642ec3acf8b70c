"""What chains and locations refuse."""

from dataclasses import dataclass
from typing import ClassVar

from regulars.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class LastLocation(Refusal):
    """A business has at least one place that is open."""

    code: ClassVar[str] = "last_location"
    message: ClassVar[str] = "This is the only open location. Add another one first."


@dataclass(frozen=True, slots=True)
class CurrencyInUse(Refusal):
    """Deposits are counted in the chain's currency, so it stays once a program exists."""

    code: ClassVar[str] = "currency_in_use"
    message: ClassVar[str] = "Balances are already kept in {currency}, so the currency can no longer be changed."
    currency: str = ""


@dataclass(frozen=True, slots=True)
class NotATestChain(Refusal):
    """Only the clock of a chain that was made as a test can be moved."""

    code: ClassVar[str] = "not_a_test_chain"
    message: ClassVar[str] = "This business is real: only the clock of a test business can be moved."


@dataclass(frozen=True, slots=True)
class ClockBackwards(Refusal):
    """What has happened has happened: a ledger's time never runs back."""

    code: ClassVar[str] = "clock_backwards"
    message: ClassVar[str] = "A clock can only be moved ahead: what has happened has happened."
    now: str = ""


@dataclass(frozen=True, slots=True)
class NoSample(Refusal):
    """Only sample chains can be removed at one press."""

    code: ClassVar[str] = "no_sample"
    message: ClassVar[str] = "This business is not sample data, so it cannot be removed here."


@dataclass(frozen=True, slots=True)
class DoneElsewhere(Refusal):
    """Staff of some locations take nothing back that was done at another one."""

    code: ClassVar[str] = "done_elsewhere"
    status: ClassVar[int] = 403
    message: ClassVar[str] = "This was done at another location. Somebody who works there can undo it."
