"""Reading card numbers, names, e-mails, languages, tags, answers, counts and ids."""

import re
from typing import Final

from regulars.imports.reading import cells
from regulars.imports.rules.clean import Reading, is_nothing, plain, trouble
from regulars.imports.rules.words import header_form
from regulars.kernel.text import email_key, one_line

NUMBER_CHARACTERS_MAX: Final = 64
NAME_CHARACTERS_MAX: Final = 200
TEXT_CHARACTERS_MAX: Final = 2_000
CUSTOM_CHARACTERS_MAX: Final = 1_000
TAGS_MAX: Final = 50
_NUMBER: Final = re.compile(r"[^\W_](?:[\w .:/\-‐-―]*[^\W_])?")
_EXPONENT: Final = re.compile(r"(\d)[.,](\d+)[eE]\+?(\d{1,2})")
_EMAIL: Final = re.compile(r"[^@\s\"<>()\[\],;:\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
_TAG: Final = re.compile(r'\s*"([^"]+)"\s*(?=[,;|\n]|$)|([^,;|\n]+)')
_EMAIL_CHARACTERS_MAX: Final = 254
_ANGLES: Final = re.compile(r"[^<>]*<([^<>]+)>")
_EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9._~:@+-]{1,128}")
_LANGUAGES: Final = {
    "en": "en eng english английский англ अंग्रेज़ी अंग्रेजी englisch ingles anglais",
    "ru": "ru rus russian русский рус रूसी russisch ruso russe",
    "hi": "hi hin hindi хинди हिन्दी हिंदी",
    "de": "de deu ger german deutsch немецкий जर्मन aleman allemand",
    "es": "es spa spanish español espanol испанский spanisch espagnol",
    "fr": "fr fra fre french français francais французский franzosisch frances",
    "tr": "tr tur turkish türkçe turkce турецкий turkisch turco turc",
    "ar": "ar ara arabic العربية арабский arabisch arabe",
    "uk": "uk ua ukr ukrainian українська украинский ukrainisch",
    "it": "it ita italian italiano итальянский italienisch italien",
    "pl": "pl pol polish polski польский polnisch polaco polonais",
    "pt": "pt por portuguese português portugues португальский portugiesisch portugais",
    "nl": "nl nld dutch nederlands нидерландский niederlandisch",
    "zh": "zh chi zho chinese 中文 китайский chinesisch chino chinois",
    "he": "he heb hebrew עברית иврит hebraisch",
    "kk": "kk kaz kazakh қазақ казахский",
}  # fmt: skip
_LANGUAGE_OF: Final = {header_form(word): code for code, words in _LANGUAGES.items() for word in words.split()}
_YES: Final = frozenset(map(header_form, ("yes", "y", "true", "1", "да", "д", "on", "x", "✓", "✔", "+", "ja", "j", "wahr", "si", "sí", "oui", "o", "vrai", "verdadero", "हाँ", "हां", "जी", "subscribed", "agreed", "granted", "подписан", "согласен", "истина", "вкл")))  # fmt: skip
_NO: Final = frozenset(map(header_form, ("no", "n", "false", "0", "нет", "н", "off", "-", "nein", "falsch", "non", "faux", "falso", "नहीं", "unsubscribed", "denied", "отписан", "ложь", "выкл", "none", "never")))  # fmt: skip


def read_number(text: str, letter: str) -> Reading[str]:
    """Read a card number as it will be shown: zeros, letters and hyphens stay, case and spaces too.

    Codes: those of `clean.trouble`, digits_lost (a numeric cell beyond 15 digits), invalid_number.
    """
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    if letter == cells.LONG_NUMBER:
        return Reading(code="digits_lost")
    if letter in (cells.DATE, cells.YES_NO):
        return Reading(code="invalid_number")
    if match := _EXPONENT.fullmatch(cleaned):
        digits, length = match[1] + match[2], int(match[3]) + 1
        if len(digits) < length or length > 15:
            return Reading(code="digits_lost")
        cleaned = digits[:length]
    if letter == cells.NUMBER and ("." in cleaned or cleaned.startswith("-")):
        return Reading(code="invalid_number")
    cleaned = cleaned.removeprefix("#").removeprefix("№").strip()
    if len(cleaned) > NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(cleaned):
        return Reading(code="invalid_number")
    return Reading(value=cleaned)


