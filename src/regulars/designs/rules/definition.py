"""A design in its one JSON form: of a draft, a version, an export and an import; pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from regulars.cards.rules.types import ICONS
from regulars.designs.rules.crops import PARTS, WHOLE, Crop, is_inside, is_whole, shown_pictures
from regulars.kernel.refusal import FieldProblem

SCHEMA: Final = 1
COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")
PICTURE: Final = re.compile(r"[0-9a-f]{64}")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
KEYS: Final = {
    *("schema", "colours", "icon", "texts", "pictures", "crops", "fields", "barcode", "targets", "links", "rotating")
}
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
SLOTS: Final = ("logo", "icon", "hero", "strip", "stamp_on", "stamp_off")
TEXTS: Final = {"organisation": 80, "title": 80, "reward": 120, "legal": 4000}
PLACES: Final = ("header", "primary", "secondary", "auxiliary", "back")
SOURCES: Final = ("stamps", "holder", "number", "tier", "next_reward", "expires", "text")
BALANCE: Final = "balance:"
BARCODES: Final = ("qr", "pdf417", "aztec", "code128", "none")
TARGETS: Final = ("apple", "google", "web")
FIELDS_MAX: Final = 20
LINKS_MAX: Final = 8
URL_LENGTH_MAX: Final = 500
_REASONS: Final[dict[int, str]] = {
    60: "At most 60 characters.",
    80: "At most 80 characters.",
    120: "At most 120 characters.",
    500: "At most 500 characters.",
    4000: "At most 4000 characters.",
}

Texts = Mapping[str, str]
"""A text by language."""


@dataclass(frozen=True, slots=True)
class ShownField:
    """A value of the card, where it stands and what it is called. A `text` has its value in `text`."""

    key: str
    place: str
    source: str
    label: Texts = field(default_factory=dict)
    text: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """An address that the back of the card leads to."""

    url: str
    label: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that the owner decides about how a card looks. Pictures are named by the hash of their content; `crops`
    say which part of them is shown, where it is not the whole.
    """

    background: str
    foreground: str
    label: str
    icon: str = "coffee"
    texts: Mapping[str, Texts] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)
    crops: Mapping[str, Crop] = field(default_factory=dict)
    fields: tuple[ShownField, ...] = ()
    barcode: str = "qr"
    targets: tuple[str, ...] = TARGETS
    links: tuple[Link, ...] = ()
    rotating: bool = False
    """Whether the code on web cards changes every half minute (TIL-6)."""

    @property
    def shown_pictures(self) -> dict[str, str]:
        """The names of what the card shows, by slot; each is a picture or a part of one (rules/crops)."""
        return shown_pictures(self.pictures, self.crops)

    def text(self, name: str, language: str, fallback: str = "") -> str:
        """A text in a language, else as `spoken` says, else `fallback`."""
        return spoken(self.texts.get(name, {}), language, fallback)


def spoken(texts: Texts, language: str, fallback: str = "") -> str:
    """A text in this language (`de-AT` falls back to `de`), else in English, else in whatever language it stands first."""
    return (
        texts.get(language)
        or texts.get(language.split("-", maxsplit=1)[0])
        or texts.get("en")
        or next(iter(texts.values()), "")
        or fallback
    )


def every_text(design: Design) -> dict[str, Texts]:
    """Each text of a design by its pointer, those that nobody wrote included."""
    every: dict[str, Texts] = {f"/texts/{name}": texts for name, texts in design.texts.items()}
    for index, shown in enumerate(design.fields):
        every |= {f"/fields/{index}/label": shown.label, f"/fields/{index}/text": shown.text}
    return every | {f"/links/{index}/label": link.label for index, link in enumerate(design.links)}


def written_languages(design: Design) -> list[str]:
    """The languages in which the owner wrote at least one text, in alphabetical order."""
    return sorted({language for texts in every_text(design).values() for language in texts})


def default_design(*, background: str, foreground: str, icon: str) -> Design:
    """The design of a card type that nobody has designed: its own colours, and what every card can show."""
    return Design(
        background=background,
        foreground=foreground,
        label=foreground,
        icon=icon,
        fields=(
            ShownField("progress", "header", "stamps"),
            ShownField("next", "secondary", "next_reward"),
            ShownField("holder", "auxiliary", "holder"),
            ShownField("number", "back", "number"),
            ShownField("expires", "back", "expires"),
        ),
    )


