"""The one JSON parser of the API: exact numbers, and no surprise that another parser would read differently (DESIGN 8)."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from regulars.kernel.refusal import FieldProblem, Invalid, Refused
from regulars.kernel.text import has_forbidden
from regulars.platform.errors import MalformedBody
from regulars.platform.input_text import forbidden_text

DEPTH_MAX: Final = 32
NUMBER_LENGTH_MAX: Final = 40
EXPONENT_MAX: Final = 20
PROBLEMS_MAX: Final = 20
POINTER_LENGTH_MAX: Final = 200

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_EXPONENT: Final = re.compile(r"[eE]([+-]?\d+)")


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Stands in the parsed value where something was sent that is not taken; never leaves this module."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Doubled:
    """An object in which a name stands twice."""

    names: tuple[str, ...]
    fields: dict[str, Any]


class _Notes:
    """Whether the parse met anything that the walk must look for."""

    def __init__(self) -> None:
        self.has_any = False


def parse_json(body: bytes) -> Any:
    """Read a JSON text (RFC 8259): whole numbers as int, all others as Decimal, exactly as they stand.

    Refuses: MalformedBody for what is no JSON in UTF-8; Invalid, with pointers, for nesting beyond 32, numbers beyond
    40 characters or an exponent beyond 20, NaN and Infinity, doubled names, NUL, control characters, lone surrogates.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Refused(MalformedBody(position=problem.start)) from None
    if depth_of(text) > DEPTH_MAX:
        detail = _("Nested deeper than %(limit)s levels.") % {"limit": DEPTH_MAX}
        raise Refused(Invalid(errors=(FieldProblem("", "too_deep", detail),)))
    notes, decoder = _reader()
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as problem:
        raise Refused(MalformedBody(position=problem.pos)) from None
    # Only an escape can smuggle in what UTF-8 and the grammar forbid (and DEL, which both allow).
    if notes.has_any or "\\" in text or "\x7f" in text:
        problems = tuple(_first(_problems_in(value, "")))
        if problems:
            raise Refused(Invalid(errors=problems))
    return value


_readers: Final = threading.local()


def _reader() -> tuple[_Notes, json.JSONDecoder]:
    """This thread's decoder with empty notes; one for each request cost as much as the reading."""
    kept: tuple[_Notes, json.JSONDecoder] | None = vars(_readers).get("kept")
    if kept is None:
        notes = _Notes()
        kept = _readers.kept = (notes, _decoder(notes))
    kept[0].has_any = False
    return kept


def depth_of(text: str) -> int:
    """How deeply arrays and objects are nested, found without recursion and without trusting the text to be JSON."""
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return 0
    depth = deepest = 0
    for match in re.finditer(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if match[0] in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > DEPTH_MAX:
            break
    return deepest


def _decoder(notes: _Notes) -> json.JSONDecoder:
    def bad(code: str, detail: str) -> _Unreadable:
        notes.has_any = True
        return _Unreadable(code, detail)

    def whole(text: str) -> int | _Unreadable:
        if len(text) > NUMBER_LENGTH_MAX:
            return bad("number_too_long", _too_long())
        return int(text)

    def decimal(text: str) -> Decimal | _Unreadable:
        if len(text) > NUMBER_LENGTH_MAX:
            return bad("number_too_long", _too_long())
        exponent = _EXPONENT.search(text)
        if exponent and abs(int(exponent[1])) > EXPONENT_MAX:
            return bad("number_out_of_range", _("The exponent is beyond ±%(limit)s.") % {"limit": EXPONENT_MAX})
        return Decimal(text)

    def constant(text: str) -> _Unreadable:
        return bad("not_a_number", _("%(value)s is no number.") % {"value": text})

    def fields(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Doubled:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        notes.has_any = True
        names = [name for name, _value in pairs]
        return _Doubled(tuple(sorted({name for name in names if names.count(name) > 1})), found)

    return json.JSONDecoder(parse_int=whole, parse_float=decimal, parse_constant=constant, object_pairs_hook=fields)


def _too_long() -> str:
    return _("A number has at most %(limit)s characters.") % {"limit": NUMBER_LENGTH_MAX}


def _problems_in(value: Any, pointer: str) -> Iterator[FieldProblem]:
    """What is not taken, in reading order; recursion is bounded by DEPTH_MAX, which was checked before."""
    if isinstance(value, str):
        if has_forbidden(value):
            yield forbidden_text(pointer)
    elif isinstance(value, _Unreadable):
        yield FieldProblem(pointer, value.code, value.detail)
    elif isinstance(value, _Doubled):
        for name in value.names:
            yield FieldProblem(pointer_to(pointer, name), "duplicate_field", _("This field is there more than once."))
        yield from _problems_in(value.fields, pointer)
    elif isinstance(value, dict):
        for name, part in value.items():
            below = pointer_to(pointer, name)
            if has_forbidden(name):
                yield forbidden_text(below)
            yield from _problems_in(part, below)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _problems_in(part, f"{pointer}/{index}")


def pointer_to(pointer: str, name: str) -> str:
    """The JSON pointer of a field below another (RFC 6901); what no answer could hold is replaced, length is bounded."""
    shown = "".join("\N{REPLACEMENT CHARACTER}" if has_forbidden(letter) else letter for letter in name)
    return (pointer + "/" + shown.replace("~", "~0").replace("/", "~1"))[:POINTER_LENGTH_MAX]


def _first(problems: Iterator[FieldProblem]) -> Iterator[FieldProblem]:
    for _index, problem in zip(range(PROBLEMS_MAX), problems, strict=False):
        yield problem
