"""What a card shows in any wallet, as values: whoever draws it knows nothing but this."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from regulars.designs.rules.pictures import Look

Texts = Mapping[str, str]
"""A text by language; the card's own language is always there."""
Place = Literal["header", "primary", "secondary", "auxiliary", "back"]
BarcodeKind = Literal["qr", "pdf417", "aztec", "code128"]
PLACES_MAX: Final = 10
"""More places than this no wallet takes (WAL-4)."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the phone writes as its owner does; with `currency` it is money."""

    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that the phone writes as its owner does."""

    at: datetime
    has_time: bool = False


Value = Texts | Number | Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One thing a card says. `announce`, with `%@` for the new value, is what a phone says aloud when it changes.

    `source` is what a design calls it (`balance:points`, `stamps`, `holder`, `number`), or `link`, `page` and `message`, for
    wallets that have a place of their own for it.
    """

    key: str
    place: Place
    label: Texts
    value: Value
    announce: Texts | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcode:
    """What a scanner reads, and what stands below it for people."""

    kind: BarcodeKind
    message: str
    text: str = ""


BIRTHDAY: Final = "birthday"
"""The source of the field that greets a holder."""
FRONT_ROW_MAX: Final = 4
"""So many fields a pass has room for below its strip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place near which the phone offers the card."""

    latitude: float
    longitude: float
    text: Texts


def nearest(spots: Sequence[Spot], home: tuple[float, float] | None) -> tuple[Spot, ...]:
    """As many spots as a wallet takes: those nearest to a place first, in their own order where there is none."""
    if home is None:
        return tuple(spots[:PLACES_MAX])
    return tuple(sorted(spots, key=lambda one: _apart((one.latitude, one.longitude), home))[:PLACES_MAX])


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Grows with the way over the earth from one point to another (the haversine of its angle)."""
    (north, east), (to_north, to_east) = ((math.radians(a), math.radians(b)) for a, b in (one, other))
    wide = math.cos(north) * math.cos(to_north) * math.sin((to_east - east) / 2) ** 2
    return math.sin((to_north - north) / 2) ** 2 + wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colours as #rrggbb."""

    background: str
    foreground: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the pictures of a card are drawn from."""

    look: Look
    stamps: int
    goal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletCard:
    """A card as wallets show it. `language` is its holder's; the `headline` stands beside the logo.

    `pictures` are PNG files by the name that they have in a pass, and `drawn` what they come from; `hero` is the picture across
    the card for wallets that have one there besides. `code_version` stands where the card's code is to change every half
    minute, in wallets that can draw it so, and grows where older codes are not to count any more. `greeted_on` is the last
    birthday of its holder that the passes were told of. At `turns_at` the card shows something else though nothing happens to
    it: points begin or end, or its own time is over.
    """

    serial: str
    language: str
    languages: tuple[str, ...]
    organisation: Texts
    description: Texts
    headline: Texts
    colours: Colours
    fields: tuple[ShownField, ...] = ()
    barcode: Barcode | None = None
    spots: tuple[Spot, ...] = ()
    link: str = ""
    expires_at: datetime | None = None
    is_void: bool = False
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    drawn: Drawn | None = None
    hero: bytes | None = None
    code_version: int | None = None
    greeted_on: date | None = None
    turns_at: datetime | None = None

    def content_hash(self) -> bytes:
        """Thirty-two bytes that differ exactly where something that a pass shows differs.

        It shows no `hero`, and a fixed code; `greeted_on` and `turns_at` are told beside it.
        """
        shown = _plain(replace(self, hero=None, drawn=None))
        del shown["code_version"], shown["greeted_on"], shown["drawn"], shown["turns_at"]
        told = json.dumps(shown, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(told.encode()).digest()


def text_in(texts: Texts, language: str) -> str:
    """The text in a language, or else in English, or else in any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value.normalize())
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
