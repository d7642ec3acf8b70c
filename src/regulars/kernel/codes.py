"""Codes that people type and cameras read: how they are compared, and how new ones are made (RWD-9)."""

import secrets
from collections.abc import Callable
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters of new codes: Crockford's base 32 (https://www.crockford.com/base32.html), five bits each, none like another."""
RANDOM_LETTERS_MIN: Final = 13
"""So many letters of the alphabet have at least 64 random bits."""
BLOCK: Final = 4

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


def code_key(code: str) -> str:
    """A code as codes are compared: without case, look-alike letters and what people put between its letters.

    The same for a key itself, whatever is done to it again.
    """
    return "".join(code.split()).translate(_DASHES).upper().translate(_LOOK_ALIKES)


def in_blocks(letters: str) -> str:
    """A code as it is shown: in blocks of four."""
    return "-".join(letters[at : at + BLOCK] for at in range(0, len(letters), BLOCK))


def new_code(letters: int = 16, *, below: Callable[[int], int] = secrets.randbelow) -> str:
    """A new code in blocks, each letter five random bits; not fewer than 64 bits in all."""
    assert letters >= RANDOM_LETTERS_MIN
    return in_blocks("".join(ALPHABET[below(len(ALPHABET))] for _ in range(letters)))
