"""What is written together: the facts of a transaction and the plans of its entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import Struct, field

from regulars.kernel.ids import new_id
from regulars.ledger.rules.plan import Plan


class Leg(Struct, frozen=True):
    """One entry of a transaction: a plan on the account of one card and balance type."""

    plan: Plan
    card_id: UUID
    balance_type_id: UUID
    entry_id: UUID = field(default_factory=new_id)
    lot_id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of an original transaction a reversal takes back, and what is left of it after."""

    original_id: UUID
    ordinal: int
    amount: int
    left_after: int


def size_of(amounts: Iterable[int]) -> int:
    """What reversals of a transaction with these entries may take back in all: its pluses or its minuses, the larger."""
    pluses = minuses = 0
    for amount in amounts:
        pluses += max(0, amount)
        minuses += max(0, -amount)
    return max(pluses, minuses)


class Posting(Struct, frozen=True):
    """One transaction ready to be written: who, when, why, and its legs."""

    kind: str
    source: str
    at: datetime
    legs: tuple[Leg, ...]
    staff_id: UUID | None = None
    key_id: UUID | None = None
    location_id: UUID | None = None
    import_id: UUID | None = None
    order_id: UUID | None = None
    promotion_id: UUID | None = None
    external_id: str | None = None
    reason: str = ""
    taken: Taken | None = None
    id: UUID = field(default_factory=new_id)

    @property
    def card_id(self) -> UUID:
        """The card whose history the transaction opens in."""
        return self.legs[0].card_id
