"""How readable one colour is on another (WCAG 2.2, 1.4.3), and the nearest colour that is readable; pure."""

from typing import Final, Literal

ENOUGH: Final = 4.5
"""For text of any size."""
ENOUGH_WHEN_LARGE: Final = 3.0
STEPS: Final = 64

Verdict = Literal["good", "weak", "bad"]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`: from 1 (the same) to 21 (black on white), in either order."""
    lights = sorted((_light(one), _light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def judge(one: str, other: str) -> Verdict:
    """`good` reads in any size, `weak` only when large, `bad` hardly at all."""
    ratio = contrast(one, other)
    return "good" if ratio >= ENOUGH else "weak" if ratio >= ENOUGH_WHEN_LARGE else "bad"


def repair(text: str, background: str) -> str:
    """The colour nearest to `text` that reads in any size on `background`; `text` itself if it does already."""
    if contrast(text, background) >= ENOUGH:
        return text
    for step in range(1, STEPS + 1):
        tried = [_mix(text, end, step / STEPS) for end in ("#ffffff", "#000000")]
        readable = [colour for colour in tried if contrast(colour, background) >= ENOUGH]
        if readable:
            return max(readable, key=lambda colour: contrast(colour, background))
    raise AssertionError("black or white reads on every colour")


def _mix(one: str, other: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_parts(one), _parts(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _light(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
