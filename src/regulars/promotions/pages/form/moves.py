"""Rows that are added, taken away and brought back: what the buttons of the form do to a sketch."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing

from regulars.promotions.pages.form.kinds import (
    BENEFIT_OFFERS,
    CONDITION_OFFERS,
    EARNING_OFFERS,
    GROUP_OFFER,
    SEGMENT_OFFER,
    OfferGroup,
)
from regulars.promotions.pages.form.typed import LISTS, ROWS_MAX, Sketch

KEPT_LENGTH_MAX: Final = 20_000
_FAMILY: Final = {**dict(LISTS), "multipliers": "multiplier"}
_SALT: Final = "regulars.promotions.row"
_LISTS_INSIDE: Final = frozenset({"hours", "steps", "parts", "instead", "conditions"})


@dataclass(frozen=True, slots=True)
class Moved:
    """What a button did: where the eye should be now, and what may be brought back."""

    focus: str = ""
    taken: str = ""


def move(sketch: Sketch, button: str, taken: str) -> Moved:
    """Do what a button of the form says; one that says nothing we know does nothing."""
    verb, _colon, rest = button.partition(":")
    match verb:
        case "add":
            path, _colon, key = rest.partition(":")
            return _add(sketch, path, key)
        case "remove":
            return _remove(sketch, rest)
        case "undo":
            return _bring_back(sketch, taken)
        case _:
            return Moved()


def _add(sketch: Sketch, path: str, key: str) -> Moved:
    if key == "code":
        sketch.setdefault("codes", [])
        sketch["~codes"] = True
        return Moved(focus="codes")
    if key == "multiplier":
        path = "multipliers"
    start = {} if key in ("", "multiplier") else _start(key)
    parent = _list_at(sketch, path)
    if start is None or parent is None or len(parent) >= ROWS_MAX:
        return Moved()
    if key == "" and path.endswith(".instead"):
        start = {"conditions": []}
    parent.append(deepcopy(dict(start)))
    return Moved(focus=f"{path}.{len(parent) - 1}")


def _start(key: str) -> Mapping[str, Any] | None:
    groups: tuple[OfferGroup, ...] = (*CONDITION_OFFERS, GROUP_OFFER, *BENEFIT_OFFERS, *EARNING_OFFERS)
    offers = [*(one for group in groups for one in group.offers), SEGMENT_OFFER]
    return next((one.start for one in offers if one.key == key), None)


def _remove(sketch: Sketch, path: str) -> Moved:
    if path == "codes":
        taken = _kept("codes", sketch.pop("codes", []))
        return Moved(focus="conditions", taken=taken)
    where, _dot, index = path.rpartition(".")
    parent = _list_at(sketch, where)
    if parent is None or not index.isdecimal() or int(index) >= len(parent):
        return Moved()
    item = parent.pop(int(index))
    after = min(int(index), len(parent) - 1)
    return Moved(focus=f"{where}.{after}" if parent else where, taken=_kept(path, item))


def _kept(path: str, item: Any) -> str:
    """What was taken away, to be sent along with the form: signed, so that only what stood there comes back."""
    text = signing.dumps({"path": path, "item": item}, salt=_SALT, compress=True)
    return text if len(text) < KEPT_LENGTH_MAX else ""


def _bring_back(sketch: Sketch, taken: str) -> Moved:
    try:
        kept = signing.loads(taken, salt=_SALT)
    except signing.BadSignature:
        return Moved()
    path, item = kept["path"], kept["item"]
    if path == "codes":
        sketch["codes"], sketch["~codes"] = item, True
        return Moved(focus="codes")
    where, _dot, index = path.rpartition(".")
    parent = _list_at(sketch, where)
    if parent is None or not index.isdecimal() or len(parent) >= ROWS_MAX:
        return Moved()
    parent.insert(min(int(index), len(parent)), item)
    return Moved(focus=path)


def _list_at(sketch: Sketch, path: str) -> list[Any] | None:
    """The list of rows at a place of the form; None where there is none."""
    parts = path.split(".")
    if parts[0] not in _FAMILY and parts[0] not in _LISTS_INSIDE:
        return None
    at: Any = sketch
    for depth, part in enumerate(parts):
        if isinstance(at, list) and part.isdecimal() and int(part) < len(at):
            at = at[int(part)]
        elif isinstance(at, dict) and (part in at or part in _LISTS_INSIDE):
            at = at.setdefault(part, []) if depth == len(parts) - 1 else at.get(part)
        else:
            return None
    return at if isinstance(at, list) else None
