"""Pictures of rewards: a PNG, JPEG or WebP by what it begins with, whatever its name says; pure."""

from typing import Final

BYTES_MAX: Final = 500_000
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"


def media_type_of(content: bytes) -> str | None:
    """The type of a picture; None for what is none that browsers of customers show."""
    if content.startswith(PNG):
        return "image/png"
    if content.startswith(JPEG):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None
