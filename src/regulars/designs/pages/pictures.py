"""The pictures of the designer's form: a row each, with the frame that crops it, and what was typed there (TYP-4)."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.utils.functional import Promise

from regulars.designs.pages.words import PART_NAMES, SLOT_NAMES
from regulars.designs.rules.crops import PARTS, WHOLE, Crop, shown_name
from regulars.designs.rules.definition import SLOTS, Design
from regulars.designs.rules.pictures import ROUND_SHARE
from regulars.designs.rules.shown import FILLED, SHAPES, SIDES_MIN, has_shape

_PERCENT: Final = re.compile(r"[0-9]{1,4}([.,][0-9]{0,6})?")
_ALL: Final = Crop(0, 0, WHOLE, WHOLE)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four numbers of a frame, in percent of the picture."""

    key: str
    name: str | Promise
    percent: str


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture of the form: which one is there, which part of it is shown, and what the frame over it draws.

    `sides` are the least that is sharp, `size` that of the whole picture, in pixels. `safe` is what a wallet shows for
    sure: a shape that the frame's middle fills, or the share of a circle around it.
    """

    slot: str
    name: str | Promise
    sides: tuple[int, int]
    picture: str
    shown: str
    size: tuple[int, int]
    parts: list[Part]
    shapes: tuple[tuple[int, int], ...]
    safe: tuple[int, int] | None
    circle: str
    is_odd: bool
    """Whether the picture has none of the shapes of its place, so that cropping is worth a question."""
    is_removed: bool


def picture_rows(design: Design, sizes: Mapping[str, tuple[int, int]], typed: Mapping[str, Any]) -> list[PictureRow]:
    """The rows of all slots; `sizes` of the pictures by hash. What was `typed` and not kept stands in them as it was typed."""
    return [_row(slot, design, sizes, typed) for slot in SLOTS]


def typed_pictures(typed: Mapping[str, Any], base: Design) -> dict[str, Any]:
    """The pictures that the form holds: undoing brings one back that was there before."""
    held = {slot: typed.get(f"kept_{slot}", base.pictures.get(slot, "")) for slot in SLOTS}
    return {slot: picture for slot, picture in held.items() if picture and not typed.get(f"remove_{slot}")}


def typed_crops(typed: Mapping[str, Any], base: Design, pictures: Mapping[str, Any]) -> dict[str, Any]:
    """The frames as they were typed, in percent, of the slots that have a picture; those that were not asked for stay."""
    crops: dict[str, Any] = {}
    for slot, picture in pictures.items():
        if any(f"crop_{slot}_{part}" in typed for part in PARTS):
            crops[slot] = {part: _thousandths(typed.get(f"crop_{slot}_{part}", "")) for part in PARTS}
        elif slot in base.crops and picture == base.pictures[slot]:
            crops[slot] = asdict(base.crops[slot])
    return crops


def _row(slot: str, design: Design, sizes: Mapping[str, tuple[int, int]], typed: Mapping[str, Any]) -> PictureRow:
    picture, crop = design.pictures.get(slot, ""), design.crops.get(slot, _ALL)
    size = sizes.get(picture, (0, 0))
    return PictureRow(
        slot=slot,
        name=SLOT_NAMES[slot],
        sides=SIDES_MIN[slot],
        picture=picture,
        shown=shown_name(picture, crop) if picture else "",
        size=size,
        parts=[
            Part(part, PART_NAMES[part], typed.get(f"crop_{slot}_{part}", f"{getattr(crop, part) / 10:g}"))
            for part in PARTS
        ],
        shapes=SHAPES[slot],
        safe=FILLED.get(slot),
        circle=str(ROUND_SHARE) if slot == "logo" else "",
        is_odd=bool(picture) and not has_shape(*size, slot),
        is_removed=bool(typed.get(f"remove_{slot}")),
    )


def _thousandths(percent: str) -> int | None:
    """What was typed as percent; None for what is no number, which the rules of a design then refuse."""
    if not _PERCENT.fullmatch(percent.strip()):
        return None
    return int((Decimal(percent.strip().replace(",", ".")) * 10).to_integral_value(ROUND_HALF_UP))
