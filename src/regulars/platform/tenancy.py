"""The chain and the location that a request is in, as frozen values every feature may hold."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSettings:
    """A chain as everything else needs it: what it is called, how it writes phones, money and times."""

    id: UUID
    name: str
    country: str
    currency: str
    time_zone: str
    language: str
    accent: str
    is_sample: bool
    version: int
    location_count: int
    trade: str = ""
    is_test: bool = False
    clock_ahead: timedelta = timedelta(0)

    @property
    def currency_decimals(self) -> int:
        """Decimals of the chain's currency: 2 for EUR, 0 for JPY."""
        return get_currency_precision(self.currency)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the chain's days begin and end."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationSettings:
    """A place of business as a request needs it."""

    id: UUID
    name: str
    time_zone: str

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the location's days begin and end."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainChoice:
    """A chain as a switcher shows it."""

    id: UUID
    name: str
    is_sample: bool
