"""Phone numbers as people write them, kept as E.164 (ITU-T) text."""

import re
from typing import Final

import phonenumbers

_E164: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_FLOAT_TAIL: Final = re.compile(r"^(\+?\d{7,15})\.0+$", re.ASCII)
LENGTH_MAX: Final = 60
_POSSIBLE_DIGITS_MIN: Final = 9


def parse_phone(text: str, country: str) -> str | None:
    """Read a phone in any notation as E.164; None where it is no possible number.

    `country` (ISO 3166, two letters) reads national numbers; international ones are understood with a plus, with 00,
    and without either. A reading that is a number in service wins; else one of a possible length is taken, since
    ranges are opened faster than any library learns of them.
    """
    cleaned = text.strip().removeprefix("'").removeprefix("tel:").strip()
    if not cleaned or len(cleaned) > LENGTH_MAX:
        return None
    if match := _FLOAT_TAIL.match(cleaned):
        cleaned = match[1]
    if cleaned.startswith("00"):
        cleaned = "+" + cleaned[2:]
    readings = _readings(cleaned, country)
    for number in readings:
        if phonenumbers.is_valid_number(number):
            return _e164(number)
    for number in readings:
        if phonenumbers.is_possible_number(number) and len(_e164(number)) > _POSSIBLE_DIGITS_MIN:
            return _e164(number)
    return None


def _readings(text: str, country: str) -> list[phonenumbers.PhoneNumber]:
    if text.startswith("+"):
        tried: list[tuple[str, str | None]] = [(text, None)]
    elif re.sub(r"\D", "", text).startswith(str(phonenumbers.country_code_for_region(country))):
        # Digits that begin with the home country's own code are meant internationally wherever that reading is
        # valid: "4915123456789" is a German mobile number, not one in the area code 4915.
        tried = [("+" + text, None), (text, country)]
    else:
        tried = [(text, country), ("+" + text, None)]
    numbers = []
    for candidate, region in tried:
        try:
            numbers.append(phonenumbers.parse(candidate, region))
        except phonenumbers.NumberParseException:
            continue
    return [number for number in numbers if number.extension is None]


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_e164(text: str) -> bool:
    """Whether the text is a phone as we store it."""
    return bool(_E164.fullmatch(text))


def format_phone(e164: str) -> str:
    """Write a stored phone for people: `+49 151 23456789`."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