def read_email(text: str, letter: str) -> Reading[str]:
    """Read an e-mail address, lower case. Codes: those of `clean.trouble`, invalid_email; beside a value several_emails."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    match = _ANGLES.fullmatch(cleaned)
    parts = [match[1]] if match else [part for part in re.split(r"[;,\s|/]+(?=\S*@)", cleaned) if part]
    for part in parts[:5]:
        address = email_key(part.strip(" ;,.<>")).removeprefix("mailto:")
        if len(address) <= _EMAIL_CHARACTERS_MAX and _EMAIL.fullmatch(address) and ".." not in address:
            return Reading(value=address, code="several_emails" if len(parts) > 1 else None)
    return Reading(code="invalid_email")


def read_text(text: str, letter: str, *, characters_max: int) -> Reading[str]:
    """Read free text on one line. Codes: those of `clean.trouble`, cell_too_long."""
    if code := trouble(text, letter):
        return Reading(code=code)
    # Zero-width joiners are spelling in Devanagari and Arabic, so names keep what `plain` takes out.
    kept = one_line(text.strip().removeprefix("'"))
    if not kept or kept in ("-", "–", "—"):
        return Reading()
    return Reading(code="cell_too_long") if len(kept) > characters_max else Reading(value=kept)


def read_language(text: str, letter: str) -> Reading[str]:
    """Read a language by code or name, as ISO 639 code; what is none of those known is left out with a warning."""
    if code := trouble(text, letter):
        return Reading(code=code)
    form = header_form(plain(text))
    if not form:
        return Reading()
    known = _LANGUAGE_OF.get(form) or _LANGUAGE_OF.get(form.split()[0])
    return Reading(value=known) if known else Reading(code="language_unknown")


def read_tags(text: str, letter: str) -> Reading[tuple[str, ...]]:
    """Read tags between commas, semicolons or bars, without doubles, in their order; a tag in quotes may hold these."""
    if code := trouble(text, letter):
        return Reading(code=code)
    parts = (found[1] or found[2] for found in _TAG.finditer(text))
    tags = dict.fromkeys(one_line(part)[:64] for part in parts if not is_nothing(plain(part)))
    return Reading(value=tuple(tags)[:TAGS_MAX]) if tags else Reading()


def read_yes_no(text: str, letter: str) -> Reading[bool]:
    """Read an answer; what is neither yes nor no is left out with a warning."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if not cleaned:
        return Reading()
    form = header_form(cleaned) or cleaned
    if form in _YES or cleaned in ("+", "✓", "✔"):
        return Reading(value=True)
    return Reading(value=False) if form in _NO or cleaned == "-" else Reading(code="yes_no_unknown")


def read_version(text: str, letter: str) -> Reading[int]:
    """Read the ledger position that an export wrote. Codes: those of `clean.trouble`, invalid_version."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    if letter != cells.LONG_NUMBER and cleaned.isascii() and cleaned.isdigit() and len(cleaned) <= 18:
        return Reading(value=int(cleaned))
    return Reading(code="invalid_version")


def read_external_id(text: str, letter: str) -> Reading[str]:
    """Read an id of another system; one that cannot be an `external_id` is left out with a warning."""
    if code := trouble(text, letter):
        return Reading(code=code)
    cleaned = plain(text)
    if is_nothing(cleaned):
        return Reading()
    return Reading(value=cleaned) if _EXTERNAL_ID.fullmatch(cleaned) else Reading(code="value_ignored")
