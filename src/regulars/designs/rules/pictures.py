"""Pictures of a card, drawn from its design: one place for every wallet, the web card, the preview and print.

A pure function of the design, the pictures that it names, the stamps and the size. A card of ten stamps has eleven strips, so
what was drawn is kept: by what it shows, never by whose it is.
"""

import io
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import Final, Generic, TypeVar

import resvg_py
from PIL import Image, ImageDraw, ImageOps

from regulars.designs.rules.definition import Design

SCALES: Final = (1, 2, 3)
ICON_POINTS: Final = 29
LOGO_POINTS: Final = (160, 50)
STRIP_POINTS: Final = (375, 123)
"""What all phones show of Apple's strip."""
HERO_PIXELS: Final = (1032, 336)
ROUND_PIXELS: Final = 660
ROUND_SHARE: Final = 0.7
"""How much of a round logo's side its picture takes: the square inside of the circle that is cut out."""
STAMPS_MAX: Final = 30
"""More are shown as a number."""
KEPT_BYTES_MAX: Final = 64_000_000
SETS_BYTES_MAX: Final = 32_000_000
_FINE: Final = 2
"""Drawn so much larger and made smaller, so that edges are smooth; small pictures need it most."""
_SMALL: Final = 150
_EMPTY_EDGE: Final = 0.55
_EMPTY_FILL: Final = 0.1

T = TypeVar("T")
Colour = tuple[int, int, int]
Load = Callable[[str], bytes | None]
"""An uploaded picture, or a part of one, by its name (rules/crops): a PNG that was drawn anew (platform/images)."""


@dataclass(frozen=True, slots=True)
class Look:
    """What of a design its pictures depend on; colours as #rrggbb, pictures as names or empty."""

    background: str
    foreground: str
    icon: str = "star"
    logo: str = ""
    small: str = ""
    hero: str = ""
    strip: str = ""
    stamp_on: str = ""
    stamp_off: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a stamp is: its middle and its radius, in the units of the drawing."""

    x: float
    y: float
    radius: float


class _Kept(Generic[T]):
    """What was drawn by what it shows; the longest unused leaves first once there are too many bytes."""

    def __init__(self, bytes_max: int, size: Callable[[T], int]) -> None:
        self._bytes_max, self._size, self._bytes = bytes_max, size, 0
        self._drawn: dict[tuple[object, ...], T] = {}
        self._lock = Lock()

    def get(self, key: tuple[object, ...], draw: Callable[[], T]) -> T:
        with self._lock:
            known = self._drawn.pop(key, None)
            if known is not None:
                self._drawn[key] = known
                return known
        drawn = draw()
        with self._lock:
            before = self._drawn.pop(key, None)
            self._drawn[key] = drawn
            self._bytes += self._size(drawn) - (0 if before is None else self._size(before))
            while self._bytes > self._bytes_max and len(self._drawn) > 1:
                self._bytes -= self._size(self._drawn.pop(next(iter(self._drawn))))
        return drawn


_kept: Final = _Kept[bytes](KEPT_BYTES_MAX, len)
_kept_sets: Final = _Kept[dict[str, bytes]](SETS_BYTES_MAX, lambda files: sum(map(len, files.values())))
"""All of a pass, found at once: mostly the same bytes as above."""


def look_of(design: Design) -> Look:
    """The look of a design."""
    named = design.shown_pictures
    return Look(
        background=design.background,
        foreground=design.foreground,
        icon=design.icon,
        logo=named.get("logo", ""),
        small=named.get("icon", ""),
        hero=named.get("hero", ""),
        strip=named.get("strip", ""),
        stamp_on=named.get("stamp_on", ""),
        stamp_off=named.get("stamp_off", ""),
    )


def has_strip(look: Look, goal: int) -> bool:
    """Whether a card has a strip: for its stamps, or because a picture of one was uploaded."""
    return 0 < goal <= STAMPS_MAX or bool(look.strip)


def apple_pictures(look: Look, load: Load, *, stamps: int = 0, goal: int = 0) -> dict[str, bytes]:
    """All pictures of a pass by their names in it: icon, logo where there is one, strip where there is something on it."""
    shown, places = _counted(stamps, goal)
    return dict(_kept_sets.get((look, shown, places), lambda: _apple_pictures(look, load, shown, places)))


def _apple_pictures(look: Look, load: Load, stamps: int, goal: int) -> dict[str, bytes]:
    found = {_named("icon", scale): square(look, load, ICON_POINTS * scale) for scale in SCALES}
    if look.logo:
        found |= {_named("logo", scale): logo(look, load, scale) for scale in SCALES}
    if has_strip(look, goal):
        for scale in SCALES:
            size = (STRIP_POINTS[0] * scale, STRIP_POINTS[1] * scale)
            found[_named("strip", scale)] = strip(look, load, stamps=stamps, goal=goal, size=size)
    return found


def strip(look: Look, load: Load, *, stamps: int, goal: int, size: tuple[int, int]) -> bytes:
    """The stamps of a card in rows, so many of them full, over the picture behind them; the last is the reward."""
    shown, places = _counted(stamps, goal)
    return _kept.get(
        ("strip", look, shown, places, size), lambda: _stamped(look, load, look.strip, shown, places, size)
    )


def hero(look: Look, load: Load, *, stamps: int = 0, goal: int = 0) -> bytes | None:
    """The wide picture of Google Wallet, with the stamps on it; None where there is neither picture nor stamp."""
    shown, places = _counted(stamps, goal)
    ground = look.hero or look.strip
    if not ground and not places:
        return None
    return _kept.get(("hero", look, shown, places), lambda: _stamped(look, load, ground, shown, places, HERO_PIXELS))


def round_logo(look: Look, load: Load) -> bytes:
    """A square whose middle is the logo, for wallets that cut a circle out of it."""
    return _kept.get(("round", look), lambda: _round_logo(look, load))


def square(look: Look, load: Load, side: int) -> bytes:
    """The small icon of a lock screen or an installed page: the uploaded one, else a full stamp on the card's colour."""
    return _kept.get(("square", look, side), lambda: _square(look, load, side))


