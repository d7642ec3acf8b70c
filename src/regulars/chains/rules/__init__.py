"""Decisions about chains and locations: what can be stored, and what a country proposes."""

from regulars.chains.rules.clock import check_reach, days_between, moment_after, read_period
from regulars.chains.rules.countries import (
    COUNTRIES,
    CURRENCIES,
    LANGUAGES,
    TIME_ZONES,
    CountryDefaults,
    defaults_of,
    phone_code_of,
)
from regulars.chains.rules.drafts import (
    ACCENTS,
    TRADES,
    ChainDraft,
    LocationDraft,
    check_chain,
    check_location,
    complete,
)

__all__ = [
    "ACCENTS",
    "COUNTRIES",
    "CURRENCIES",
    "LANGUAGES",
    "TIME_ZONES",
    "TRADES",
    "ChainDraft",
    "CountryDefaults",
    "LocationDraft",
    "check_chain",
    "check_location",
    "check_reach",
    "complete",
    "days_between",
    "defaults_of",
    "moment_after",
    "phone_code_of",
    "read_period",
]
