"""The sign of a card on the screen of a phone, drawn from its colours and its stamp; pure."""

import zipfile
from functools import lru_cache
from importlib.resources import files
from typing import Final

import resvg_py

SIDES: Final = (180, 192, 512)
_PART: Final = 0.52
"""So much of the side is the sign: the rest is room that phones cut round."""


@lru_cache(maxsize=256)
def draw_icon(background: str, foreground: str, sign: str, side: int) -> bytes:
    """A PNG of this side: the stamp of the card in the middle of its colour. Colours are #rrggbb."""
    scale = side * _PART / 24
    corner = side * (1 - _PART) / 2
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}">'
        f'<rect width="100%" height="100%" fill="{background}"/>'
        f'<g transform="translate({corner} {corner}) scale({scale})" fill="none" stroke="{foreground}" stroke-width="2"'
        f' stroke-linecap="round" stroke-linejoin="round">{_sign(sign)}</g></svg>'
    )
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=side))


@lru_cache(maxsize=64)
def _sign(name: str) -> str:
    with (files("lucide") / "lucide.zip").open("rb") as packed, zipfile.ZipFile(packed) as archive:
        known = f"{name}.svg" if f"{name}.svg" in archive.namelist() else "star.svg"
        text = archive.read(known).decode()
    return text[text.index(">") + 1 : text.rindex("</svg>")]
