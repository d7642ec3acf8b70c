"""The part of an uploaded picture that a card shows: a box that can be moved at any time, as the picture stays whole; pure."""

import io
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Final

from PIL import Image

WHOLE: Final = 1000
"""The sides of a picture, in the thousandths that boxes are told in."""
PARTS: Final = ("left", "top", "width", "height")
_NAME: Final = re.compile(
    r"([0-9a-f]{64})(?:\.(0|[1-9][0-9]{0,3})-(0|[1-9][0-9]{0,3})-([1-9][0-9]{0,3})-([1-9][0-9]{0,3}))?"
)


@dataclass(frozen=True, slots=True)
class Crop:
    """A box in a picture, in thousandths of its sides, from its left and its upper edge."""

    left: int
    top: int
    width: int
    height: int


def is_inside(crop: Crop) -> bool:
    """Whether the box has an area and lies in the picture."""
    return (
        min(crop.left, crop.top) >= 0
        and min(crop.width, crop.height) >= 1
        and max(crop.left + crop.width, crop.top + crop.height) <= WHOLE
    )


def is_whole(crop: Crop) -> bool:
    """Whether the box leaves nothing out."""
    return crop == Crop(0, 0, WHOLE, WHOLE)


def shown_pictures(pictures: Mapping[str, str], crops: Mapping[str, Crop]) -> dict[str, str]:
    """The names of what a card shows, by slot: the hash of the picture, and its box where it has one."""
    return {slot: shown_name(picture, crops.get(slot)) for slot, picture in pictures.items()}


def shown_name(picture: str, crop: Crop | None) -> str:
    """The name of a part of a picture; what is drawn, kept and fetched under it never changes."""
    return picture if crop is None or is_whole(crop) else f"{picture}.{'-'.join(map(str, astuple(crop)))}"


def read_name(name: str) -> tuple[str, Crop | None] | None:
    """The picture and the box that a name says; None for what is no name. Each part of a picture has one name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    picture, *numbers = found.groups()
    if numbers[0] is None:
        return picture, None
    crop = Crop(*map(int, numbers))
    return (picture, crop) if is_inside(crop) and not is_whole(crop) else None


def pixels(crop: Crop, width: int, height: int) -> tuple[int, int, int, int]:
    """The box in a picture of this size: left, upper, right and lower edge in pixels; never empty."""
    left, top = min(_part(crop.left, width), width - 1), min(_part(crop.top, height), height - 1)
    right, bottom = _part(crop.left + crop.width, width), _part(crop.top + crop.height, height)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def cropped(content: bytes, crop: Crop) -> bytes:
    """The part of a picture as a PNG of its own."""
    written = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.crop(pixels(crop, *picture.size)).save(written, "PNG")
    return written.getvalue()


def _part(thousandths: int, side: int) -> int:
    return (thousandths * side + WHOLE // 2) // WHOLE
