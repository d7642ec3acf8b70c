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
class NoSample(Refusal):
    """Only sample chains can be removed at one press."""

    code: ClassVar[str] = "no_sample"
    message: ClassVar[str] = "This business is not sample data, so it cannot be removed here."
