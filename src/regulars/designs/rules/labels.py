"""Labels and posters with the code that people join by, drawn from the design; pure (TYP-7).

One drawing is the SVG; the PNG is it as printers want it, and the PDF is that PNG with the code drawn over it as rectangles,
so that it is sharp on any printer.
"""

import base64
import io
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import resvg_py
import segno
from PIL import Image

from regulars.designs.rules.contrast import repair
from regulars.designs.rules.shown import cut, width_of

SIZES: Final[dict[str, tuple[int, int]]] = {"10x15": (100, 150), "5x5": (50, 50), "a4": (210, 297)}
"""Of a label, in millimetres; the last is a poster."""
FORMATS: Final = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}
DOTS_PER_INCH: Final = {"10x15": 300, "5x5": 300, "a4": 200}
"""A poster is read from afar."""
MILLIMETRES_PER_INCH: Final = 25.4
POINTS_PER_MILLIMETRE: Final = 72 / MILLIMETRES_PER_INCH
FONT: Final = "Noto Sans"
QUIET: Final = 4
"""Modules of white around a code."""
_FONTS: Final = Path(__file__).parent / "fonts"
_SIGN_WIDTH: Final = 0.62
"""Of a bold letter, in its height: wide enough that no text runs out of its line."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a label says, in one language. `calls` is what to do, `brings` what for."""

    name: str
    calls: str
    brings: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Everything on a label: pictures are PNG files, `url` is what the code leads to."""

    words: Words
    url: str
    background: str
    foreground: str
    logo: bytes | None = None
    stamps: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Area:
    """A part of the label, in millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Layout:
    head: _Area
    calls: _Area
    code: _Area
    stamps: _Area | None
    brings: _Area | None
    address: _Area


def draw_label(label: Label, size: str, kind: str) -> bytes:
    """A label of a size (a key of SIZES) as a file of a kind (a key of FORMATS)."""
    if kind == "svg":
        return _svg(label, size).encode()
    drawn = _drawn(_svg(label, size), size)
    return _png(drawn, size) if kind == "png" else _pdf(drawn, label, size)


def modules_of(url: str) -> tuple[tuple[int, ...], ...]:
    """The code as rows of dark (1) and light (0) modules; a quarter of it may be dirty."""
    return tuple(tuple(int(dark > 0) for dark in line) for line in segno.make(url, error="q", micro=False).matrix)


def _layout(size: str) -> _Layout:
    width, height = SIZES[size]
    edge = width * 0.08
    inner = width - 2 * edge
    if size == "5x5":
        side = 31.0
        code = _Area((width - side) / 2, 9.5, side, side)
        head = _Area(edge, 2, inner, 6)
        return _Layout(head, _Area(edge, 41.5, inner, 4), code, None, None, _Area(edge, 45.7, inner, 2.6))
    side = width * 0.6
    top = height * 0.05
    head = _Area(edge, top, inner, height * 0.12)
    calls = _Area(edge, head.y + head.height + height * 0.015, inner, height * 0.08)
    code = _Area((width - side) / 2, calls.y + calls.height + height * 0.02, side, side)
    below = code.y + code.height + height * 0.02
    address = _Area(edge, height * 0.95, inner, height * 0.025)
    # On a sheet of A4 the picture in its full width would push what it brings into the address.
    strip = min(inner * 123 / 375, address.y - height * (0.008 + 0.045 + 0.004) - below)
    stamps = _Area(edge, below, inner, strip)
    brings = _Area(edge, below + strip + height * 0.008, inner, height * 0.045)
    return _Layout(head, calls, code, stamps, brings, address)


