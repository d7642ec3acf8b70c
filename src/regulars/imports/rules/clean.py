"""What every cell goes through before it is read: digits of any script, invisible letters, quoting of spreadsheets."""

import re
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from regulars.imports.reading import cells

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Reading(Generic[Value]):
    """What a cell means: a value, nothing, or a problem; a warning may stand beside a value."""

    value: Value | None = None
    code: str | None = None


_INVISIBLE: Final = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACE: Final = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_FORMULA_TEXT: Final = re.compile(r'="(.*)"', re.DOTALL)
_DIGITS: Final = {
    ord(start) + offset: str(offset)
    for start in "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\uff10"
    for offset in range(10)
}
_FAULTS: Final = frozenset(("#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#спил!", "#знач!", "#н/д", "#ссылка!", "#имя?", "#дел/0!", "#wert!", "#nv", "#bezug!"))  # fmt: skip
NOTHING: Final = frozenset(("", "-", "–", "—", "n/a", "na", "null", "none", "nil", "нет", "nan", "undefined", "k.a.", "keine", "sin dato", "aucun", "लागू नहीं"))  # fmt: skip
"""Texts by which people and programs say that a cell is empty."""


def plain(text: str) -> str:
    """Write a cell without invisible letters, with one kind of space, ASCII digits, and no quoting of spreadsheets.

    One leading apostrophe is dropped (it says "text" in Excel), and so is the `="…"` that programs put around numbers.
    """
    cleaned = _INVISIBLE.sub("", text) if not text.isascii() else text
    cleaned = _SPACE.sub(" ", cleaned).strip()
    if cleaned.startswith("="):
        match = _FORMULA_TEXT.fullmatch(cleaned)
        cleaned = match[1].strip() if match else cleaned
    if cleaned[:1] in ("'", "’", "‘", "`"):
        cleaned = cleaned[1:].lstrip()
    return cleaned if cleaned.isascii() else cleaned.translate(_DIGITS)


def trouble(text: str, letter: str) -> str | None:
    """The code of a cell that cannot be read whatever field it is for; None for the others."""
    if letter == cells.FAULT or (text.startswith("#") and text.strip().casefold() in _FAULTS):
        return "formula_error"
    if letter == cells.NO_VALUE:
        return "formula_without_value"
    if letter == cells.CLEANED:
        return "invalid_characters"
    if letter == cells.TOO_LONG:
        return "cell_too_long"
    return None


def is_nothing(text: str) -> bool:
    """Whether a cell says that it is empty."""
    return not text or text.casefold() in NOTHING
