"""Sketches and definitions: the same JSON, with what a person turns round or joins written as the engine takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from regulars.kernel.refusal import FieldProblem
from regulars.promotions.pages.form.typed import GROUP_KINDS, JOIN, NOT, Sketch

LISTED: Final = ("conditions", "benefits", "earnings", "multipliers")
FIELDS: Final = (*LISTED, "codes", "code_pools", "products", "limits")


@dataclass(slots=True)
class Places:
    """Where in the form a pointer into the content leads."""

    names: dict[str, str] = field(default_factory=dict)

    def name(self, pointer: str) -> str:
        """The name of the field that a pointer means, as exactly as is known."""
        parts = pointer.strip("/").split("/")
        for length in range(len(parts), 0, -1):
            found = self.names.get("/" + "/".join(parts[:length]))
            if found is not None:
                return ".".join((found, *parts[length:]))
        return ".".join(parts)


def content_of(sketch: Sketch, places: Places | None = None) -> dict[str, Any]:
    """The content that a sketch says, ready to be kept; `places` learns where each part stands in the form."""
    known = places if places is not None else Places()
    content: dict[str, Any] = {}
    for name, value in sketch.items():
        if not name.startswith("~") and name != "conditions":
            content[name] = _folded(value, name, f"/{name}", known)
    content["conditions"] = _conditions(sketch, known)
    return content


def _conditions(sketch: Sketch, places: Places) -> list[Any]:
    rows = sketch.get("conditions", [])
    if sketch.get(JOIN) != "any_of" or len(rows) < 2:
        return [_row(row, f"conditions.{at}", f"/conditions/{at}", places) for at, row in enumerate(rows)]
    inner = [_row(row, f"conditions.{at}", f"/conditions/0/conditions/{at}", places) for at, row in enumerate(rows)]
    return [{"kind": "any_of", "conditions": inner}]


def _row(row: Any, name: str, pointer: str, places: Places) -> Any:
    if isinstance(row, Mapping) and row.get(NOT):
        inner = {key: value for key, value in row.items() if key != NOT}
        places.names[pointer] = name
        return {"kind": "none_of", "conditions": [_row(inner, name, f"{pointer}/conditions/0", places)]}
    return _folded(row, name, pointer, places)


def _folded(value: Any, name: str, pointer: str, places: Places) -> Any:
    places.names[pointer] = name
    if isinstance(value, Mapping):
        return {
            key: _folded(one, f"{name}.{key}", f"{pointer}/{key}", places)
            for key, one in value.items()
            if not key.startswith("~")
        }
    if isinstance(value, list):
        return [_row(one, f"{name}.{at}", f"{pointer}/{at}", places) for at, one in enumerate(value)]
    return value


def sketch_of(content: Mapping[str, Any]) -> Sketch:
    """The sketch that shows a content."""
    sketch: Sketch = {name: _unfolded(value) for name, value in content.items()}
    for name in LISTED:
        sketch.setdefault(name, [])
    rows = sketch["conditions"]
    is_any = len(rows) == 1 and rows[0].get("kind") == "any_of" and len(rows[0]["conditions"]) > 1
    sketch[JOIN] = "any_of" if is_any else "all_of"
    if is_any:
        sketch["conditions"] = rows[0]["conditions"]
    return sketch


def _unfolded(value: Any) -> Any:
    if isinstance(value, list):
        return [_unfolded(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    inner = value.get("conditions")
    if value.get("kind") == "none_of" and isinstance(inner, list) and len(inner) == 1:
        only = inner[0]
        if isinstance(only, Mapping) and only.get("kind") not in GROUP_KINDS:
            return {**_unfolded(only), NOT: True}
    return {key: _unfolded(one) for key, one in value.items()}


def errors_by_name(problems: tuple[FieldProblem, ...], places: Places) -> dict[str, list[str]]:
    """The sentences of problems by the name of the field that they are about, in their order."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(places.name(problem.pointer), []).append(problem.detail)
    return found
