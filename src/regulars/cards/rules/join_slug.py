"""The word in the address where people join a card type (WAL-3): readable, changeable; pure."""

import re
import unicodedata
from typing import Final

from regulars.kernel.refusal import FieldProblem

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LENGTH_MIN: Final = 3
SLUG_LENGTH_MAX: Final = 60
_CYRILLIC: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяґєії",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "_",
            "y",
            "_",
            "e",
            "yu",
            "ya",
            "g",
            "ye",
            "i",
            "yi",
        ],
        strict=True,
    )
)


def slug_from(name: str, tail: str = "") -> str:
    """A slug of the letters and digits of a name, in Latin letters, with a tail where the plain one is taken."""
    latin = "".join(_CYRILLIC.get(sign, sign) for sign in unicodedata.normalize("NFC", name).lower()).replace("_", "")
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].rstrip("-")
    if len(stem) < SLUG_LENGTH_MIN:
        stem = f"{stem}-card".strip("-")
    return f"{stem}-{tail}" if tail else stem


def check_slug(slug: str, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be a slug."""
    if SLUG_LENGTH_MIN <= len(slug) <= SLUG_LENGTH_MAX and SLUG.fullmatch(slug):
        return []
    detail = "3 to 60 small letters a–z and digits, with single hyphens between them."
    return [FieldProblem(pointer, "invalid_slug", detail)]
