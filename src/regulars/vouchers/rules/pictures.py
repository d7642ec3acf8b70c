"""Pictures of rewards and vouchers: what was uploaded is read and drawn anew, so that nothing but the picture is kept; pure."""

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Literal

from PIL import Image, ImageOps

BYTES_MAX: Final = 500_000
PIXELS_MAX: Final = 40_000_000
SIDE_MAX: Final = 1_600
"""No page shows it larger, and so what is drawn anew stays small."""
TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error)

Wrong = Literal["not_a_picture", "too_many_pixels"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept."""

    media_type: str
    content: bytes


def redraw(content: bytes) -> Picture | Wrong:
    """The still picture in a PNG, JPEG or WebP, upright and without a word of what else the file said; or what is wrong."""
    try:
        with Image.open(BytesIO(content), formats=tuple(TYPES)) as read:
            # So far only the head of the file was read.
            if read.width * read.height > PIXELS_MAX:
                return "too_many_pixels"
            if getattr(read, "n_frames", 1) != 1:
                return "not_a_picture"
            kind = str(read.format)
            has_alpha = kind != "JPEG" and ("A" in read.getbands() or "transparency" in read.info)
            drawn = ImageOps.exif_transpose(read).convert("RGBA" if has_alpha else "RGB")
    except Image.DecompressionBombError:
        return "too_many_pixels"
    except BROKEN:
        return "not_a_picture"
    drawn.thumbnail((SIDE_MAX, SIDE_MAX))
    # A canvas of its own: colour profiles, places and comments stay behind.
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    kept = BytesIO()
    clean.save(kept, kind)
    return Picture(TYPES[kind], kept.getvalue())
