"""What was typed in the form of a promotion, as a sketch: the JSON of a definition with what is unfinished or wrong in it.

Names of fields are the way to a value, `conditions.0.amount`. A sketch holds texts as they were typed where they cannot
be read, so that they come back with the error. Marks that are no part of a definition begin with a tilde.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import MISSING
from typing import Any, Final

from django.http import QueryDict

from regulars.platform.pages.typed import typed_amount
from regulars.promotions.rules.definition.built import Many, Member, Object, OfBalance, OfFamily, OrNothing, Staircase
from regulars.promotions.rules.definition.codecs import TEXT_LENGTH_MAX, object_of
from regulars.promotions.rules.definition.plain import Choice, Clock, Codec, Day, Flag, NameOf, Text, Whole
from regulars.promotions.rules.definition.registry import Family, find_kind
from regulars.promotions.rules.definition.values import Cost, Definition, Trigger
from regulars.promotions.rules.promotion import Limits, Multiplier

Sketch = dict[str, Any]
ROWS_MAX: Final = 60
NOT: Final = "~not"
SHOWS: Final = "~shows"
JOIN: Final = "~join"
GROUP_KINDS: Final = ("all_of", "any_of", "none_of")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,12}", re.ASCII)
_BETWEEN: Final = re.compile(r"[,;\n]")
LISTS: Final[tuple[tuple[str, Family], ...]] = (
    ("conditions", "condition"),
    ("benefits", "benefit"),
    ("earnings", "earning"),
)


class Absent:
    """What stands for a field that says nothing."""


ABSENT: Final = Absent()


class Typed:
    """Posted fields by their names, and which rows there are under a name."""

    def __init__(self, fields: Iterable[tuple[str, list[str]]]) -> None:
        self._texts: dict[str, list[str]] = {name: list(texts) for name, texts in fields}
        self._rows: dict[str, set[int]] = defaultdict(set)
        for name in self._texts:
            parts = name.split(".")
            for at, part in enumerate(parts):
                if part.isdecimal() and len(part) < 4:
                    self._rows[".".join(parts[:at])].add(int(part))

    def has(self, name: str) -> bool:
        """Whether the field was sent at all."""
        return name in self._texts

    def texts(self, name: str) -> list[str]:
        """All values of a field."""
        return self._texts.get(name, [])

    def text(self, name: str) -> str:
        """The last value of a field, "" without one."""
        found = self._texts.get(name)
        return found[-1].strip() if found else ""

    def rows(self, name: str) -> list[str]:
        """The ways to the rows under a name, in their order."""
        return [f"{name}.{index}" for index in sorted(self._rows.get(name, ()))[:ROWS_MAX]]


def read_typed(typed: Typed) -> Sketch:
    """The sketch that was typed."""
    sketch: Sketch = {name: read_rows(family, name, typed) for name, family in LISTS}
    multiplier = object_of(Multiplier)
    sketch["multipliers"] = [read_object(multiplier, at, typed) for at in typed.rows("multipliers")]
    sketch[JOIN] = "any_of" if typed.text("join") == "any_of" else "all_of"
    for member in object_of(Definition).members:
        if member.name in ("group", "priority", "codes", "code_pools", "products"):
            value = read_value(member.codec, member.name, typed, member.default)
            if not isinstance(value, Absent):
                sketch[member.name] = value
    if typed.has("codes"):
        sketch["~codes"] = True
    sketch["by_voucher"] = typed.has("by_voucher")
    sketch["stands_alone"] = typed.has("stands_alone")
    sketch["counts_units_once"] = not typed.has("counts_units_again")
    sketch["limits"] = read_object(object_of(Limits), "limits", typed)
    cost = read_object(object_of(Cost), "cost", typed)
    sketch["cost"] = cost or None
    sketch["trigger"] = read_object(object_of(Trigger), "trigger", typed) if typed.text("trigger.event") else None
    sketch["card_types"] = typed.texts("card_types") if typed.text("card_types.which") == "chosen" else None
    return sketch


def read_typed_conditions(typed: Typed) -> Sketch:
    """The sketch of conditions alone, as an order segment has them."""
    join = "any_of" if typed.text("join") == "any_of" else "all_of"
    return {"conditions": read_rows("condition", "conditions", typed), JOIN: join}


def read_rows(family: Family, name: str, typed: Typed) -> list[Sketch]:
    """The rows of a family under a name; one whose kind nobody knows is left out."""
    rows = []
    for at in typed.rows(name):
        kind = typed.text(f"{at}.kind")
        if family == "condition" and kind in GROUP_KINDS:
            rows.append({"kind": kind, "conditions": read_rows(family, f"{at}.conditions", typed)})
            continue
        cls = find_kind(family, kind)
        if cls is None:
            continue
        row = read_object(object_of(cls, kind=kind), at, typed)
        if typed.text(f"{at}.is") == "no":
            row[NOT] = True
        if typed.text(f"{at}.shows"):
            row[SHOWS] = typed.text(f"{at}.shows")
        rows.append(row)
    return rows


def read_object(form: Object, at: str, typed: Typed) -> Sketch:
    """The fields of an object that say something."""
    read: Sketch = {"kind": form.kind} if form.kind else {}
    for member in form.members:
        value = read_value(member.codec, f"{at}.{member.name}", typed, member.default)
        if not isinstance(value, Absent):
            read[member.name] = value
    return read


def read_value(codec: Codec, name: str, typed: Typed, default: object = MISSING) -> Any:
    """One value, or ABSENT where nothing is said."""
    match codec:
        case OrNothing(inner=inner):
            return _or_nothing(read_value(inner, name, typed), name, typed, default)
        case OfBalance(inner=inner):
            return read_value(inner, name, typed)
        case Flag():
            return True if typed.has(name) else ABSENT
        case Many():
            return _many(codec, name, typed, default)
        case Staircase():
            return [_step(at, typed) for at in typed.rows(name)]
        case Object():
            read = read_object(codec, name, typed)
            return read or ABSENT
        case _:
            text = typed.text(name)
            return _plain(codec, text) if text else ABSENT


def _or_nothing(value: Any, name: str, typed: Typed, default: object) -> Any:
    """An emptied field whose usual value is not nothing says that there is none."""
    if not isinstance(value, Absent):
        return value
    return None if default not in (None, MISSING) and typed.has(name) else ABSENT


def _plain(codec: Codec, text: str) -> Any:
    match codec:
        case Whole():
            plain = typed_amount(text)
            return int(plain) if _WHOLE.fullmatch(plain) else text
        case Text() | Choice() | Day() | Clock() | NameOf():
            return text
        case _:
            return typed_amount(text)


def _many(codec: Many, name: str, typed: Typed, default: object) -> Any:
    match codec.inner:
        case OfFamily(family=family):
            values: list[Any] = list(read_rows(family, name, typed))
        case Object():
            values = [read_object(codec.inner, at, typed) for at in typed.rows(name)]
        case Text():
            values = split_texts("\n".join(typed.texts(name)))
        case Whole():
            values = [int(one) if _WHOLE.fullmatch(one) else one for one in dict.fromkeys(typed.texts(name))]
        case _:
            values = list(dict.fromkeys(one for one in typed.texts(name) if one))
    return values if values or default is MISSING else ABSENT


def split_texts(text: str) -> list[str]:
    """Texts with commas between them, each once."""
    return list(dict.fromkeys(one.strip() for one in _BETWEEN.split(text) if one.strip()))


def _step(at: str, typed: Typed) -> Sketch:
    found = {name: typed_amount(typed.text(f"{at}.{name}")) for name in ("from", "off")}
    return {name: text for name, text in found.items() if text}


def one_text(text: str) -> str:
    """A name as it is kept at most."""
    return text[:TEXT_LENGTH_MAX]


def member_of(form: Object, name: str) -> Member:
    """The member of an object with this name."""
    return next(member for member in form.members if member.name == name)


def as_typed(fields: QueryDict) -> Typed:
    """Posted fields, as Django holds them."""
    return Typed((str(name), [str(text) for text in texts]) for name, texts in fields.lists())
