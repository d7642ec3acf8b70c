"""What a country brings: currency (CLDR), time zone (the IANA table of zones by country), phone code."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import phonenumbers
from babel import Locale
from babel.numbers import get_territory_currencies

LANGUAGES: Final = ("en", "ru", "hi")

# Where the first zone of the table is not the one that most people of the country live in.
_ZONE_OF_MOST: Final = {
    "AQ": "Antarctica/McMurdo",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "PG": "Pacific/Port_Moresby",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


def _zones_by_country() -> dict[str, list[str]]:
    """Read `zone.tab` of the tz database: country, coordinates, zone, comment."""
    found: dict[str, list[str]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return found


_ZONES: Final = _zones_by_country()
_NAMES: Final = Locale("en").territories

COUNTRIES: Final = frozenset(code for code in _ZONES if code in _NAMES and get_territory_currencies(code))
"""Countries and territories (ISO 3166, two letters) that have a currency and people's clocks."""

CURRENCIES: Final = frozenset(
    currency for country in COUNTRIES for currency in get_territory_currencies(country, tender=True, non_tender=False)
)
"""Currencies (ISO 4217) that are legal tender somewhere today."""

TIME_ZONES: Final = frozenset(zone for zones in _ZONES.values() for zone in zones) | {"UTC"}
"""Zones of the tz database that a place can lie in."""


@dataclass(frozen=True, slots=True)
class CountryDefaults:
    """What a business in this country most likely uses."""

    currency: str
    time_zone: str


@lru_cache(maxsize=300)
def defaults_of(country: str) -> CountryDefaults:
    """Currency and time zone that a known country proposes; `country` must be one of COUNTRIES."""
    currencies = get_territory_currencies(country, tender=True, non_tender=False) or ["USD"]
    return CountryDefaults(currency=currencies[0], time_zone=_ZONE_OF_MOST.get(country, _ZONES[country][0]))


def phone_code_of(country: str) -> str:
    """The country's telephone code with its plus, "" where it has none."""
    code = phonenumbers.country_code_for_region(country)
    return f"+{code}" if code else ""
