"""What the fake camera of Chromium sees: films of still pictures."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import segno
from PIL import Image
from playwright.sync_api import Page

SIZE: Final = (640, 480)
A_SECOND: Final = 30
"""Frames: Chromium shows so many in a second, and begins again at the end."""
Scene = tuple[Image.Image, int]
"""A picture, and for how many frames it is seen."""
WithCamera = Callable[[Sequence[Scene]], Page]


def picture_as_light_as(brightness: int) -> Image.Image:
    """Nothing but grey, from 0 (black) to 255."""
    return Image.new("RGB", SIZE, (brightness, brightness, brightness))


NOTHING: Final = picture_as_light_as(136)


def code_as_seen(text: str) -> Image.Image:
    """A QR code on the counter, a little turned."""
    drawn = BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=8, border=4)
    code = Image.open(drawn).convert("RGB").rotate(12, expand=True, fillcolor="#888").resize((330, 330))
    seen = NOTHING.copy()
    seen.paste(code, (155, 75))
    return seen


def make_film(path: Path, scenes: Sequence[Scene]) -> Path:
    """A file that Chromium takes for its camera."""
    with path.open("wb") as film:
        for picture, frames in scenes:
            drawn = BytesIO()
            picture.save(drawn, "JPEG", quality=80)
            film.write(drawn.getvalue() * frames)
    return path
