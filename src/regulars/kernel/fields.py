"""Checks that fields of every feature share; each says in words how to mend the field."""

import re
import unicodedata
from typing import Final

from regulars.kernel.refusal import FieldProblem
from regulars.kernel.text import has_forbidden, one_line

NAME_LENGTH_MAX: Final = 120
EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9._~:@+-]{1,128}")


def check_name(text: str, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be a name: empty, too long, or with characters that no field takes."""
    if not one_line(text):
        return [FieldProblem(pointer, "required", "Give a name.")]
    return check_text(text, pointer, length_max=NAME_LENGTH_MAX)


def check_text(text: str, pointer: str, *, length_max: int) -> list[FieldProblem]:
    """Say why this text cannot be stored."""
    if len(text) > length_max:
        return [FieldProblem(pointer, "too_long", f"At most {length_max} characters, this has {len(text)}.")]
    if has_forbidden(text):
        return [FieldProblem(pointer, "invalid_text", "This has a control character, which no field takes.")]
    return []


def check_external_id(text: str | None, pointer: str) -> list[FieldProblem]:
    """Say why this cannot be an external id (API.md, Manners)."""
    if text is None or EXTERNAL_ID.fullmatch(text):
        return []
    return [
        FieldProblem(pointer, "invalid_external_id", "1 to 128 characters of A–Z, a–z, 0–9 and . _ ~ : @ + - only.")
    ]


def check_choice(value: str, known: tuple[str, ...], pointer: str) -> list[FieldProblem]:
    """Say that a value is not among those that exist."""
    return [] if value in known else [FieldProblem(pointer, "unknown_value", f"One of: {', '.join(known)}.")]


def external_id_from(name: str, taken: frozenset[str]) -> str:
    """Make an external id of a name: letters and digits of the name, numbered where taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "id"
    candidate, number = stem, 2
    while candidate in taken:
        candidate, number = f"{stem}-{number}", number + 1
    return candidate
