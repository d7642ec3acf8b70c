"""The card as each platform shows it, for a customer who does not exist."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from regulars.designs.pages.web_preview import HOLDER, NUMBER, web_context
from regulars.designs.pages.words import BARCODE_NAMES, CANNOT_SHOW, SOURCE_NAMES
from regulars.designs.queries.published import DesignView
from regulars.designs.rules.contrast import repair
from regulars.designs.rules.definition import PLACES, Design, ShownField, spoken
from regulars.designs.rules.pictures import Spot, has_strip, look_of, stamp_spots
from regulars.designs.rules.shown import CANNOT, GOOGLE_TITLE_WIDTH, TITLE_WIDTHS, cut, headline, placed_fields
from regulars.kernel.barcode import barcode_bars
from regulars.platform.pages import figures
from regulars.platform.pages.card_face import CardFace, stamps_missing
from regulars.platform.tenancy import ChainSettings

WIDTH = 320
HERO = 105
"""Width of a wallet card and height of the picture on it, in the units of the drawing."""
PLATFORMS = ("apple", "google", "web", "print")
STATES = ("usual", "new", "ready", "expired")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the owner wants to see: where, in which language, with how many stamps."""

    platform: str
    language: str
    state: str
    stamps: int
    is_dark: bool


class Square(NamedTuple):
    """A square in the units of the drawing."""

    left: int
    top: int
    side: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A place for a stamp, in the units of the drawing; `picture` and `sign` are the squares of what stands on it."""

    x: int
    y: int
    r: int
    picture: Square
    sign: Square
    is_full: bool
    is_gift: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the card with its label, and where it stands in the drawing."""

    label: str
    text: str
    x: int = 0


def preview_context(
    view: DesignView, asked: Asked, *, chain: ChainSettings, address: Callable[[str], str]
) -> dict[str, Any]:
    """What the drawing shows; never more than the platform would. `address` is that of a picture by its hash."""
    design, type_name, goal = view.design, view.card_type.name, view.card_type.goal or 0
    pictures = {slot: address(name) for slot, name in design.shown_pictures.items()}
    is_expired = asked.state == "expired"
    stamps = {"new": 0, "ready": goal}.get(asked.state, min(asked.stamps, goal))
    with translation.override(asked.language):
        name = design.text("organisation", asked.language, chain.name)
        title = design.text("title", asked.language, type_name)
        is_titled = headline(design, asked.platform) == "title"
        head = title if is_titled else name
        ends_on = figures.day(date(2027, 12, 31))
        is_google = asked.platform == "google"
        # Of a card that is over, wallets show no stamps.
        shown_goal = 0 if is_expired else goal
        by_place = _by_place(design, asked, stamps, goal, shown_goal=shown_goal, ends_on=ends_on)
        ink = repair("#ffffff", design.background) if is_google else design.foreground
        return {
            "asked": asked,
            "design": design,
            "web": web_context(
                design,
                view.card_type,
                title=name,
                stamps=stamps,
                is_expired=is_expired,
                currency=chain.currency,
                addresses=pictures,
            ),
            "print_face": _print_face(design, stamps, goal, name=name, title=title),
            "is_cut": _is_cut(design, head, asked.platform),
            "is_titled": is_titled,
            "head": cut(head, _width_of(asked.platform)),
            "title": cut(title, GOOGLE_TITLE_WIDTH),
            "ink": ink,
            "label_ink": ink if is_google else design.label,
            "dots": _dots(stamps, shown_goal),
            "main": _main(by_place["primary"], design, asked, stamps, goal),
            "stamps_text": f"{stamps}/{goal}" if goal else "120",
            "header": by_place["header"][:1],
            "rows": [_placed(by_place["secondary"][:3]), _placed(by_place["auxiliary"][:3])],
            "height": _height(asked.platform, has_code=design.barcode != "none"),
            "hero_top": _height("google", has_code=design.barcode != "none") - HERO,
            "round": pictures.get("logo") or pictures.get("icon", ""),
            "code_name": BARCODE_NAMES[design.barcode],
            "bars_width": barcode_bars(NUMBER)[1],
            "back": by_place["back"],
            "legal": design.text("legal", asked.language),
            "links": [(one.url, spoken(one.label, asked.language, one.url)) for one in design.links],
            "has_back": bool(by_place["back"] or design.links or design.texts.get("legal")),
            "number": NUMBER,
            "pictures": pictures,
            "is_expired": is_expired,
            "is_off": asked.platform in ("apple", "google", "web") and asked.platform not in design.targets,
            "cannot": list(dict.fromkeys(CANNOT_SHOW[one] for one in CANNOT.get(asked.platform, ()))),
        }


