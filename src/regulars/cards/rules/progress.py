"""What a list shows of a card: stamps if the type has them, else the first points, else the deposit (CRD-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from uuid import UUID

ORDER: Final = ("stamps", "points", "deposit", "status")


class ShownBalance(Protocol):
    """A balance as the choice needs it."""

    @property
    def balance_type_id(self) -> UUID:
        """Which balance type it is of."""

    @property
    def kind(self) -> str:
        """points, status, stamps or deposit."""


Balance = TypeVar("Balance", bound=ShownBalance)


@dataclass(frozen=True, slots=True)
class Progress:
    """Stamps so far and the goal; the count may pass the goal, the bar does not."""

    stamps: int
    goal: int

    @property
    def percent(self) -> int:
        """How full the bar is, 100 at most."""
        return max(0, min(100, self.stamps * 100 // self.goal))


def shown_balance(balances: Sequence[Balance], *, chosen: UUID | None) -> Balance | None:
    """The balance that stands for a card in lists: the type's choice, else by kind, the first of its kind."""
    for balance in balances:
        if balance.balance_type_id == chosen:
            return balance
    return min(balances, key=lambda balance: ORDER.index(balance.kind), default=None)
