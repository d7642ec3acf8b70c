"""Pictures of cards: of the wallets' sizes, in the design's colours and pictures, with as many full stamps as there are."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from regulars.cards.rules.types import ICONS
from regulars.designs.rules.definition import default_design
from regulars.designs.rules.pictures import (
    STAMPS_MAX,
    Look,
    apple_pictures,
    drawn_sign,
    hero,
    look_of,
    round_logo,
    square,
    stamp_spots,
    strip,
)

BROWN, CREAM = "#2a1d14", "#fbeedb"
PLAIN = look_of(default_design(background=BROWN, foreground=CREAM, icon="coffee"))
SIZE = (375, 123)


def picture(colour: tuple[int, ...], size: tuple[int, int] = (600, 200)) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour).save(written, "PNG")
    return written.getvalue()


UPLOADED = {
    "red": picture((200, 0, 0)),
    "green": picture((0, 160, 0, 255), (80, 80)),
    "blue": picture((0, 0, 220, 255), (80, 80)),
    "glass": picture((0, 0, 0, 0), (900, 100)),
}
OWN = Look(
    BROWN, CREAM, "star", logo="glass", small="green", hero="red", strip="red", stamp_on="green", stamp_off="blue"
)


def nothing(_name: str) -> bytes | None:
    return None


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content)).convert("RGBA")


def share(content: bytes | None, colour: tuple[int, int, int]) -> float:
    """How much of a picture is about this colour."""
    values = opened(content).convert("RGB").tobytes()
    pixels = list(zip(values[::3], values[1::3], values[2::3], strict=True))
    return sum(all(abs(a - b) < 24 for a, b in zip(one, colour, strict=True)) for one in pixels) / len(pixels)


def test_sizes_are_apples() -> None:
    found = {name: opened(one).size for name, one in apple_pictures(OWN, UPLOADED.get, stamps=2, goal=8).items()}
    assert found == {
        "icon.png": (29, 29),
        "icon@2x.png": (58, 58),
        "icon@3x.png": (87, 87),
        "logo.png": (160, 18),
        "logo@2x.png": (320, 36),
        "logo@3x.png": (480, 53),
        "strip.png": (375, 123),
        "strip@2x.png": (750, 246),
        "strip@3x.png": (1125, 369),
    }


@pytest.mark.parametrize("goal", [0, STAMPS_MAX + 1])
def test_no_strip_where_stamps_cannot_be_shown(goal: int) -> None:
    icons = {"icon.png", "icon@2x.png", "icon@3x.png"}
    assert set(apple_pictures(PLAIN, nothing, stamps=3, goal=goal)) == icons
    behind = replace(PLAIN, strip="red")
    assert set(apple_pictures(behind, UPLOADED.get, goal=goal)) == icons | {"strip.png", "strip@2x.png", "strip@3x.png"}


@pytest.mark.parametrize("goal", [1, 4, 6, 7, 10, 16, 17, 30])
def test_each_stamp_fills_one_more_place(goal: int) -> None:
    drawn = [strip(PLAIN, nothing, stamps=stamps, goal=goal, size=SIZE) for stamps in range(goal + 1)]
    bright = [sum(opened(one).convert("L").histogram()[200:]) for one in drawn]
    assert bright == sorted(set(bright))


@pytest.mark.parametrize("goal", [1, 5, 10, 23, 30])
def test_nothing_is_cut_off_at_the_edge(goal: int) -> None:
    image = opened(strip(PLAIN, nothing, stamps=goal, goal=goal, size=(750, 246)))
    width, height = image.size
    edge = [(x, y) for x in range(width) for y in (0, height - 1)] + [
        (x, y) for y in range(height) for x in (0, width - 1)
    ]
    assert len({image.getpixel(place) for place in edge}) == 1
    spots = stamp_spots(goal, 320, 105)
    apart = (
        min(
            (abs(one.x - other.x) + abs(one.y - other.y) - one.radius - other.radius, one, other)[0]
            for one in spots
            for other in spots
            if one is not other
        )
        if len(spots) > 1
        else 1
    )
    assert len(spots) == goal
    assert apart > 0


def test_more_stamps_than_the_goal_show_a_full_card() -> None:
    full = apple_pictures(PLAIN, nothing, stamps=8, goal=8)
    assert apple_pictures(PLAIN, nothing, stamps=12, goal=8) == full
    assert apple_pictures(PLAIN, nothing, stamps=-3, goal=8) == apple_pictures(PLAIN, nothing, stamps=0, goal=8)


def test_own_stamps_stand_over_the_own_picture() -> None:
    shares = [
        (share(drawn, (200, 0, 0)), share(drawn, (0, 160, 0)), share(drawn, (0, 0, 220)))
        for stamps in (0, 3, 6)
        for drawn in [strip(OWN, UPLOADED.get, stamps=stamps, goal=6, size=SIZE)]
    ]
    (red, green, blue), half, full = shares
    assert red > 0.4
    assert green < 0.01
    assert blue > 0.2
    assert half[1] == pytest.approx(half[2], abs=0.02)
    assert half[1] > 0.1
    assert full[1] == pytest.approx(blue, abs=0.02)
    assert full[2] < 0.01


def test_an_empty_place_is_seen_over_any_picture() -> None:
    behind = replace(PLAIN, strip="red")
    assert share(strip(behind, UPLOADED.get, stamps=0, goal=6, size=SIZE), (200, 0, 0)) < 0.8


def test_the_icon_is_the_own_one_or_a_full_stamp() -> None:
    assert share(square(OWN, UPLOADED.get, 58), (0, 160, 0)) == 1
    drawn = square(PLAIN, nothing, 58)
    assert share(drawn, (0xFB, 0xEE, 0xDB)) > 0.2
    assert share(drawn, (0x2A, 0x1D, 0x14)) > 0.5


def test_a_logo_with_nothing_behind_it_stays_clear() -> None:
    logo = opened(apple_pictures(OWN, UPLOADED.get)["logo.png"])
    assert logo.getpixel((80, 9))[3] == 0  # type: ignore[index]


def test_googles_pictures_have_its_sizes() -> None:
    assert opened(hero(OWN, UPLOADED.get, stamps=1, goal=5)).size == (1032, 336)
    assert opened(round_logo(OWN, UPLOADED.get)).size == opened(round_logo(PLAIN, nothing)).size == (660, 660)
    assert hero(PLAIN, nothing) is None
    assert hero(PLAIN, nothing, stamps=1, goal=5) is not None


@pytest.mark.parametrize("name", ICONS)
def test_every_stamp_has_its_sign(name: str) -> None:
    assert drawn_sign(name).count("<svg") == 1
    others = {square(replace(PLAIN, icon=other), nothing, 87) for other in ICONS if other != name}
    assert square(replace(PLAIN, icon=name), nothing, 87) not in others


def test_what_was_drawn_is_kept_and_asked_for_once() -> None:
    asked: list[str] = []

    def load(name: str) -> bytes | None:
        asked.append(name)
        return UPLOADED[name]

    look = Look("#123456", "#ffffff", strip="red")
    first = strip(look, load, stamps=1, goal=4, size=SIZE)
    assert strip(look, load, stamps=1, goal=4, size=SIZE) is first
    assert asked == ["red"]
