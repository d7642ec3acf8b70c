"""Countries, currencies and time zones as choices of a form, named in the reader's language."""

from collections.abc import Iterable
from functools import lru_cache

from babel import Locale
from django.utils.translation import get_language

from regulars.platform.pages.figures import locale_of

Choices = list[tuple[str, str]]


def country_choices(codes: Iterable[str]) -> Choices:
    """Countries by name; the reader's alphabet orders them as well as it can."""
    return _countries(get_language() or "en", frozenset(codes))


def currency_choices(codes: Iterable[str]) -> Choices:
    """Currencies by code, with their names."""
    return _currencies(get_language() or "en", frozenset(codes))


def time_zone_choices(zones: Iterable[str]) -> Choices:
    """Time zones by name."""
    return [(zone, zone.replace("_", " ")) for zone in sorted(zones)]


@lru_cache(maxsize=16)
def _countries(language: str, codes: frozenset[str]) -> Choices:
    names = locale_of(language).territories
    return sorted(((code, str(names.get(code, code))) for code in codes), key=lambda pair: pair[1].casefold())


@lru_cache(maxsize=16)
def _currencies(language: str, codes: frozenset[str]) -> Choices:
    names = Locale.parse(locale_of(language).language).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in sorted(codes)]
