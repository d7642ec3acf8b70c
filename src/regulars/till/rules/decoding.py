"""What a picture says: the first code that can be read in it; pure."""

import struct
from io import BytesIO
from typing import Final, Literal

import zxingcpp
from PIL import Image, ImageOps

BYTES_MAX: Final = 12_000_000
"""A photo as phones make them."""
PIXELS_MAX: Final = 50_000_000
SIDES: Final = (1_000, 2_000)
"""Small first: most codes fill the picture, and a quarter of the pixels takes a quarter of the time."""
TEXT_LENGTH_MAX: Final = 1_000
KINDS: Final = ("JPEG", "PNG", "WEBP")
BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, struct.error)
FORMATS: Final = zxingcpp.barcode_formats_from_str("QRCode|DataMatrix|Aztec|PDF417|Code128|Code39|EAN-13|EAN-8|ITF")

Wrong = Literal["not_a_picture", "nothing_found"]


def read_code(content: bytes) -> str | Wrong:
    """The text of the first code in a JPEG, PNG or WebP; or what is wrong. A text is never one of the two words."""
    if len(content) > BYTES_MAX:
        return "not_a_picture"
    try:
        with Image.open(BytesIO(content), formats=KINDS) as read:
            if read.width * read.height > PIXELS_MAX:
                return "not_a_picture"
            # A JPEG is decoded no larger than it is looked at.
            read.draft("L", (SIDES[-1], SIDES[-1]))
            grey = ImageOps.exif_transpose(read).convert("L")
    except (Image.DecompressionBombError, *BROKEN):
        return "not_a_picture"
    longest = max(grey.size)
    for side in SIDES:
        looked_at = grey if longest <= side else _smaller(grey, side)
        found = zxingcpp.read_barcodes(looked_at, formats=FORMATS)
        texts = [one.text for one in found if one.text.strip() and len(one.text) <= TEXT_LENGTH_MAX]
        if texts:
            return texts[0]
        if longest <= side:
            break
    return "nothing_found"


def _smaller(picture: Image.Image, side: int) -> Image.Image:
    small = picture.copy()
    small.thumbnail((side, side))
    return small
