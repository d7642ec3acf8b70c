"""From when to when new units can be spent: what every posting that names no times of its own asks (PRG-2, PRG-3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from regulars.programs.rules.expiry import NEVER, ExpiryPolicy, lot_end, start_of_day


class HasLotTerms(Protocol):
    """A balance type, as far as the life of its lots depends on it."""

    @property
    def expiry(self) -> ExpiryPolicy:
        """How long lots live."""

    @property
    def activation_delay_days(self) -> int:
        """How many days lots wait."""


@dataclass(frozen=True, slots=True)
class LotTerms:
    """The delay and the life that a balance type gives its lots."""

    expiry: ExpiryPolicy = NEVER
    activation_delay_days: int = 0


def lot_times(balance_type: HasLotTerms, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """When units that come in at `at` can first be spent, and when they end (None: no end of their own).

    A delay of N days ends with the beginning of the Nth day after in the chain's zone; without one they can be spent at
    once. Their life counts from the day on which they can be spent.
    """
    starts_at = at
    if balance_type.activation_delay_days:
        day = at.astimezone(zone).date() + timedelta(days=balance_type.activation_delay_days)
        starts_at = start_of_day(day, zone)
    return starts_at, lot_end(balance_type.expiry, starts_at, zone)
