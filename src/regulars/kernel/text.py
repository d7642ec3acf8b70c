"""Text of any language, made safe to store and fit to compare."""

import re
import unicodedata
from typing import Final

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_GAPS: Final = re.compile(r"[\s\-‐-―]+")
_SPACES: Final = re.compile(r"\s+")
_STRIPPED_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK")


def has_forbidden(text: str) -> bool:
    """Whether the text holds NUL, another control character or half of a surrogate pair, which no field takes."""
    return bool(_FORBIDDEN.search(text))


def without_forbidden(text: str) -> str:
    """The text with a replacement character where `has_forbidden` found something; for what must be kept, never refused."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """Collapse white space and cut it from both ends."""
    return _SPACES.sub(" ", text).strip()


def search_form(text: str) -> str:
    """Write a name as search compares it: lower case, one space between words, no accents on European letters.

    Marks of other scripts are letters in all but name (a Devanagari vowel sign) and stay.
    """
    folded = one_line(text).casefold()
    if folded.isascii():
        return folded
    kept: list[str] = []
    european = False
    for character in unicodedata.normalize("NFKD", folded):
        if unicodedata.combining(character) and european:
            continue
        if not unicodedata.combining(character):
            european = unicodedata.name(character, "").startswith(_STRIPPED_SCRIPTS)
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def number_key(text: str) -> str:
    """Write a card number as numbers are compared: without spaces and hyphens, in upper case; zeros stay."""
    return _GAPS.sub("", text).upper()


def email_key(text: str) -> str:
    """Write an e-mail address as addresses are compared."""
    return text.strip().casefold()