def logo(look: Look, load: Load, scale: int) -> bytes:
    """The uploaded logo, no larger than its place in a pass."""
    return _kept.get(("logo", look.logo, scale), lambda: _logo(look, load, scale))


def stamp_spots(goal: int, width: float, height: float) -> list[Spot]:
    """Where the stamps of a card are in an area of this size; nothing for a goal that is shown as a number."""
    if not 0 < goal <= STAMPS_MAX:
        return []
    rows = next(count for count in (1, 2, 3) if math.ceil(goal / count) <= (6, 8, 10)[count - 1])
    in_row = math.ceil(goal / rows)
    step = min(width * 0.92 / in_row, height * 0.88 / rows)
    spots = []
    for place in range(goal):
        row, column = divmod(place, in_row)
        here = min(in_row, goal - row * in_row)
        x = width / 2 + (column - (here - 1) / 2) * step
        spots.append(Spot(x, height / 2 + (row - (rows - 1) / 2) * step, step * 0.4))
    return spots


def _counted(stamps: int, goal: int) -> tuple[int, int]:
    places = goal if 0 < goal <= STAMPS_MAX else 0
    return max(0, min(stamps, places)), places


def _stamped(look: Look, load: Load, ground: str, stamps: int, goal: int, size: tuple[int, int]) -> bytes:
    picture = _opened(ground, load)
    image = Image.new("RGBA", size, _rgb(look.background))
    if picture is not None:
        image.alpha_composite(ImageOps.fit(picture, size, Image.Resampling.LANCZOS))
    fine = _fine(look, size)
    on, off = _opened(look.stamp_on, load), _opened(look.stamp_off, load)
    for place, spot in enumerate(stamp_spots(goal, *fine.size), start=1):
        own = on if place <= stamps else off
        if own is not None:
            _paste(fine, own, spot)
        else:
            sign = "gift" if place == goal else look.icon
            _stamp(fine, look, spot, sign, is_full=place <= stamps, is_goal=place == goal, is_bare=picture is None)
    image.alpha_composite(fine.resize(size, Image.Resampling.BOX))
    is_drawn = picture is None and on is None and off is None
    return _png(image.convert("RGB"), colours=64 if is_drawn else 256)


def _fine(look: Look, size: tuple[int, int]) -> Image.Image:
    times = _FINE if size[1] > _SMALL else 2 * _FINE
    return Image.new("RGBA", (size[0] * times, size[1] * times), (*_rgb(look.background), 0))