def write_design(design: Design) -> dict[str, Any]:
    """The design as JSON; `read_design` makes the same design of it."""
    return {
        "schema": SCHEMA,
        "colours": {"background": design.background, "foreground": design.foreground, "label": design.label},
        "icon": design.icon,
        "texts": {name: dict(texts) for name, texts in design.texts.items()},
        "pictures": dict(design.pictures),
        "crops": {slot: asdict(crop) for slot, crop in design.crops.items()},
        "fields": [
            {"key": one.key, "place": one.place, "source": one.source, "label": dict(one.label), "text": dict(one.text)}
            for one in design.fields
        ],
        "barcode": design.barcode,
        "targets": list(design.targets),
        "links": [{"url": one.url, "label": dict(one.label)} for one in design.links],
        "rotating": design.rotating,
    }


def read_design(value: Any) -> tuple[Design | None, tuple[FieldProblem, ...]]:
    """The design that a JSON value says, or everything that is wrong with it, each with its pointer."""
    reader = _Reader()
    design = reader.design(value)
    return (None, tuple(reader.problems)) if reader.problems else (design, ())


class _Reader:
    """Reads one value; collects every problem instead of stopping at the first."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def design(self, value: Any) -> Design:
        top = self._object(value, "", KEYS)
        if top.get("schema", SCHEMA) != SCHEMA or isinstance(top.get("schema", SCHEMA), bool):
            self._bad("/schema", "unknown_schema", "This version of the form is not known here: it is 1.")
        colours = self._object(top.get("colours"), "/colours", {"background", "foreground", "label"})
        foreground = self._colour(colours, "foreground")
        pictures = self._pictures(top.get("pictures", {}))
        return Design(
            background=self._colour(colours, "background"),
            foreground=foreground,
            label=self._colour(colours, "label") if "label" in colours else foreground,
            icon=self._choice(top.get("icon", "coffee"), "/icon", ICONS),
            texts=self._named_texts(top.get("texts", {})),
            pictures=pictures,
            crops=self._crops(top.get("crops", {}), pictures),
            fields=self._fields(top.get("fields", [])),
            barcode=self._choice(top.get("barcode", "qr"), "/barcode", BARCODES),
            targets=self._targets(top.get("targets", list(TARGETS))),
            links=self._links(top.get("links", [])),
            rotating=self._yes_or_no(top.get("rotating", False), "/rotating"),
        )

    def _bad(self, pointer: str, code: str, detail: str) -> None:
        self.problems.append(FieldProblem(pointer, code, detail))

    def _object(self, value: Any, pointer: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._bad(pointer, "not_an_object", "This is an object with names and values.")
            return {}
        for name in value:
            if name not in known:
                self._bad(f"{pointer}/{_escaped(name)}", "unknown_key", "There is no such key. Is it misspelt?")
        return value

    def _list(self, value: Any, pointer: str, most: int) -> list[Any]:
        if not isinstance(value, list):
            self._bad(pointer, "not_a_list", "This is a list.")
            return []
        if len(value) > most:
            self._bad(pointer, "too_many", "There are too many of them.")
            return []
        return value

    def _colour(self, colours: dict[str, Any], name: str) -> str:
        value = colours.get(name)
        if not isinstance(value, str) or not COLOUR.fullmatch(value):
            self._bad(f"/colours/{name}", "invalid_colour", "A colour like #2a1d14.")
            return "#000000"
        return value.lower()

    def _choice(self, value: Any, pointer: str, known: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in known:
            self._bad(pointer, "unknown_value", f"One of: {', '.join(known)}.")
            return known[0]
        return value

    def _yes_or_no(self, value: Any, pointer: str) -> bool:
        if not isinstance(value, bool):
            self._bad(pointer, "not_yes_or_no", "This is true or false.")
            return False
        return value

    def _texts(self, value: Any, pointer: str, most: int, *, has_lines: bool = False) -> dict[str, str]:
        if not isinstance(value, dict):
            self._bad(pointer, "not_an_object", "This is an object with names and values.")
            return {}
        read: dict[str, str] = {}
        for language, text in value.items():
            here = f"{pointer}/{_escaped(language)}"
            if not LANGUAGE.fullmatch(language):
                self._bad(here, "unknown_language", "A language like en or pt-BR.")
            elif not isinstance(text, str):
                self._bad(here, "not_a_text", "This is a text.")
            elif len(text) > most:
                self._bad(here, "too_long", _REASONS[most])
            elif any(_is_control(sign) and not (has_lines and sign in "\r\n\t") for sign in text):
                self._bad(here, "control_character", "This holds a sign that cannot be shown.")
            elif text.strip():
                read[language] = text.strip().replace("\r\n", "\n")
        return read

    def _named_texts(self, value: Any) -> dict[str, Texts]:
        named = self._object(value, "/texts", set(TEXTS))
        read = {
            name: self._texts(named[name], f"/texts/{name}", most, has_lines=name == "legal")
            for name, most in TEXTS.items()
            if name in named
        }
        return {name: texts for name, texts in read.items() if texts}

    def _pictures(self, value: Any) -> dict[str, str]:
        named = self._object(value, "/pictures", set(SLOTS))
        read: dict[str, str] = {}
        for slot in SLOTS:
            picture = named.get(slot)
            if picture is None:
                continue
            if isinstance(picture, str) and PICTURE.fullmatch(picture):
                read[slot] = picture
            else:
                self._bad(f"/pictures/{slot}", "unknown_picture", "This is no picture that was uploaded here.")
        return read

    def _crops(self, value: Any, pictures: Mapping[str, str]) -> dict[str, Crop]:
        named = self._object(value, "/crops", set(SLOTS))
        read: dict[str, Crop] = {}
        for slot in SLOTS:
            if named.get(slot) is None:
                continue
            before = len(self.problems)
            crop = self._crop(named[slot], f"/crops/{slot}")
            if len(self.problems) > before:
                continue
            if slot not in pictures:
                self._bad(f"/crops/{slot}", "no_picture", "There is no picture here to crop.")
            elif not is_inside(crop):
                self._bad(f"/crops/{slot}", "outside_the_picture", "The frame reaches beyond the picture, or is empty.")
            elif not is_whole(crop):
                read[slot] = crop
        return read

    def _crop(self, value: Any, pointer: str) -> Crop:
        named = self._object(value, pointer, set(PARTS))
        for part in PARTS if isinstance(value, dict) else ():
            number = named.get(part)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= WHOLE:
                self._bad(
                    f"{pointer}/{part}",
                    "invalid_share",
                    "A share of the picture: a whole number of thousandths from 0 to 1000.",
                )
                named = {**named, part: 0}
        return Crop(*(named.get(part, 0) for part in PARTS))

    def _fields(self, value: Any) -> tuple[ShownField, ...]:
        read: list[ShownField] = []
        for index, one in enumerate(self._list(value, "/fields", FIELDS_MAX)):
            here = f"/fields/{index}"
            named = self._object(one, here, {"key", "place", "source", "label", "text"})
            key = named.get("key")
            if not isinstance(key, str) or not KEY.fullmatch(key):
                self._bad(f"{here}/key", "invalid_key", "A short name of a–z, 0–9 and _, beginning with a letter.")
                key = "field"
            elif any(key == other.key for other in read):
                self._bad(f"{here}/key", "key_twice", "Another field has this key.")
            read.append(
                ShownField(
                    key=key,
                    place=self._choice(named.get("place"), f"{here}/place", PLACES),
                    source=self._source(named.get("source"), f"{here}/source"),
                    label=self._texts(named.get("label", {}), f"{here}/label", 60),
                    text=self._texts(named.get("text", {}), f"{here}/text", 500, has_lines=True),
                )
            )
        return tuple(read)

    def _source(self, value: Any, pointer: str) -> str:
        if isinstance(value, str) and value.startswith(BALANCE) and len(value) <= 100 and value != BALANCE:
            return value
        if not isinstance(value, str) or value not in SOURCES:
            self._bad(pointer, "unknown_value", f"One of: {', '.join(SOURCES)}, balance:NAME.")
            return "text"
        return value

    def _targets(self, value: Any) -> tuple[str, ...]:
        named = [
            self._choice(one, f"/targets/{index}", TARGETS)
            for index, one in enumerate(self._list(value, "/targets", len(TARGETS)))
        ]
        return tuple(one for one in TARGETS if one in named)

    def _links(self, value: Any) -> tuple[Link, ...]:
        read: list[Link] = []
        for index, one in enumerate(self._list(value, "/links", LINKS_MAX)):
            here = f"/links/{index}"
            named = self._object(one, here, {"url", "label"})
            url = named.get("url")
            if not isinstance(url, str) or not is_address(url):
                self._bad(f"{here}/url", "invalid_address", "An address that begins with https://, mailto: or tel:.")
                url = "https://example.com"
            read.append(Link(url, self._texts(named.get("label", {}), f"{here}/label", 60)))
        return tuple(read)


def is_address(url: str) -> bool:
    """Whether a link may lead there: a page, a mail or a phone, and nothing that runs."""
    if len(url) > URL_LENGTH_MAX or any(sign.isspace() or _is_control(sign) for sign in url):
        return False
    return bool(re.fullmatch(r"https?://[^/?#@]+([/?#].*)?|mailto:[^@]+@[^@]+|tel:\+?[0-9().-]+", url))


def dressed(design: Design, *, background: str, foreground: str, icon: str) -> Design:
    """The design in the colours and with the stamp that the card type itself has now."""
    label = foreground if design.label == design.foreground else design.label
    return replace(design, background=background, foreground=foreground, label=label, icon=icon)


def _escaped(name: str) -> str:
    return name[:60].replace("~", "~0").replace("/", "~1")


def _is_control(sign: str) -> bool:
    return ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000
