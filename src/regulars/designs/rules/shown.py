"""What each platform shows of a design, what it cuts off, and what it cannot show; pure."""

import unicodedata
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from regulars.designs.rules.contrast import judge
from regulars.designs.rules.crops import Crop, pixels
from regulars.designs.rules.definition import BALANCE, Design, ShownField, every_text, written_languages
from regulars.designs.rules.pictures import HERO_PIXELS, LOGO_POINTS, STRIP_POINTS

Platform = Literal["apple", "google", "web"]
Headline = Literal["organisation", "title"]
TITLE_WIDTHS: Final[dict[str, int]] = {"apple": 20, "google": 30, "web": 40}
"""About how many signs of the headline stand in one line; a wallet cuts the rest off."""
GOOGLE_TITLE_WIDTH: Final = 26
"""The same for the title of the card, which Google writes large below the name."""
CANNOT: Final[dict[str, tuple[str, ...]]] = {
    "apple": ("fonts", "layout", "animation", "hero"),
    "google": ("fonts", "layout", "text_colour", "label_colour", "strip", "animation"),
    "web": ("fonts", "values", "label_colour", "code"),
}
"""What a platform decides by itself, whatever the design says."""
SIDES_MIN: Final[dict[str, tuple[int, int]]] = {
    "logo": (160, 50),
    "icon": (87, 87),
    "hero": (516, 168),
    "strip": (375, 123),
    "stamp_on": (60, 60),
    "stamp_off": (60, 60),
}
"""The smallest picture, in pixels, that a slot still shows sharply on some phone."""
FILLED: Final[dict[str, tuple[int, int]]] = {"icon": (1, 1), "hero": HERO_PIXELS, "strip": STRIP_POINTS}
"""The slots that a picture fills to the edges, and in which shape: what does not fit into it is cut away evenly."""
SHAPES: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "logo": (LOGO_POINTS, (1, 1)),
    "stamp_on": ((1, 1),),
    "stamp_off": ((1, 1),),
    **{slot: (shape,) for slot, shape in FILLED.items()},
}
"""The shapes in which a slot is largest: of a logo Apple's, and the middle of Google's circle."""
WEB_SIZES: Final[dict[str, tuple[int, int]]] = {
    "logo": (320, 96),
    "hero": (800, 280),
    "strip": (800, 280),
    "stamp_on": (112, 112),
    "stamp_off": (112, 112),
}
"""The slots that the web card shows, with how large at most, in pixels."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the owner should see before publishing; `tone` bad keeps it from being published."""

    code: str
    tone: Literal["bad", "warm"]
    facts: dict[str, Any]


def width_of(text: str) -> int:
    """How many places a text takes: wide signs two, marks that join another sign none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def cut(text: str, places: int) -> str:
    """The text as a line of so many places shows it, with … where something is left out."""
    if width_of(text) <= places:
        return text
    kept, taken = "", 0
    for sign in text:
        wide = width_of(sign)
        if taken + wide > places - 1:
            break
        kept, taken = kept + sign, taken + wide
    return kept.rstrip() + "…"


def headline(design: Design, platform: str) -> Headline:
    """Which text of a design stands at the head of the card.

    An Apple pass has one line there, beside the logo: where a logo stands for the name of the business, it is the title.
    """
    return "title" if platform == "apple" and "logo" in design.pictures else "organisation"


def placed_fields(design: Design, *, has_strip: bool) -> tuple[ShownField, ...]:
    """The fields of a design where a pass has room for them.

    Over a strip nothing is written, so what would stand there goes below it; without one, what the card counts is written
    large in its place unless the owner put something else there.
    """
    fields = design.fields
    if has_strip:
        return tuple(replace(one, place="secondary") if one.place == "primary" else one for one in fields)
    counted = next((one for one in fields if _is_counted(one) and one.place != "back"), None)
    if counted is None or any(one.place == "primary" for one in fields):
        return fields
    return tuple(replace(one, place="primary") if one is counted else one for one in fields)


def web_pictures(design: Design) -> dict[str, str]:
    """What the web card shows of the pictures of a design: names (rules/crops) by slot."""
    return {slot: name for slot, name in design.shown_pictures.items() if slot in WEB_SIZES}


def is_sharp(crop: Crop, width: int, height: int, slot: str) -> bool:
    """Whether the box leaves as much of a picture of this size, in pixels, as its slot needs.

    What is fitted into its place is sharp where it reaches across it in one direction; what fills it has to in both. Where a
    side has no more pixels than that, all of them are enough.
    """
    left, top, right, bottom = pixels(crop, width, height)
    least_width, least_height = SIDES_MIN[slot]
    reaches = (right - left >= min(least_width, width), bottom - top >= min(least_height, height))
    return all(reaches) if slot in FILLED else any(reaches)


def has_shape(width: int, height: int, slot: str) -> bool:
    """Whether a picture of this size has one of the shapes of its slot, to a hundredth: there is nothing to crop then."""
    return any(abs(width * down - height * across) * 100 <= height * across for across, down in SHAPES[slot])


def _is_counted(field: ShownField) -> bool:
    return field.source == "stamps" or field.source.startswith(BALANCE)


def missing_translations(design: Design, own: str) -> dict[str, int]:
    """How many texts each language of the design lacks: the business's `own`, and every one that somebody wrote in.

    A text that stands in no language is not asked for; one in `de` is there for `de-AT` as well.
    """
    written = [texts for texts in every_text(design).values() if texts]
    counts = {
        language: sum(language not in texts and _plain(language) not in texts for texts in written)
        for language in dict.fromkeys([own, *written_languages(design)])
    }
    return {language: count for language, count in counts.items() if count}


def _plain(language: str) -> str:
    return language.partition("-")[0]


def list_notices(design: Design, *, language: str, name: str, type_name: str) -> list[Notice]:
    """What to see before publishing, the serious first.

    `language` and `name` are the business's own, `type_name` the card type's; the names are shown where the design has no
    others.
    """
    notices: list[Notice] = []
    for part, colour in (("foreground", design.foreground), ("label", design.label)):
        verdict = judge(colour, design.background)
        if verdict != "good":
            notices.append(Notice(f"contrast_{verdict}", "bad" if verdict == "bad" else "warm", {"part": part}))
    if not design.targets:
        notices.append(Notice("no_target", "bad", {}))
    usual: dict[Headline, str] = {"organisation": name, "title": type_name}
    for target in design.targets:
        shown = {headline(design, target): TITLE_WIDTHS[target]} | (
            {"title": GOOGLE_TITLE_WIDTH} if target == "google" else {}
        )
        for head, places in shown.items():
            has = width_of(design.text(head, language, usual[head]))
            if has <= places:
                continue
            facts = {"platform": target, "language": language, "shows": places, "has": has}
            notices.append(Notice("title_cut" if head == "title" else "name_cut", "warm", facts))
    for lacking, count in missing_translations(design, language).items():
        notices.append(Notice("not_translated", "warm", {"language": lacking, "count": count}))
    return sorted(notices, key=lambda one: one.tone != "bad")
