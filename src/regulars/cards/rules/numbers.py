"""Card numbers: how they are made, checked and compared (RWD-9, IMP-10)."""

import re
import secrets
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from regulars.kernel.refusal import FieldProblem
from regulars.kernel.text import has_forbidden, number_key, one_line

GENERATED_DIGITS: Final = 10
NUMBER_LENGTH_MAX: Final = 64
LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ"
FORMAT: Final = re.compile(r"[A-Za-z0-9 .\-#@*]{1,32}")
RANDOM_PLACES_MIN: Final = 6
DRAWS_MAX: Final = 8_192
SIX_DIGITS_UNTIL: Final = 200_000
"""Till numbers have six digits while a chain has fewer live cards than this, then seven, eight … (API-4)."""


def luhn_digit(digits: str) -> str:
    """The check digit of a number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def has_luhn_digit(number: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return number.isdigit() and len(number) > 1 and luhn_digit(number[:-1]) == number[-1]


@dataclass(frozen=True, slots=True)
class Lane:
    """One of several parts into which numbers are dealt, so that who draws from one never meets who draws from another."""

    index: int = 0
    count: int = 1

    def within(self, below: Callable[[int], int]) -> Callable[[int], int]:
        """Draws like `below`, but of every `count` values only the one of this lane."""
        return lambda limit: below(limit // self.count) * self.count + self.index


WHOLE: Final = Lane()


def generate_numbers(count: int, number_format: str = "", *, lane: Lane = WHOLE) -> dict[str, str]:
    """So many different numbers by their keys, as `generate_number` makes them; those of a format are not dealt in lanes."""
    drawn: dict[str, str] = {}
    below = drawing_below(count)
    if not number_format:
        below = lane.within(below)
    while len(drawn) < count:
        number = generate_number(number_format, below)
        drawn[number_key(number)] = number
    return drawn


def generate_short_numbers(count: int, digits: int, *, lane: Lane = WHOLE) -> dict[str, str]:
    """So many different till numbers of so many digits, the first not 0, each as its own key."""
    drawn: dict[str, str] = {}
    below = lane.within(drawing_below(count))
    first = 10 ** (digits - 1)
    while len(drawn) < count:
        number = str(first + below(9 * first))
        drawn[number] = number
    return drawn


def drawing_below(draws: int) -> Callable[[int], int]:
    """`secrets.randbelow` for about so many draws, which asks the system for randomness once and not for every draw."""
    values: Iterator[int] = iter(())

    def below(limit: int) -> int:
        nonlocal values
        value = next(values, None)
        if value is None:
            values = iter(struct.unpack(f"{size}Q", secrets.token_bytes(8 * size)))
            value = next(values)
        # Eight bytes are so many more than any limit here that the remainder favours nothing that could be counted.
        return value % limit

    size = max(1, min(draws, DRAWS_MAX))
    return below


def generate_number(number_format: str = "", below: Callable[[int], int] = secrets.randbelow) -> str:
    """Make a card number: by default ten digits, the first not 0, the last a Luhn digit, the rest random.

    A format stands for itself but for `#` (a random digit), `@` (a random letter without look-alikes) and `*` (the
    Luhn digit of the digits before it).
    """
    if not number_format:
        body = str(10 ** (GENERATED_DIGITS - 2) + below(9 * 10 ** (GENERATED_DIGITS - 2)))
        return body + luhn_digit(body)
    made = ""
    for sign in number_format:
        match sign:
            case "#":
                made += str(below(10))
            case "@":
                made += LETTERS[below(len(LETTERS))]
            case "*":
                made += luhn_digit("".join(character for character in made if character.isdigit()) or "0")
            case _:
                made += sign
    return made


def check_number_format(number_format: str, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be a format of numbers; an empty one is the default."""
    if not number_format:
        return []
    if not FORMAT.fullmatch(number_format):
        return [
            FieldProblem(
                pointer, "invalid_format", "Letters, digits, spaces, hyphens and # @ * only, at most 32 of them."
            )
        ]
    if number_format.count("#") + number_format.count("@") < RANDOM_PLACES_MIN:
        return [
            FieldProblem(
                pointer, "guessable", f"At least {RANDOM_PLACES_MIN} random places (# or @), else numbers are guessed."
            )
        ]
    return []


def check_number(number: str, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be a card number. Typed numbers are taken as they are: any letters, digits and signs."""
    if not number_key(number):
        return [FieldProblem(pointer, "required", "A card number has at least one letter or digit.")]
    if len(number) > NUMBER_LENGTH_MAX:
        return [FieldProblem(pointer, "too_long", f"At most {NUMBER_LENGTH_MAX} characters.")]
    if has_forbidden(number) or one_line(number) != number.strip():
        return [FieldProblem(pointer, "invalid_text", "A card number stands on one line, without control characters.")]
    return []


def short_number_digits(live_cards: int) -> int:
    """How many digits a new till number has."""
    digits, until = 6, SIX_DIGITS_UNTIL
    while live_cards >= until:
        digits, until = digits + 1, until * 10
    return digits
