"""The card as an object to look at: a grid of stamps or a balance, in the colours of its type."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.platform.pages import figures

PALETTES = ("espresso", "forest", "ocean", "plum", "brick", "rose", "night", "sand")
STAMPS_SHOWN_MAX = 30
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def stamps_missing(stamps: int, goal: int) -> str:
    """What a stamp card says below its grid: how many are missing."""
    missing = goal - stamps
    if missing <= 0:
        return _("The card is full")
    return ngettext("%(count)s more to a full card", "%(count)s more to a full card", missing) % {
        "count": figures.number(missing)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One place of the grid."""

    full: bool
    gift: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFace:
    """What a card shows on its face.

    A card with a `goal` shows stamps, up to 30 of them; others show `balance`, already in words for the reader.
    Colours are one of PALETTES, or `background` and `foreground` as #rrggbb; anything else is ignored.
    """

    title: str
    number: str = ""
    holder: str = ""
    caption: str | Promise = ""
    goal: int = 0
    stamps: int = 0
    balance: str = ""
    balance_label: str | Promise = ""
    stamp_icon: str = "coffee"
    palette: str = "espresso"
    background: str = ""
    foreground: str = ""
    sample: bool = False

    @property
    def shows_stamps(self) -> bool:
        """True when the grid fits the card."""
        return 0 < self.goal <= STAMPS_SHOWN_MAX

    @property
    def grid(self) -> list[Stamp]:
        """The places in order; the last is the gift, full only when the goal is reached."""
        return [Stamp(full=place <= self.stamps, gift=place == self.goal) for place in range(1, self.goal + 1)]

    @property
    def grid_class(self) -> str:
        """How many places stand in a row, so that no row is left with a single one."""
        if self.goal > 15:
            return "many"
        if self.goal in (6, 11, 12):
            return "six"
        return "four" if self.goal <= 4 or self.goal in (7, 8) else ""

    @property
    def colours(self) -> tuple[str, str]:
        """Background and foreground if both are colours, else two empty strings."""
        both = (self.background, self.foreground)
        return both if all(COLOUR.fullmatch(colour) for colour in both) else ("", "")
