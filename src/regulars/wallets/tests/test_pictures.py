"""Pictures of cards: of Apple's sizes, in the card's colours, with as many full stamps as there are."""

import io

import pytest
from PIL import Image

from regulars.wallets.rules.pictures import STAMPS_MAX, pictures_of, strip

BROWN, CREAM = "#2a1d14", "#fbeedb"


def test_sizes_are_apples() -> None:
    found = {
        name: Image.open(io.BytesIO(one)).size for name, one in pictures_of(BROWN, CREAM, stamps=2, goal=8).items()
    }
    assert found == {
        "icon.png": (29, 29),
        "icon@2x.png": (58, 58),
        "icon@3x.png": (87, 87),
        "strip.png": (375, 123),
        "strip@2x.png": (750, 246),
        "strip@3x.png": (1125, 369),
    }


@pytest.mark.parametrize("goal", [0, STAMPS_MAX + 1])
def test_no_strip_where_stamps_cannot_be_shown(goal: int) -> None:
    assert set(pictures_of(BROWN, CREAM, stamps=3, goal=goal)) == {"icon.png", "icon@2x.png", "icon@3x.png"}


def bright(goal: int, stamps: int) -> int:
    """How much of the strip has the colour of a full stamp."""
    image = Image.open(io.BytesIO(strip(BROWN, CREAM, stamps, goal, 1))).convert("L")
    return sum(image.histogram()[200:])


@pytest.mark.parametrize("goal", [1, 4, 6, 7, 10, 16, 17, 30])
def test_each_stamp_fills_one_more_place(goal: int) -> None:
    shown = [bright(goal, stamps) for stamps in range(goal + 1)]
    assert shown == sorted(set(shown))


@pytest.mark.parametrize("goal", [1, 5, 10, 23, 30])
def test_nothing_is_cut_off_at_the_edge(goal: int) -> None:
    image = Image.open(io.BytesIO(strip(BROWN, CREAM, goal, goal, 2))).convert("RGB")
    width, height = image.size
    edge = [(x, y) for x in range(width) for y in (0, height - 1)] + [
        (x, y) for y in range(height) for x in (0, width - 1)
    ]
    ground = image.getpixel((0, 0))
    assert {image.getpixel(place) for place in edge} == {ground}


def test_more_stamps_than_the_goal_show_a_full_card() -> None:
    assert pictures_of(BROWN, CREAM, stamps=12, goal=8) == pictures_of(BROWN, CREAM, stamps=8, goal=8)
