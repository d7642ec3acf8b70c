"""Reading what files and feeds write into cells: prices, percents, lists of tags, yes and no; pure."""

import re
from typing import Final

NO_BREAK_SPACES: Final = "\u00a0\u202f\u2009"
_CURRENCY: Final = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_SPACES: Final = re.compile(rf"[\s{NO_BREAK_SPACES}'’]")
_FIRST_SIGN: Final = re.compile(r"^[^\d.,-]{1,6}[.,]?")
_LAST_SIGN: Final = re.compile(r"\D{1,8}$")
_NOTHING: Final = frozenset({"", "-", "–", "—"})
_ENDS_IN_GROUP: Final = re.compile(r"[1-9]\d{0,2}([.,]\d{3})+", re.ASCII)
_TAG_SIGNS: Final = re.compile(r"[,;|]")
_YES: Final = frozenset({"1", "yes", "y", "true", "да", "д", "x", "+", "हाँ", "हां", "ja", "oui", "sí", "si"})
_NO: Final = frozenset({"", "0", "no", "n", "false", "нет", "н", "-", "नहीं", "nein", "non"})
_SERVICES: Final = frozenset({"service", "services", "услуга", "услуги", "सेवा", "dienstleistung", "leistung"})
_GOODS: Final = frozenset(
    {"goods", "good", "product", "товар", "товары", "सामान", "उत्पाद", "ware", "produkt", "artikel"}
)


def currency_in(text: str) -> str | None:
    """The currency code that a price carries: `3.90 EUR`."""
    found = _CURRENCY.search(text)
    return found[1] if found else None


def price_text(text: str, *, decimals: int) -> str:
    """A price as plain decimal text: without its currency, spaces and groups of thousands, with a point.

    Three digits after the only separator are thousands where the currency has fewer decimals. What is no price stays
    as it is, for the check of prices to refuse.
    """
    if text.strip() in _NOTHING:
        return ""
    plain = _SPACES.sub("", _CURRENCY.sub("", text))
    if not any(letter.isdigit() for letter in plain):
        return text
    plain = _LAST_SIGN.sub("", _FIRST_SIGN.sub("", plain))
    point, comma = plain.rfind("."), plain.rfind(",")
    if point >= 0 and comma >= 0:
        group, decimal = (",", ".") if point > comma else (".", ",")
        return plain.replace(group, "").replace(decimal, ".")
    if decimals < 3 and _ENDS_IN_GROUP.fullmatch(plain):
        return plain.replace(",", "").replace(".", "")
    return plain.replace(",", ".")


def percent_text(text: str) -> str:
    """A percentage as plain decimal text."""
    return _SPACES.sub("", text).rstrip("%").replace(",", ".")


def tags_in(text: str) -> list[str]:
    """The tags of one cell, between commas, semicolons or bars."""
    return [tag for tag in (part.strip() for part in _TAG_SIGNS.split(text)) if tag]


def yes_or_no(text: str) -> bool | None:
    """What a cell says, in several languages; None where it says neither."""
    word = text.strip().casefold()
    return True if word in _YES else False if word in _NO else None


def kind_in(text: str) -> str:
    """Goods or service, in several languages; any other word stays, for the check of kinds to refuse."""
    word = text.strip().casefold()
    return "service" if word in _SERVICES else "goods" if word in _GOODS else word
