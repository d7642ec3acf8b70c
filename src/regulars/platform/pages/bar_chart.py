"""Bars drawn on the server as SVG: no script, no inline style, and the same figures as a table below."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP_SHARE = 600, 160, 0.28
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: its label on the axis, its value, and the value in words if it is not a plain number."""

    label: str
    value: int
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBar:
    """A bar with its place in the picture; all numbers are whole, so no language can put a comma into them."""

    bar: Bar
    x: int
    y: int
    width: int
    height: int
    middle: int
    labelled: bool


def draw_bars(bars: Sequence[Bar], *, labels_max: int = 12) -> list[DrawnBar]:
    """Place bars from zero up, at most `labels_max` of them labelled; the tallest fills the rounded axis."""
    if not bars:
        return []
    top = axis_top(max(bar.value for bar in bars))
    slot = WIDTH / len(bars)
    every = -(-len(bars) // labels_max)
    drawn = []
    for place, bar in enumerate(bars):
        height = round(HEIGHT * max(bar.value, 0) / top)
        width = max(2, round(slot * (1 - GAP_SHARE)))
        x = round(place * slot + (slot - width) / 2)
        drawn.append(
            DrawnBar(
                bar=bar,
                x=x,
                y=HEIGHT - height,
                width=width,
                height=height,
                middle=x + width // 2,
                labelled=place % every == 0,
            )
        )
    return drawn


def axis_top(value: int) -> int:
    """The smallest round number that is not below `value`: 1, 2 or 5 with zeros."""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= value:
                return step * power
        power *= 10
