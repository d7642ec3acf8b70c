"""Pictures are drawn anew: what is no still picture, or too large a one, is not kept."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from regulars.vouchers.rules.pictures import PIXELS_MAX, Picture, redraw


def file_of(kind: str, size: tuple[int, int] = (6, 3), **more: object) -> bytes:
    kept = BytesIO()
    Image.new("RGB", size, "red").save(kept, kind, **more)
    return kept.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_stays_one_of_its_kind(kind: str) -> None:
    drawn = redraw(file_of(kind))
    assert isinstance(drawn, Picture)
    assert drawn.media_type == f"image/{kind.lower()}"
    with Image.open(BytesIO(drawn.content)) as read:
        assert (read.format, read.size) == (kind, (6, 3))


def test_where_it_was_taken_is_not_kept_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "Mia at home"
    drawn = redraw(file_of("JPEG", exif=exif))
    assert isinstance(drawn, Picture)
    assert b"Mia" not in drawn.content
    with Image.open(BytesIO(drawn.content)) as read:
        assert read.size == (3, 6)


def test_what_comes_behind_the_picture_is_not_kept() -> None:
    drawn = redraw(file_of("PNG") + b"<script>alert(1)</script>")
    assert isinstance(drawn, Picture)
    assert b"script" not in drawn.content


def test_a_bomb_is_refused_by_its_head() -> None:
    head = struct.pack(">IIBBBBB", 20_000, PIXELS_MAX // 20_000 + 1, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    assert redraw(bomb) == "too_many_pixels"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=x>",
        b"\x89PNG\r\n\x1a\n" + b"0" * 40,
        file_of("PNG")[:50],
        file_of("GIF"),
        file_of("WEBP", save_all=True, append_images=[Image.new("RGB", (6, 3), "blue")]),
    ],
)
def test_what_is_no_still_picture(content: bytes) -> None:
    assert redraw(content) == "not_a_picture"
