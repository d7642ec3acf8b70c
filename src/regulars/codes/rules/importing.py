"""Codes that were made elsewhere: which of a list can be taken, and how a remote service writes them; pure."""

import json
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from regulars.codes.rules.space import CODE_LETTERS_MAX
from regulars.kernel.codes import code_key
from regulars.kernel.text import has_forbidden, one_line

PERSONAL_LETTERS_MIN: Final = 6
"""Codes of a printer or of another system are as long as they are; what is shorter than this, anybody hits."""
FETCHED_MAX: Final = 100_000

_REASONS: Final = {
    "empty": "A code has letters or digits.",
    "too_long": "A code has at most 64 characters.",
    "invalid_text": "This has a control character, which no field takes.",
    "too_short": "A personal code has at least 6 letters or digits, else it could be guessed.",
    "duplicate": "The code, or one that looks the same, is in use already.",
    "over_limit": "The pool has as many codes as it may have.",
}
REASONS: Final = _REASONS


class Sorted(Struct, frozen=True):
    """A list of codes as it can be taken: the good ones with their place, and why others cannot be taken, by place."""

    good: tuple[tuple[int, str], ...]
    wrong: dict[int, str]


def sort_codes(texts: Sequence[str], *, kind: str) -> Sorted:
    """Which codes of a list can be taken into a pool of this kind; of two that look the same, the first."""
    good: list[tuple[int, str]] = []
    wrong: dict[int, str] = {}
    seen: set[str] = set()
    for place, given in enumerate(texts):
        problem = check_code(given, kind=kind)
        key = "" if problem else code_key(given)
        if problem or key in seen:
            wrong[place] = problem or "duplicate"
            continue
        seen.add(key)
        good.append((place, one_line(given)))
    return Sorted(tuple(good), wrong)


def check_code(text: str, *, kind: str) -> str | None:
    """Why this cannot be a code of a pool of this kind; None where it can."""
    if len(text) > 4 * CODE_LETTERS_MAX or len(one_line(text)) > CODE_LETTERS_MAX:
        return "too_long"
    if has_forbidden(one_line(text)):
        return "invalid_text"
    letters = len(code_key(text))
    if not letters:
        return "empty"
    return "too_short" if kind == "personal" and letters < PERSONAL_LETTERS_MIN else None


def read_answer(body: bytes) -> list[str] | None:
    """The codes in what a remote service answers: `{"codes": […]}`, a list, or lines of text; None where it is none of these."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if text.lstrip()[:1] not in ("{", "["):
        return None if "<" in text[:200] else [line.strip() for line in text.splitlines() if line.strip()]
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    listed = found.get("codes") if isinstance(found, dict) else found
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        return None
    return listed
