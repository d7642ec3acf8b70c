"""A card as Apple's pass.json and its files of translations.

Source: Apple, "Wallet Passes" (Pass, PassFields, Pass.Barcodes, Pass.Locations) and "Localizing a pass". A pass carries all
languages of the card, and the phone chooses; numbers and moments are given as such, so that the phone writes them in its
owner's way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from regulars.wallets.rules.view import Moment, Number, ShownField, Texts, WalletCard, text_in

STYLE: Final = "storeCard"
FORMATS: Final = {
    "qr": "PKBarcodeFormatQR",
    "pdf417": "PKBarcodeFormatPDF417",
    "aztec": "PKBarcodeFormatAztec",
    "code128": "PKBarcodeFormatCode128",
}
GROUPS: Final = {
    "header": "headerFields",
    "primary": "primaryFields",
    "secondary": "secondaryFields",
    "auxiliary": "auxiliaryFields",
    "back": "backFields",
}
_NOT_WRITTEN: Final = {code: None for code in range(32) if code != ord("\n")}
_QUOTES: Final = _NOT_WRITTEN | {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n"}
_SAME_TEXT: Final = "\u200b"
"""Tells two texts apart that read the same in the card's language and differently in another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who issues the pass, and where the phone asks for a newer one: `url` has no slash at its end."""

    pass_type: str
    team: str
    url: str
    token: str = field(repr=False)


@dataclass(slots=True)
class _Translations:
    """Texts in the card's language are their own keys, so that a phone in a language that is not there shows them as they are."""

    language: str
    languages: tuple[str, ...]
    by_key: dict[str, Texts] = field(default_factory=dict)

    def key(self, texts: Texts) -> str:
        found = _writable(text_in(texts, self.language))
        if not found:
            return ""
        while (
            (known := self.by_key.get(found)) is not None
            and known is not texts
            and self._told(known) != self._told(texts)
        ):
            found += _SAME_TEXT
        self.by_key[found] = texts
        return found

    def _told(self, texts: Texts) -> list[str]:
        return [text_in(texts, language) for language in self.languages]

    def files(self) -> dict[str, bytes]:
        """pass.strings of every language; UTF-8, which all known readers take."""
        lines = [(f'"{_quoted(key)}" = "', texts) for key, texts in sorted(self.by_key.items(), key=itemgetter(0))]
        return {
            f"{language}.lproj/pass.strings": "".join(
                [f'{begin}{_quoted(text_in(texts, language))}";\n' for begin, texts in lines]
            ).encode()
            for language in self.languages
        }


def pass_document(card: WalletCard, service: Service) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The content of pass.json, and the files of translations by their names in the pass."""
    words = _Translations(card.language, card.languages)
    document: dict[str, Any] = {
        "formatVersion": 1,
        **service_fields(service),
        "serialNumber": card.serial,
        "organizationName": words.key(card.organisation),
        "description": words.key(card.description),
        "logoText": words.key(card.headline),
        "backgroundColor": _colour(card.colours.background),
        "foregroundColor": _colour(card.colours.foreground),
        "labelColor": _colour(card.colours.label),
        "sharingProhibited": True,
        STYLE: {GROUPS[place]: [_field(one, words) for one in of] for place, of in _by_place(card.fields).items()},
    }
    if card.barcode is not None and not card.is_void:
        code = {
            "format": FORMATS[card.barcode.kind],
            "message": card.barcode.message,
            # Scanners of shops expect what Latin-1 can say; what it cannot is sent as UTF-8.
            "messageEncoding": "iso-8859-1" if _is_latin(card.barcode.message) else "utf-8",
        }
        document["barcodes"] = [code | ({"altText": card.barcode.text} if card.barcode.text else {})]
    if card.spots:
        document["locations"] = [
            {"latitude": one.latitude, "longitude": one.longitude, "relevantText": words.key(one.text)}
            for one in card.spots
        ]
    if card.expires_at is not None:
        document["expirationDate"] = card.expires_at.isoformat(timespec="seconds")
    if card.is_void:
        document["voided"] = True
    return document, words.files()


def service_fields(service: Service) -> dict[str, str]:
    """What pass.json says of who issues the pass; the token is secret."""
    return {
        "passTypeIdentifier": service.pass_type,
        "teamIdentifier": service.team,
        "webServiceURL": service.url,
        "authenticationToken": service.token,
    }


def _by_place(fields: Iterable[ShownField]) -> Mapping[str, list[ShownField]]:
    found: dict[str, list[ShownField]] = {}
    for one in fields:
        found.setdefault(one.place, []).append(one)
    return found


def _field(one: ShownField, words: _Translations) -> dict[str, Any]:
    told: dict[str, Any] = {"key": one.key}
    label = words.key(one.label)
    if label:
        told["label"] = label
    match one.value:
        case Number(amount, currency):
            told["value"] = _number(amount)
            told |= {"currencyCode": currency} if currency else {"numberStyle": "PKNumberStyleDecimal"}
        case Moment(at, has_time):
            told["value"] = at.isoformat(timespec="seconds")
            told["dateStyle"] = "PKDateStyleMedium"
            told["timeStyle"] = "PKDateStyleShort" if has_time else "PKDateStyleNone"
        case texts:
            told["value"] = words.key(texts)
    if one.announce is not None:
        told["changeMessage"] = words.key(one.announce)
    return told


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


@lru_cache(maxsize=512)
def _colour(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def _is_latin(text: str) -> bool:
    try:
        text.encode("iso-8859-1")
    except UnicodeEncodeError:
        return False
    return True


def _quoted(text: str) -> str:
    return text if text.isprintable() and '"' not in text and "\\" not in text else text.translate(_QUOTES)


def _writable(text: str) -> str:
    return text if text.isprintable() else text.translate(_NOT_WRITTEN)