def _by_place(
    design: Design, asked: Asked, stamps: int, goal: int, *, shown_goal: int, ends_on: str
) -> dict[str, list[Value]]:
    """The values where a pass puts them, by the rule of the passes."""
    found: dict[str, list[Value]] = {place: [] for place in PLACES}
    for one in placed_fields(design, has_strip=has_strip(look_of(design), shown_goal)):
        found[one.place].append(_value(design, one, asked, stamps, goal, ends_on))
    return found


def _main(primary: list[Value], design: Design, asked: Asked, stamps: int, goal: int) -> Value | None:
    """What is written large where no stamps are: Apple's primary value; of Google, what the card counts, on no picture."""
    if asked.platform == "apple":
        return primary[0] if primary else None
    has_picture = bool(design.pictures.keys() & {"hero", "strip"})
    return None if has_picture else Value("" if goal else _("Balance"), f"{stamps}/{goal}" if goal else "120")


def _width_of(platform: str) -> int:
    return TITLE_WIDTHS.get(platform, 40)


def _is_cut(design: Design, head: str, platform: str) -> bool:
    # Where the web card has a logo, the logo stands for the name.
    has_head = platform != "web" or "logo" not in design.pictures
    return has_head and cut(head, _width_of(platform)) != head


def _print_face(design: Design, stamps: int, goal: int, *, name: str, title: str) -> CardFace:
    return CardFace(
        title=name,
        number=NUMBER,
        holder=HOLDER,
        caption=stamps_missing(stamps, goal) if goal else title,
        goal=goal,
        stamps=stamps,
        balance="" if goal else "120",
        stamp_icon=design.icon,
        background=design.background,
        foreground=design.foreground,
        sample=True,
    )


def _height(platform: str, *, has_code: bool) -> int:
    if platform == "google":
        return (346 if has_code else 200) + HERO
    return 416 if has_code else 290


def _value(design: Design, shown: ShownField, asked: Asked, stamps: int, goal: int, ends_on: str) -> Value:
    usual = _("Balance") if shown.source == "stamps" and not goal else SOURCE_NAMES.get(shown.source, shown.key)
    label = spoken(shown.label, asked.language, str(usual))
    reward = design.text("reward", asked.language, _("Reward"))
    texts = {
        "stamps": f"{stamps}/{goal}" if goal else "120",
        "holder": HOLDER,
        "number": NUMBER,
        "tier": _("Gold"),
        "next_reward": reward,
        "expires": ends_on,
        "text": spoken(shown.text, asked.language),
    }
    return Value(cut(label, 22), texts.get(shown.source, "120"))


def _placed(values: list[Value]) -> list[Value]:
    wide = 280 // max(1, len(values))
    places = max(6, wide // 8)
    return [
        Value(cut(one.label, places + 2), cut(one.text, places), 20 + wide * index) for index, one in enumerate(values)
    ]


def _dots(stamps: int, goal: int) -> list[Dot]:
    return [
        Dot(
            x=round(spot.x),
            y=round(spot.y),
            r=round(spot.radius),
            picture=_square(spot, 2 * spot.radius),
            sign=_square(spot, 1.1 * spot.radius),
            is_full=place <= stamps,
            is_gift=place == goal,
        )
        for place, spot in enumerate(stamp_spots(goal, WIDTH, HERO), start=1)
    ]


def _square(spot: Spot, side: float) -> Square:
    return Square(left=round(spot.x - side / 2), top=round(spot.y - side / 2), side=round(side))
