"""Pictures that people upload: every format is drawn anew, and what is no still picture is refused with its reason."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from regulars.platform.images import Drawn, redraw
from regulars.platform.images.limits import BYTES_MAX

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 20 10">{}</svg>'
RED = '<rect width="20" height="10" fill="#ff0000"/>'


def saved(kind: str, *, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A red picture as a file."""
    colour: Any = {"RGB": (255, 0, 0), "RGBA": (255, 0, 0, 128), "CMYK": (0, 255, 255, 0), "P": 0, "L": 90}[mode]
    kept = BytesIO()
    Image.new(mode, size, colour).save(kept, kind, **options)
    return kept.getvalue()


def heic() -> bytes:
    kept = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), (255, 0, 0))).save(kept, quality=90)
    return kept.getvalue()


def opened(drawn: Drawn | str) -> Image.Image:
    assert isinstance(drawn, Drawn), drawn
    picture = Image.open(BytesIO(drawn.content))
    assert picture.format == "PNG"
    assert picture.size == (drawn.width, drawn.height)
    return picture


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (saved("PNG"), (60, 40)),
        (saved("JPEG"), (60, 40)),
        (saved("WEBP"), (60, 40)),
        (saved("AVIF"), (60, 40)),
        (heic(), (64, 48)),
        (saved("JPEG", mode="CMYK"), (60, 40)),
        (saved("PNG", size=(1, 1)), (1, 1)),
        (SVG.format(RED).encode(), (1600, 800)),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n" + SVG.format(RED).encode(), (1600, 800)),
    ],
    ids=["png", "jpeg", "webp", "avif", "heic", "cmyk", "one pixel", "svg", "svg with a byte order mark"],
)
def test_every_format_becomes_a_png_of_its_picture(content: bytes, size: tuple[int, int]) -> None:
    picture = opened(redraw(content))
    assert picture.size == size
    red, green, blue = picture.convert("RGB").getpixel((size[0] // 2, size[1] // 2))  # type: ignore[misc]
    assert red > 200
    assert green < 60
    assert blue < 60


def test_what_is_half_transparent_stays_so() -> None:
    assert opened(redraw(saved("PNG", mode="RGBA"))).getpixel((5, 5)) == (255, 0, 0, 128)


def test_a_photo_is_turned_upright_and_loses_what_else_it_said() -> None:
    photo, kept = Image.new("RGB", (80, 40), "red"), BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    photo.save(kept, "JPEG", exif=exif, comment=b"secret place")
    drawn = redraw(kept.getvalue())
    assert opened(drawn).size == (40, 80)
    assert isinstance(drawn, Drawn)
    assert b"secret" not in drawn.content
    assert b"home" not in drawn.content


def test_a_large_picture_is_made_smaller() -> None:
    assert opened(redraw(saved("PNG", size=(4000, 1000)))).size == (1600, 400)
    assert opened(redraw(saved("PNG", size=(400, 100)), side_max=100)).size == (100, 25)


def test_script_in_an_svg_is_no_part_of_its_picture() -> None:
    drawn = redraw(SVG.format(RED + '<script>alert("x")</script><g onclick="alert(1)"/>').encode())
    assert opened(drawn).size == (1600, 800)
    assert isinstance(drawn, Drawn)
    assert b"alert" not in drawn.content


def bomb() -> bytes:
    """A PNG of 50,000 × 50,000 in a few kilobytes."""

    def part(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")


def moving(kind: str) -> bytes:
    kept = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(kept, kind, save_all=True, append_images=frames[1:])
    return kept.getvalue()


ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format("<text>&b;</text>")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"", "not_a_picture"),
        (b"hello", "not_a_picture"),
        (saved("PNG")[:60], "not_a_picture"),
        (saved("GIF"), "not_a_picture"),
        (b"\x00\x00\x00\x20ftypheic" + bytes(40), "not_a_picture"),
        (bytes(50_000_000), "too_large"),
        (saved("PNG") + bytes(BYTES_MAX), "too_large"),
        (bomb(), "too_many_pixels"),
        (moving("PNG"), "moving_picture"),
        (moving("WEBP"), "moving_picture"),
        (b"<svg", "not_a_picture"),
        (b"<html><svg/></html>", "not_a_picture"),
        (ENTITIES.encode(), "not_a_picture"),
        (SVG.format('<image href="https://example.com/a.png" width="5" height="5"/>').encode(), "outside_reference"),
        (SVG.format('<image xlink:href="/etc/hostname.png" width="5" height="5"/>').encode(), "outside_reference"),
        (SVG.format('<image href="file:///etc/passwd"/>').encode(), "outside_reference"),
        (SVG.format('<image href="data:image/svg+xml;base64,AAAA"/>').encode(), "outside_reference"),
        (SVG.format("<style>@import 'https://example.com/a.css';</style>").encode(), "outside_reference"),
        (SVG.format('<rect fill="url(https://example.com/a#b)"/>').encode(), "outside_reference"),
        (SVG.format("<g/>" * 30_000).encode(), "picture_too_heavy"),
        (SVG.replace("0 0 20 10", "0 0 1 100000").format(RED).encode(), "not_a_picture"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_with_its_reason(content: bytes, wrong: str) -> None:
    assert redraw(content) == wrong