def _stamp(
    image: Image.Image, look: Look, spot: Spot, sign: str, *, is_full: bool, is_goal: bool, is_bare: bool
) -> None:
    colour, ground = _rgb(look.foreground), _rgb(look.background)
    draw = ImageDraw.Draw(image)
    box = (spot.x - spot.radius, spot.y - spot.radius, spot.x + spot.radius, spot.y + spot.radius)
    if is_full:
        draw.ellipse(box, fill=(*colour, 255))
    else:
        # Over a picture an empty place has the card's own colour below it, or nobody would see it.
        fill = (*_between(colour, ground, _EMPTY_FILL), 255 if is_bare else 200)
        edge = (*_between(colour, ground, _EMPTY_EDGE), 255)
        draw.ellipse(box, fill=fill, outline=edge, width=max(1, round(spot.radius * 0.08)))
    if is_full or is_goal:
        side = max(1, round(spot.radius * 1.1))
        mark = Image.new("RGBA", (side, side), (*(ground if is_full else colour), 255))
        image.paste(mark, (round(spot.x - side / 2), round(spot.y - side / 2)), _sign(sign, side))


def _paste(image: Image.Image, picture: Image.Image, spot: Spot) -> None:
    side = max(1, round(spot.radius * 2))
    fitted = ImageOps.contain(picture, (side, side), Image.Resampling.LANCZOS)
    image.alpha_composite(fitted, (round(spot.x - fitted.width / 2), round(spot.y - fitted.height / 2)))


def _square(look: Look, load: Load, side: int) -> bytes:
    own = _opened(look.small, load)
    image = Image.new("RGBA", (side, side), _rgb(look.background))
    if own is not None:
        image.alpha_composite(ImageOps.fit(own, (side, side), Image.Resampling.LANCZOS))
        return _png(image.convert("RGB"), colours=256)
    fine = _fine(look, (side, side))
    spot = Spot(fine.width / 2, fine.height / 2, fine.width * 0.34)
    _stamp(fine, look, spot, look.icon, is_full=True, is_goal=False, is_bare=True)
    image.alpha_composite(fine.resize((side, side), Image.Resampling.BOX))
    return _png(image.convert("RGB"), colours=64)


def _logo(look: Look, load: Load, scale: int) -> bytes:
    size = (LOGO_POINTS[0] * scale, LOGO_POINTS[1] * scale)
    own = _opened(look.logo, load)
    if own is None:
        own = Image.new("RGBA", (1, 1), (0, 0, 0, 0))
    written = io.BytesIO()
    ImageOps.contain(own, size, Image.Resampling.LANCZOS).save(written, "PNG", optimize=True)
    return written.getvalue()


def _round_logo(look: Look, load: Load) -> bytes:
    own = _opened(look.logo or look.small, load)
    if own is None:
        return _square(look, load, ROUND_PIXELS)
    image = Image.new("RGBA", (ROUND_PIXELS, ROUND_PIXELS), _rgb(look.background))
    side = round(ROUND_PIXELS * ROUND_SHARE)
    fitted = ImageOps.contain(own, (side, side), Image.Resampling.LANCZOS)
    image.alpha_composite(fitted, ((ROUND_PIXELS - fitted.width) // 2, (ROUND_PIXELS - fitted.height) // 2))
    return _png(image.convert("RGB"), colours=256)


def _opened(name: str, load: Load) -> Image.Image | None:
    content = load(name) if name else None
    return Image.open(io.BytesIO(content)).convert("RGBA") if content is not None else None


@lru_cache(maxsize=64)
def drawn_sign(name: str) -> str:
    """A built-in icon as SVG, black on nothing."""
    with (files("lucide") / "lucide.zip").open("rb") as packed, zipfile.ZipFile(packed) as archive:
        return archive.read(f"{name}.svg").decode().replace("currentColor", "#000000")


@lru_cache(maxsize=256)
def _sign(name: str, side: int) -> Image.Image:
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=drawn_sign(name), width=side))
    return Image.open(io.BytesIO(drawn)).convert("RGBA").getchannel("A").resize((side, side))


def _png(image: Image.Image, *, colours: int) -> bytes:
    written = io.BytesIO()
    # Few colours: a palette makes the file a third smaller, and nobody sees it.
    if colours < 256:
        reduced = image.quantize(colours)
    else:
        reduced = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=colours, dither=Image.Dither.FLOYDSTEINBERG)
    reduced.save(written, "PNG", optimize=True)
    return written.getvalue()


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _named(name: str, scale: int) -> str:
    return f"{name}.png" if scale == 1 else f"{name}@{scale}x.png"
