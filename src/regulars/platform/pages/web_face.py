"""The face of a web card: colours and pictures of its design beside what every card shows; drawn by components/web_face.html.

Here, below every feature, so that what the designer shows beforehand and what the holder sees are one drawing.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from regulars.platform.pages.card_face import COLOUR
from regulars.platform.pages.security import POLICY

USUAL: Final = "#2a1d14"
"""Stands where a colour is none."""


@dataclass(frozen=True, slots=True)
class WebLook:
    """What the face of a web card looks like; `pictures` are addresses by slot: logo, hero, strip, stamp_on, stamp_off."""

    background: str
    foreground: str
    pictures: Mapping[str, str]

    @property
    def has_stamp_pictures(self) -> bool:
        """Whether stamps are pictures of the owner's: only where there is one for a full and one for an empty place."""
        return "stamp_on" in self.pictures and "stamp_off" in self.pictures

    @property
    def style(self) -> SafeString:
        """The colours as the content of a style block, which `policy` names."""
        background, foreground = (one if COLOUR.fullmatch(one) else USUAL for one in (self.background, self.foreground))
        # Colours alone, each looked at above.
        return mark_safe(f".web-face{{--c:{background};--f:{foreground};--gift:{foreground}}}")  # noqa: S308

    @property
    def policy(self) -> str:
        """The content policy of a page with this one style block in it."""
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")


def grouped(number: str) -> str:
    """A number of digits in groups that one reads aloud; any other number as it is."""
    if not number.isdigit() or len(number) < 6:
        return number
    head = len(number) % 3 or 3
    if head == 1:
        head = 4
    return " ".join([number[:head], *(number[place : place + 3] for place in range(head, len(number), 3))])
