"""A card and its type as Google's loyalty object and class.

Source: Google, the discovery document of walletobjects v1 (LoyaltyClass, LoyaltyObject). What all cards of a type share is
in the class, so that a new design is one write and not one for each card. All values are absolute; what a card does not show
is written as null, as a PATCH leaves alone what it does not name.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from regulars.wallets.rules.view import Barcode, Colours, Moment, Number, ShownField, Texts, WalletCard, text_in

BARCODES: Final = {"qr": "QR_CODE", "pdf417": "PDF_417", "aztec": "AZTEC", "code128": "CODE_128"}
TEXTS_MAX: Final = 10
PLACES_MAX: Final = 10
INT_MAX: Final = 2**31 - 1
MICROS: Final = 1_000_000
HOLDER: Final = "holder"
NUMBER: Final = "number"
LINK: Final = "link"
PAGE: Final = "page"
STAMPS: Final = "stamps"
BALANCE: Final = "balance:"
_PLACED: Final = {HOLDER, NUMBER, LINK, PAGE, "message"}
"""What has a place of its own, and is not said a second time among the texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What all cards of a type share. `logo` is a PNG."""

    organisation: Texts
    title: Texts
    colours: Colours
    labels: dict[str, Texts]
    """How the holder and the number of a card are called."""
    logo: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangingCode:
    """What Google draws codes with that change: `pattern` is filled with the digits that `secret` gives for a period."""

    pattern: str
    secret: bytes = field(repr=False)
    digits: int
    seconds: int


def class_document(program: Program, *, class_id: str, logo_url: str, callback_url: str) -> dict[str, Any]:
    """The loyalty class of a card type."""
    told: dict[str, Any] = {
        "id": class_id,
        "reviewStatus": "UNDER_REVIEW",
        "programLogo": _image(logo_url),
        "hexBackgroundColor": program.colours.background.lower(),
        "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES",
        **_localized("issuerName", "localizedIssuerName", program.organisation),
        **_localized("programName", "localizedProgramName", program.title),
        **_localized("accountNameLabel", "localizedAccountNameLabel", program.labels[HOLDER]),
        **_localized("accountIdLabel", "localizedAccountIdLabel", program.labels[NUMBER]),
    }
    if callback_url:
        told["callbackOptions"] = {"url": callback_url}
    return told


def object_document(
    card: WalletCard,
    *,
    object_id: str,
    class_id: str,
    hero_url: str,
    number: str,
    ends_by: datetime | None,
    code: ChangingCode | None = None,
) -> dict[str, Any]:
    """The loyalty object of a card; of a card that is over only that. `ends_by` is the moment that tells whether it has ended.

    With `code` its fixed one is not named at all: Google would show that wherever it cannot draw the other.
    """
    shown = card.barcode if not card.is_void else None
    points = [one for one in card.fields if _is_points(one)][:2]
    texts = [one for one in card.fields if one.source not in _PLACED and one not in points]
    return {
        "id": object_id,
        "classId": class_id,
        "state": _state(card, ends_by),
        "accountName": _plain(_said(card, HOLDER), card.language),
        "accountId": number or None,
        "loyaltyPoints": _points(points[0], card) if points else None,
        "secondaryLoyaltyPoints": _points(points[1], card) if len(points) > 1 else None,
        "barcode": _barcode(shown) if shown is not None and code is None else None,
        "rotatingBarcode": _changing_barcode(shown, code) if shown is not None and code is not None else None,
        "heroImage": _image(hero_url) if hero_url else None,
        "textModulesData": [_text_module(one, card) for one in texts[:TEXTS_MAX]],
        "linksModuleData": _links(card),
        "merchantLocations": [
            {"latitude": one.latitude, "longitude": one.longitude} for one in card.spots[:PLACES_MAX]
        ],
        "validTimeInterval": {"end": {"date": _utc(card.expires_at)}} if card.expires_at is not None else None,
    }


def without_blanks(document: dict[str, Any]) -> dict[str, Any]:
    """A document for an object that is not there yet: nothing has to be taken away."""
    return {name: value for name, value in document.items() if value not in (None, [])}


def digest(document: dict[str, Any]) -> bytes:
    """Thirty-two bytes that differ exactly where two documents do."""
    told = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).digest()


def number_of(card: WalletCard) -> str:
    """The number of a card, as people say it."""
    code = card.barcode.text or card.barcode.message if card.barcode is not None else ""
    return _plain(_said(card, NUMBER), card.language) or code


def message_document(key: str, header: Texts, body: Texts, language: str, *, rings: bool) -> dict[str, Any]:
    """A text for the holder of one object; with `rings` the phone says so aloud."""
    return {
        "message": {
            "id": key,
            "messageType": "TEXT_AND_NOTIFY" if rings else "TEXT",
            **_localized("header", "localizedHeader", header, language),
            **_localized("body", "localizedBody", body, language),
        }
    }


def _state(card: WalletCard, now: datetime | None) -> str:
    if now is not None and card.expires_at is not None and card.expires_at <= now:
        return "EXPIRED"
    return "INACTIVE" if card.is_void else "ACTIVE"


def _said(card: WalletCard, source: str) -> ShownField | None:
    return next((one for one in card.fields if one.source == source), None)


def _is_points(one: ShownField) -> bool:
    return one.source == STAMPS or one.source.startswith(BALANCE)


def _points(one: ShownField, card: WalletCard) -> dict[str, Any]:
    return {"balance": _balance(one, card.language), **_localized("label", "localizedLabel", one.label, card.language)}


def _balance(one: ShownField, language: str) -> dict[str, Any]:
    match one.value:
        case Number(amount, currency) if currency:
            return {"money": {"currencyCode": currency, "micros": str(int(amount * MICROS))}}
        case Number(amount, _) if amount == amount.to_integral_value() and abs(amount) <= INT_MAX:
            return {"int": int(amount)}
        case Number(amount, _):
            # A double would write 12.5 as it likes; a text says what we mean.
            return {"string": format_decimal(amount, locale=_locale(language))}
        case Moment():
            return {"string": ""}
        case texts:
            return {"string": text_in(texts, language)}


def _text_module(one: ShownField, card: WalletCard) -> dict[str, Any]:
    bodies = {language: _written(one, language) for language in card.languages}
    return {
        "id": one.key,
        **_localized("header", "localizedHeader", one.label, card.language),
        **_localized("body", "localizedBody", bodies, card.language),
    }


def _written(one: ShownField, language: str) -> str:
    match one.value:
        case Number(amount, currency) if currency:
            return format_currency(amount, currency, locale=_locale(language))
        case Number(amount, _):
            return format_decimal(amount, locale=_locale(language))
        case Moment(at, has_time):
            whole = format_datetime if has_time else format_date
            return whole(_day(at) if not has_time else at, "medium", locale=_locale(language))
        case texts:
            return text_in(texts, language)


def _day(at: datetime) -> date:
    return at.date()


def _plain(one: ShownField | None, language: str) -> str | None:
    return (_written(one, language) or None) if one is not None else None


def _links(card: WalletCard) -> dict[str, Any] | None:
    """The web card, and the pages that the owner named. Addresses that nobody outside can open are left out."""
    found = [
        {"id": one.key, "uri": url, **_localized("description", "localizedDescription", one.label, card.language)}
        for one in card.fields
        if one.source in (LINK, PAGE) and (url := _written(one, card.language)).startswith("https://")
    ]
    return {"uris": found} if found else None


def _barcode(code: Barcode) -> dict[str, Any]:
    told = {"type": BARCODES[code.kind], "value": code.message}
    return told | ({"alternateText": code.text} if code.text else {})


def _changing_barcode(shown: Barcode, code: ChangingCode) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": BARCODES["qr"],
        "valuePattern": code.pattern,
        "totpDetails": {
            "algorithm": "TOTP_SHA1",
            "periodMillis": str(code.seconds * 1000),
            "parameters": [{"key": code.secret.hex(), "valueLength": code.digits}],
        },
    }
    return told | ({"alternateText": shown.text} if shown.text else {})


def _localized(plain: str, localized: str, texts: Texts, language: str = "en") -> dict[str, Any]:
    """A text as Google has it: one, and its translations where there are several that differ."""
    first = text_in(texts, "en") if language not in texts else texts[language]
    told: dict[str, Any] = {plain: first}
    others = {key: text for key, text in sorted(texts.items()) if text}
    if len(set(others.values())) > 1:
        own = language if others.get(language) == first else next(key for key in others if others[key] == first)
        told[localized] = {
            "defaultValue": {"language": own, "value": first},
            "translatedValues": [{"language": key, "value": text} for key, text in others.items() if key != own],
        }
    return told


def _image(url: str) -> dict[str, Any]:
    return {"sourceUri": {"uri": url}}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _locale(language: str) -> str:
    return language.replace("-", "_")
