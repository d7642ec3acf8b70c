"""Codes that people type and cameras read: how they are compared, and how new ones are made (RWD-9)."""

import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters of new codes: Crockford's base 32 (https://www.crockford.com/base32.html), five bits each, none like another."""
RANDOM_LETTERS_MIN: Final = 13
"""So many letters of the alphabet have at least 64 random bits."""
BLOCK: Final = 4
END_LETTERS: Final = 4

# What looks like a letter of the alphabet is that letter: typed in another script, or read wrongly off a paper.
_LOOK_ALIKES: Final = str.maketrans(
    {
        **dict.fromkeys("OОΟ", "0"),
        **dict.fromkeys("ILІΙ", "1"),
        **dict(zip("АВЕКМНРСТХУЅЈ", "ABEKMHPCTXYSJ", strict=True)),
        **dict(zip("ΑΒΕΖΗΚΜΝΡΤΥΧ", "ABEZHKMNPTYX", strict=True)),
    }
)
# Hyphens of every kind that keyboards and word processors put in place of the plain one.
_DASHES: Final = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad_."))

_MARKS_ABOVE_AND_BELOW: Final = 200
_UNSEEN: Final = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))
) | frozenset(map(chr, range(0xE0100, 0xE01F0)))


def code_key(code: str) -> str:
    """A code as codes are compared: without case, look-alike letters and what people put between its letters.

    Compatible forms (full width, ligatures) are the letters they stand for; what nobody sees, and marks put over letters that
    have none of their own with them, are nothing. The same for a key itself, whatever is done to it again.
    """
    if code.isascii() and code.isprintable():
        return _compared(code)
    key = code
    # Capitals, compatible forms and dropped marks may each bring forth what another of them changes: until nothing does.
    while (again := _compared("".join(filter(_is_seen, unicodedata.normalize("NFKC", key.upper()))))) != key:
        key = again
    return key


def _compared(code: str) -> str:
    return "".join(code.split()).translate(_DASHES).upper().translate(_LOOK_ALIKES)


def _is_seen(one: str) -> bool:
    """Whether a character is one of its own. Vowel signs of Devanagari and the like are, though they combine."""
    category, combining = unicodedata.category(one), unicodedata.combining(one)
    if category in ("Cf", "Cc", "Me") or one in _UNSEEN:
        return False
    return category != "Mn" or not (combining == 1 or combining >= _MARKS_ABOVE_AND_BELOW)


def in_blocks(letters: str) -> str:
    """A code as it is shown: in blocks of four."""
    return "-".join(letters[at : at + BLOCK] for at in range(0, len(letters), BLOCK))


def code_end(code: str) -> str:
    """The last letters of a code, by which people tell it from others and cannot use it: four at most, a third of it at most."""
    letters = "".join(filter(str.isalnum, code))
    return letters[len(letters) - min(END_LETTERS, len(letters) // 3) :]


def new_code(letters: int = 16, *, below: Callable[[int], int] = secrets.randbelow) -> str:
    """A new code in blocks, each letter five random bits; not fewer than 64 bits in all."""
    assert letters >= RANDOM_LETTERS_MIN
    return in_blocks("".join(ALPHABET[below(len(ALPHABET))] for _ in range(letters)))
