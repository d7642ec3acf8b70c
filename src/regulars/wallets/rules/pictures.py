"""Pictures of a card for wallets, drawn by us: a sign for the lock screen, and stamps as a strip.

Sizes are Apple's: an icon of 29 points, a strip of 375 × 123 (what all phones show of it), each in one, two and three pixels
to a point. A card of ten stamps has eleven strips, so each is drawn once and kept.
"""

import io
import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

SCALES: Final = (1, 2, 3)
ICON_POINTS: Final = 29
STRIP_POINTS: Final = (375, 123)
STAMPS_MAX: Final = 30
"""More are shown as a number."""
_FINE: Final = 3
"""Drawn so much larger and made smaller, so that edges are smooth."""
_KEPT: Final = 512

Colour = tuple[int, int, int]


def pictures_of(background: str, foreground: str, *, stamps: int = 0, goal: int = 0) -> dict[str, bytes]:
    """All pictures of a card by their names in a pass; colours as #rrggbb. A card without a goal of stamps has no strip."""
    found = {_named("icon", scale): icon(background, foreground, scale) for scale in SCALES}
    if 0 < goal <= STAMPS_MAX:
        shown = max(0, min(stamps, goal))
        found |= {_named("strip", scale): strip(background, foreground, shown, goal, scale) for scale in SCALES}
    return found


@lru_cache(maxsize=_KEPT)
def icon(background: str, foreground: str, scale: int) -> bytes:
    """A full stamp on the colour of the card."""
    side = ICON_POINTS * scale * _FINE
    image = Image.new("RGB", (side, side), _rgb(background))
    draw = ImageDraw.Draw(image)
    _stamp(draw, side / 2, side / 2, side * 0.3, _rgb(foreground), _rgb(background), is_full=True)
    return _png(image, (ICON_POINTS * scale, ICON_POINTS * scale))


@lru_cache(maxsize=_KEPT)
def strip(background: str, foreground: str, stamps: int, goal: int, scale: int) -> bytes:
    """The stamps of a card in rows, so many of them full; the last is the goal and has a star."""
    width, height = (side * scale * _FINE for side in STRIP_POINTS)
    image = Image.new("RGB", (width, height), _rgb(background))
    draw = ImageDraw.Draw(image)
    for place, (x, y, radius) in enumerate(_places(goal, width, height), start=1):
        is_full = place <= stamps
        _stamp(draw, x, y, radius, _rgb(foreground), _rgb(background), is_full=is_full)
        if place == goal:
            _star(draw, x, y, radius * 0.55, _rgb(background) if is_full else _rgb(foreground))
    return _png(image, (STRIP_POINTS[0] * scale, STRIP_POINTS[1] * scale))


def _places(goal: int, width: int, height: int) -> Iterator[tuple[float, float, float]]:
    rows = next(count for count in (1, 2, 3) if math.ceil(goal / count) <= (6, 8, 10)[count - 1])
    in_row = math.ceil(goal / rows)
    step = min(width * 0.92 / in_row, height * 0.88 / rows)
    for place in range(goal):
        row, column = divmod(place, in_row)
        here = min(in_row, goal - row * in_row)
        yield width / 2 + (column - (here - 1) / 2) * step, height / 2 + (row - (rows - 1) / 2) * step, step * 0.4


def _stamp(
    draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour, ground: Colour, *, is_full: bool
) -> None:
    box = (x - radius, y - radius, x + radius, y + radius)
    if is_full:
        draw.ellipse(box, fill=colour)
        inner = radius * 0.78
        draw.ellipse((x - inner, y - inner, x + inner, y + inner), outline=ground, width=max(1, round(radius * 0.07)))
    else:
        draw.ellipse(box, outline=_between(colour, ground, 0.55), width=max(1, round(radius * 0.1)))


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour) -> None:
    points = [
        (x + reach * math.sin(turn), y - reach * math.cos(turn))
        for corner in range(10)
        for turn in [corner * math.pi / 5]
        for reach in [radius if corner % 2 == 0 else radius * 0.45]
    ]
    draw.polygon(points, fill=colour)


def _png(image: Image.Image, size: tuple[int, int]) -> bytes:
    written = io.BytesIO()
    # Few colours: a palette makes the file a third smaller, and nobody sees it.
    image.resize(size, Image.Resampling.LANCZOS).quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _named(name: str, scale: int) -> str:
    return f"{name}.png" if scale == 1 else f"{name}@{scale}x.png"
