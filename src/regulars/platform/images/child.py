"""The drawing process: `python child.py SIDE`; the picture on standard input, one line of JSON and a PNG on standard output.

It gets bytes that nobody has looked into yet, so it runs with limits on memory and time, without the environment of
its parent and, where the system allows it, without a network.
"""

import ctypes
import json
import re
import resource
import struct
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from PIL import Image, ImageOps

from regulars.platform.images.limits import (
    CPU_SECONDS_MAX,
    MEMORY_BYTES_MAX,
    OUTPUT_BYTES_MAX,
    PIXELS_MAX,
    SVG_ELEMENTS_MAX,
)

_NEW_NETWORK: Final = 0x40000000
_NEW_USER: Final = 0x10000000
_PARENT_DEATH_SIGNAL: Final = 1
_KILL: Final = 9
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "AVIF", "HEIF")
_BROKEN: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    RuntimeError,
    struct.error,
)
_HEIF_KINDS: Final = re.compile(rb"^.{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)", re.DOTALL)
_HELD_INSIDE: Final = re.compile(r"#|data:image/(png|jpeg|webp|gif)[;,]", re.IGNORECASE)
_CSS_REFERENCE: Final = re.compile(
    r"""url\(\s*["']?(?!#|data:image/(?:png|jpeg|webp|gif)[;,])|@import""", re.IGNORECASE
)


class Wrong(Exception):
    """The picture cannot be taken; the argument says why."""


def main(arguments: list[str]) -> int:
    """Draw one picture anew; 0 even for a picture that is refused, since saying so is success."""
    side = int(arguments[0])
    content = sys.stdin.buffer.read()
    _confine()
    try:
        drawn = _draw(content, side)
    except Wrong as wrong:
        _say(wrong=wrong.args[0])
    except Image.DecompressionBombError:
        _say(wrong="too_many_pixels")
    except MemoryError:
        _say(wrong="picture_too_heavy")
    except RecursionError:
        _say(wrong="not_a_picture")
    else:
        kept = BytesIO()
        drawn.save(kept, "PNG", optimize=True)
        _say(width=drawn.width, height=drawn.height)
        sys.stdout.buffer.write(kept.getvalue())
        sys.stdout.buffer.flush()
    return 0


def _draw(content: bytes, side: int) -> Image.Image:
    if _looks_like_svg(content):
        content = _rasterise(content, side)
    elif _HEIF_KINDS.match(content[:12]):
        # Loaded only where it is needed: it is the largest of the decoders.
        import pillow_heif

        pillow_heif.register_heif_opener()
    try:
        with Image.open(
            BytesIO(content), formats=[one for one in _FORMATS if one in Image.OPEN or one != "HEIF"]
        ) as read:
            # So far only the head of the file was read.
            if read.width * read.height > PIXELS_MAX:
                raise Wrong("too_many_pixels")
            if getattr(read, "n_frames", 1) != 1 and read.format != "HEIF":
                raise Wrong("moving_picture")
            has_alpha = "A" in read.getbands() or "transparency" in read.info
            upright = ImageOps.exif_transpose(read).convert("RGBA" if has_alpha else "RGB")
    except _BROKEN:
        raise Wrong("not_a_picture") from None
    upright.thumbnail((side, side))
    # A canvas of its own: colour profiles, places and comments stay behind.
    clean = Image.new(upright.mode, upright.size)
    clean.paste(upright)
    return clean


def _looks_like_svg(content: bytes) -> bool:
    head = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and (b"<svg" in content[:20_000] or b":svg" in content[:20_000])


def _rasterise(content: bytes, side: int) -> bytes:
    import resvg_py

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Wrong("not_a_picture") from None
    if "<!entity" in text.lower():
        # Entities have no place in a drawing, and grow without end.
        raise Wrong("not_a_picture")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without entities, and inside the limits of this process
    except ElementTree.ParseError:
        raise Wrong("not_a_picture") from None
    _refuse_outside(root)
    try:
        wide = _is_wide(root)
        return bytes(
            resvg_py.svg_to_bytes(svg_string=text, width=side if wide else None, height=None if wide else side)
        )
    except _BROKEN:
        raise Wrong("not_a_picture") from None


def _refuse_outside(root: ElementTree.Element) -> None:
    for count, element in enumerate(root.iter(), 1):
        if count > SVG_ELEMENTS_MAX:
            raise Wrong("picture_too_heavy")
        kind = str(element.tag).rpartition("}")[2]
        if kind == "style" and _CSS_REFERENCE.search(element.text or ""):
            raise Wrong("outside_reference")
        for name, value in element.attrib.items():
            # Where a link leads is no part of the drawing.
            if name.rpartition("}")[2] == "href" and kind != "a" and not _HELD_INSIDE.match(value.strip()):
                raise Wrong("outside_reference")
            if _CSS_REFERENCE.search(value):
                raise Wrong("outside_reference")


def _is_wide(root: ElementTree.Element) -> bool:
    """Whether it is wider than high, so that the longer side is the one that is given."""
    try:
        _left, _top, width, height = (float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        sides = [re.match(r"[\d.]+", root.get(name, "")) for name in ("width", "height")]
        if not all(sides):
            return True
        width, height = (float(one.group()) for one in sides if one)
    if not (0 < width < 1e6 and 0 < height < 1e6) or not 1 / 50 < width / height < 50:
        raise Wrong("not_a_picture")
    return width >= height


def _say(**facts: Any) -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")
    sys.stdout.buffer.flush()


def _confine() -> None:
    for limit, wanted in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, CPU_SECONDS_MAX),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(limit, (value, value))
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "prctl"):
        libc.prctl(_PARENT_DEATH_SIGNAL, _KILL, 0, 0, 0)
    if hasattr(libc, "unshare") and libc.unshare(_NEW_NETWORK) != 0:
        # Without the right to a network of its own, a user namespace may still give it; else it runs as it is,
        # and opens no socket because nothing in it does.
        libc.unshare(_NEW_USER | _NEW_NETWORK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