def _svg(label: Label, size: str) -> str:
    width, height = SIZES[size]
    at, ink = _layout(size), repair(label.foreground, label.background)
    parts = [f'<rect width="{width}" height="{height}" fill="{label.background}"/>']
    if label.logo is not None:
        parts.append(_picture(label.logo, at.head))
    else:
        parts.append(_text(label.words.name, at.head, ink, lines=2))
    parts.append(_text(label.words.calls, at.calls, ink, lines=2))
    parts.append(_code(label.url, at.code))
    if at.stamps is not None and label.stamps is not None:
        parts.append(_picture(label.stamps, at.stamps))
    if at.brings is not None and label.words.brings:
        place = at.brings if label.stamps is not None else (at.stamps or at.brings)
        parts.append(_text(label.words.brings, place, ink, lines=2))
    parts.append(_text(label.words.address, at.address, ink, lines=1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{_quoted(label.words.name)}" font-family="{FONT}, sans-serif" font-weight="700"'
        f' text-anchor="middle">{"".join(parts)}</svg>'
    )


def _code(url: str, at: _Area) -> str:
    modules = modules_of(url)
    count = len(modules) + 2 * QUIET
    path = "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in _runs(modules))
    return (
        f'<svg x="{at.x:g}" y="{at.y:g}" width="{at.width:g}" height="{at.height:g}" viewBox="0 0 {count} {count}">'
        f'<rect width="{count}" height="{count}" rx="2" fill="#ffffff"/>'
        f'<path fill="#000000" shape-rendering="crispEdges" d="{path}"/></svg>'
    )


def _runs(modules: tuple[tuple[int, ...], ...]) -> list[tuple[int, int, int]]:
    """Dark modules that touch in a row: (left, top, length), the quiet zone counted in."""
    runs = []
    for y, line in enumerate(modules):
        x = 0
        while x < len(line):
            end = x
            while end < len(line) and line[end]:
                end += 1
            if end > x:
                runs.append((x + QUIET, y + QUIET, end - x))
            x = end + 1
    return runs


def _picture(content: bytes, at: _Area) -> str:
    data = base64.b64encode(content).decode()
    return (
        f'<image x="{at.x:g}" y="{at.y:g}" width="{at.width:g}" height="{at.height:g}"'
        f' preserveAspectRatio="xMidYMid meet" href="data:image/png;base64,{data}"/>'
    )


def _text(text: str, at: _Area, ink: str, *, lines: int) -> str:
    """A text as large as its place allows, in so many lines at most; what no size makes fit is cut with …"""
    fitted, size = fit(text, at.width, at.height, lines=lines)
    step = size * 1.2
    first = at.y + at.height / 2 - step * (len(fitted) - 1) / 2 + size * 0.36
    return "".join(
        f'<text x="{at.x + at.width / 2:g}" y="{first + step * index:.2f}" font-size="{size:.2f}" fill="{ink}">'
        f"{escape(line)}</text>"
        for index, line in enumerate(fitted)
    )


def fit(text: str, width: float, height: float, *, lines: int) -> tuple[list[str], float]:
    """The lines of a text and their size, so that they fill no more than this width and height."""
    for count in range(1, lines + 1):
        size = height / (1.2 * count)
        places = int(width / (size * _SIGN_WIDTH))
        found = _wrapped(text, places)
        if len(found) <= count and all(width_of(line) <= places for line in found):
            return found, size
    size = height / (1.2 * lines) * 0.6
    places = max(4, int(width / (size * _SIGN_WIDTH)))
    found = _wrapped(text, places)
    kept = [*found[: lines - 1], " ".join(found[lines - 1 :])] if len(found) > lines else found
    return [cut(line, places) for line in kept], size


def _wrapped(text: str, places: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer) <= places or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=1)
def _font_files() -> list[str]:
    return sorted(str(one) for one in _FONTS.glob("*.ttf"))


def _drawn(svg: str, size: str) -> Image.Image:
    width = round(SIZES[size][0] / MILLIMETRES_PER_INCH * DOTS_PER_INCH[size])
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=width, dpi=96, font_files=_font_files(), sans_serif_family=FONT)
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGB")


def _png(image: Image.Image, size: str) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", dpi=(DOTS_PER_INCH[size], DOTS_PER_INCH[size]))
    return written.getvalue()


def _pdf(image: Image.Image, label: Label, size: str) -> bytes:
    """One page of exactly the label's size (ISO 32000-1): its picture, and the code as rectangles over it."""
    width, height = (side * POINTS_PER_MILLIMETRE for side in SIZES[size])
    pixels = zlib.compress(image.tobytes(), 3)
    drawing = f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Page Do Q\n{_pdf_code(label.url, size, height)}".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.3f} {height:.3f}]"
            " /Resources << /XObject << /Page 4 0 R >> >> /Contents 5 0 R >>"
        ).encode(),
        (
            f"<< /Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} /ColorSpace /DeviceRGB"
            f" /BitsPerComponent 8 /Filter /FlateDecode /Length {len(pixels)} >>\nstream\n"
        ).encode()
        + pixels
        + b"\nendstream",
        f"<< /Length {len(drawing)} >>\nstream\n".encode() + drawing + b"\nendstream",
    ]
    written, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
    end += f"<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return bytes(written) + end.encode()


def _pdf_code(url: str, size: str, height: float) -> str:
    at, modules = _layout(size).code, modules_of(url)
    module = at.width / (len(modules) + 2 * QUIET) * POINTS_PER_MILLIMETRE
    left, top = at.x * POINTS_PER_MILLIMETRE, height - at.y * POINTS_PER_MILLIMETRE
    inside = module * QUIET
    side = module * len(modules)
    drawn = [f"1 g {left + inside:.3f} {top - inside - side:.3f} {side:.3f} {side:.3f} re f 0 g"]
    drawn += [
        f"{left + x * module:.3f} {top - (y + 1) * module:.3f} {length * module:.3f} {module:.3f} re"
        for x, y, length in _runs(modules)
    ]
    return "\n".join([*drawn, "f"])


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;"})
