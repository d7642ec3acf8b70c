"""The pattern that codes of a pool are made from, and making a hundred thousand of them at a breath (RWD-4, RWD-9).

    SUMMER-****-****-****-*****

`*` is a letter or digit of an alphabet without look-alikes (five random bits), `#` a digit (3.3 bits), everything else stands in
each code as it is. So that nobody guesses a code, a pattern has at least 64 random bits: thirteen `*`, or twenty `#`.
"""

import math
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from regulars.kernel.codes import ALPHABET, code_key
from regulars.kernel.refusal import FieldProblem

BITS_MIN: Final = 64
PATTERN_LENGTH_MAX: Final = 64
FIXED_BETWEEN: Final = "-_. "
DEFAULT_PATTERN: Final = "****-****-****-****"
_LETTER: Final = "*"
_DIGIT: Final = "#"
BITS: Final = {_LETTER: math.log2(len(ALPHABET)), _DIGIT: math.log2(10)}

# Each random byte becomes one letter: 256 is eight times the alphabet; for digits the last six bytes are thrown away.
_AS_LETTERS: Final = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_AS_DIGITS: Final = bytes(ord("0") + byte % 10 for byte in range(256))
_NO_DIGIT: Final = bytes(range(250, 256))

_ERRORS: Final = {
    "required": "Give a pattern: * stands for a random letter or digit, # for a random digit.",
    "too_long": "A pattern has at most 64 characters.",
    "invalid_pattern": "A pattern has letters, digits, hyphens, dots, blanks, * and # only.",
}


class Pattern(Struct, frozen=True):
    """A pattern that is random enough."""

    text: str

    @property
    def bits(self) -> float:
        """How many random bits a code of it has."""
        return bits_of(self.text)

    @property
    def example(self) -> str:
        """What a code of it looks like; never one that is made."""
        letters = iter("7K3M9PQX2WRTA5HDV8CJ4NEG6YFB1S0Z" * 2)
        digits = iter("4071825936" * 7)
        return "".join(next(letters) if one == _LETTER else next(digits) if one == _DIGIT else one for one in self.text)


def bits_of(text: str) -> float:
    """How many random bits a code of this pattern would have."""
    return sum(BITS.get(one, 0.0) for one in text)


def missing_letters(text: str) -> int:
    """How many `*` more a pattern needs before nobody can guess its codes."""
    return max(0, math.ceil((BITS_MIN - bits_of(text)) / BITS[_LETTER] - 1e-9))


def read_pattern(text: str, pointer: str) -> Pattern | FieldProblem:
    """The pattern that is meant, or why codes cannot be made from it."""
    text = text.strip()
    if not text:
        return FieldProblem(pointer, "required", _ERRORS["required"])
    if len(text) > PATTERN_LENGTH_MAX:
        return FieldProblem(pointer, "too_long", _ERRORS["too_long"])
    # What stands fixed is compared letter by letter: letters that only together are one cannot stand in a pattern.
    if not all(one.isalnum() or one in FIXED_BETWEEN or one in BITS for one in text) or "".join(
        map(code_key, text)
    ) != code_key(text):
        return FieldProblem(pointer, "invalid_pattern", _ERRORS["invalid_pattern"])
    missing = missing_letters(text)
    if missing:
        return FieldProblem(
            pointer, "pattern_too_short", f"Codes like this could be guessed. Add {missing} more * to it."
        )
    return Pattern(text)


def copy_rows(pattern: Pattern, count: int, stem: str, *, random: Callable[[int], bytes]) -> bytes:
    """So many new codes as PostgreSQL's COPY reads them: id, code, and the code as codes are compared.

    `stem` begins the ids, `random` gives random bytes. A hundred thousand take a few milliseconds: all rows are written at
    once with empty places, and each place of all rows is filled in one stroke.
    """
    text, text_places = _template(pattern.text)
    key, key_places = _template("".join(one if one in BITS else code_key(one) for one in pattern.text))
    head = stem.encode() + b"00000000\t"
    row = head + text + b"\t" + key + b"\n"
    rows = bytearray(row * count)
    width = len(row)
    _fill_counts(rows, width, len(stem), count)
    for place, other, kind in zip(text_places, key_places, [one for one in pattern.text if one in BITS], strict=True):
        drawn = _letters(count, random) if kind == _LETTER else _digits(count, random)
        rows[len(head) + place :: width] = drawn
        rows[len(head) + len(text) + 1 + other :: width] = drawn
    return bytes(rows)


def _template(text: str) -> tuple[bytes, list[int]]:
    """A text as bytes, and at which of them its random places stand."""
    made = bytearray()
    places = []
    for one in text:
        if one in BITS:
            places.append(len(made))
        made += one.encode()
    return bytes(made), places


def _fill_counts(rows: bytearray, width: int, at: int, count: int) -> None:
    counts = b"".join(b"%08x" % number for number in range(count))
    for digit in range(8):
        rows[at + digit :: width] = counts[digit::8]


def _letters(count: int, random: Callable[[int], bytes]) -> bytes:
    return random(count).translate(_AS_LETTERS)


def _digits(count: int, random: Callable[[int], bytes]) -> bytes:
    found = b""
    while len(found) < count:
        found += random(count - len(found) + 64).translate(_AS_DIGITS, _NO_DIGIT)
    return found[:count]
