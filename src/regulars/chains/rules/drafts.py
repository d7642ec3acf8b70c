"""What somebody typed about a chain or a location, and whether it can be stored."""

import re
from dataclasses import dataclass, replace
from typing import Final

from regulars.chains.rules.countries import COUNTRIES, CURRENCIES, LANGUAGES, TIME_ZONES, defaults_of
from regulars.kernel.fields import check_choice, check_external_id, check_name, check_text
from regulars.kernel.refusal import FieldProblem, Invalid
from regulars.kernel.text import one_line

ACCENTS: Final = ("green", "ocean", "plum", "brick", "rose", "honey", "slate", "indigo")
TRADES: Final = ("cafe", "restaurant", "salon", "barber", "fitness", "shop", "car_wash", "other")
ADDRESS_LENGTH_MAX: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainDraft:
    """A chain as somebody described it; what is empty the country decides (see `complete`).

    `prices_include_tax` None leaves it as it is; a new chain's prices include tax (ORD-15).
    """

    name: str
    country: str = "DE"
    currency: str = ""
    time_zone: str = ""
    language: str = "en"
    accent: str = "green"
    trade: str = ""
    prices_include_tax: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationDraft:
    """A place of business as somebody described it; an empty zone means the chain's."""

    name: str
    time_zone: str = ""
    address: str = ""
    external_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def complete(draft: ChainDraft) -> ChainDraft:
    """Tidy what was typed and fill what was left to the country; unknown countries stay for `check_chain`."""
    tidy = replace(
        draft,
        name=one_line(draft.name),
        country=draft.country.strip().upper(),
        currency=draft.currency.strip().upper(),
        time_zone=draft.time_zone.strip(),
    )
    if tidy.country not in COUNTRIES:
        return tidy
    proposed = defaults_of(tidy.country)
    return replace(tidy, currency=tidy.currency or proposed.currency, time_zone=tidy.time_zone or proposed.time_zone)


def check_chain(draft: ChainDraft) -> Invalid | None:
    """Say field by field why a completed draft cannot be a chain; None if it can."""
    problems = check_name(draft.name, "/name")
    problems += check_country(draft.country, "/country")
    if draft.country in COUNTRIES:
        problems += _check_known(
            draft.currency,
            CURRENCIES,
            "/currency",
            "unknown_currency",
            "This is no currency that we know. Give its three letters, as EUR or INR.",
        )
        problems += _check_zone(draft.time_zone)
    problems += check_choice(draft.language, LANGUAGES, "/language")
    problems += check_choice(draft.accent, ACCENTS, "/accent")
    if draft.trade:
        problems += check_choice(draft.trade, TRADES, "/trade")
    return Invalid(errors=tuple(problems)) if problems else None


def check_country(code: str, pointer: str) -> list[FieldProblem]:
    """Say that this is not the two letters of a country."""
    return _check_known(
        code,
        COUNTRIES,
        pointer,
        "unknown_country",
        "This is no country that we know. Give its two letters, as DE or IN.",
    )


def check_location(draft: LocationDraft) -> Invalid | None:
    """Say field by field why a draft cannot be a location; None if it can."""
    problems = check_name(draft.name, "/name")
    problems += check_text(draft.address, "/address", length_max=ADDRESS_LENGTH_MAX)
    problems += check_external_id(draft.external_id, "/external_id")
    if draft.time_zone:
        problems += _check_zone(draft.time_zone)
    problems += _check_point(draft.latitude, draft.longitude)
    return Invalid(errors=tuple(problems)) if problems else None


def read_point(text: str) -> tuple[float, float] | None:
    """Latitude and longitude as maps write them (`52.517, 13.389`); None for anything else."""
    found = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d{1,15})?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*", text, re.ASCII)
    if found is None:
        return None
    latitude, longitude = float(found[1]), float(found[2])
    return None if _check_point(latitude, longitude) else (latitude, longitude)


def _check_point(latitude: float | None, longitude: float | None) -> list[FieldProblem]:
    if latitude is None and longitude is None:
        return []
    if latitude is None or longitude is None:
        missing = "/latitude" if latitude is None else "/longitude"
        return [FieldProblem(missing, "required", "Give both latitude and longitude, or neither.")]
    problems = []
    if not -90 <= latitude <= 90:
        problems.append(FieldProblem("/latitude", "out_of_range", "A latitude is from -90 to 90."))
    if not -180 <= longitude <= 180:
        problems.append(FieldProblem("/longitude", "out_of_range", "A longitude is from -180 to 180."))
    return problems


def _check_zone(time_zone: str) -> list[FieldProblem]:
    return _check_known(
        time_zone,
        TIME_ZONES,
        "/time_zone",
        "unknown_time_zone",
        "This is no time zone that we know. Write it as Europe/Berlin.",
    )


def _check_known(value: str, known: frozenset[str], pointer: str, code: str, detail: str) -> list[FieldProblem]:
    return [] if value in known else [FieldProblem(pointer, code, detail)]
