"""What each platform shows of a design, what it cuts off, and what it cannot show; pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from regulars.designs.rules.contrast import judge
from regulars.designs.rules.definition import BALANCE, Design, ShownField

Platform = Literal["apple", "google", "web"]
TITLE_WIDTHS: Final[dict[str, int]] = {"apple": 20, "google": 30, "web": 40}
"""About how many signs of the name stand in one line; a wallet cuts the rest off."""
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
    """The pictures of a design that the web card shows: hashes by slot."""
    return {slot: name for slot, name in design.pictures.items() if slot in WEB_SIZES}


def _is_counted(field: ShownField) -> bool:
    return field.source == "stamps" or field.source.startswith(BALANCE)


def missing_translations(design: Design, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The texts that stand in some language but not in each of the business: (pointer, language)."""
    every = {f"/texts/{name}": texts for name, texts in design.texts.items()}
    for index, shown in enumerate(design.fields):
        every |= {f"/fields/{index}/label": shown.label, f"/fields/{index}/text": shown.text}
    every |= {f"/links/{index}/label": link.label for index, link in enumerate(design.links)}
    return [
        (pointer, language)
        for pointer, texts in every.items()
        if texts
        for language in languages
        if language not in texts
    ]


def list_notices(design: Design, *, languages: Sequence[str], name: str) -> list[Notice]:
    """What to see before publishing, the serious first. `name` is that of the business, shown where no other stands."""
    notices: list[Notice] = []
    for part, colour in (("foreground", design.foreground), ("label", design.label)):
        verdict = judge(colour, design.background)
        if verdict != "good":
            notices.append(Notice(f"contrast_{verdict}", "bad" if verdict == "bad" else "warm", {"part": part}))
    if not design.targets:
        notices.append(Notice("no_target", "bad", {}))
    for language in languages:
        text = design.text("organisation", language, name)
        for target in design.targets:
            if width_of(text) > TITLE_WIDTHS[target]:
                facts = {"platform": target, "language": language, "shows": TITLE_WIDTHS[target], "has": width_of(text)}
                notices.append(Notice("name_cut", "warm", facts))
    missing = missing_translations(design, languages)
    if missing:
        notices.append(Notice("not_translated", "warm", {"count": len(missing)}))
    return sorted(notices, key=lambda one: one.tone != "bad")
