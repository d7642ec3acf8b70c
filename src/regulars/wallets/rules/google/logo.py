"""The logo of a program as Google wants it: a square of 660 pixels, of which a circle is shown."""

import io
from functools import lru_cache
from typing import Final

from PIL import Image

SIDE: Final = 660
SHARE: Final = 0.68
"""A square of this share lies whole within the circle that Google cuts out."""


@lru_cache(maxsize=64)
def round_logo(picture: bytes, background: str) -> bytes:
    """A picture drawn whole into the circle, on the colour of the card."""
    with Image.open(io.BytesIO(picture)) as opened:
        drawn = opened.convert("RGBA")
    room = round(SIDE * SHARE)
    scale = min(room / drawn.width, room / drawn.height)
    size = (max(1, round(drawn.width * scale)), max(1, round(drawn.height * scale)))
    small = drawn.resize(size, Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (SIDE, SIDE), background)
    whole.paste(small, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2), small)
    written = io.BytesIO()
    whole.save(written, "PNG", optimize=True)
    return written.getvalue()
