"""Reading product feeds in XML, piece by piece and without trust: YML (`<offer>`) and Google's (`<item>`, `<entry>`); pure.

No document type is fetched, no entity may be declared, and depth, texts and the number of products are limited.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from regulars.products.rules.products import category_path

DEPTH_MAX: Final = 32
TEXT_CHARACTERS_MAX: Final = 100_000
PARTS_MAX: Final = 500
CATEGORIES_MAX: Final = 50_000
CATEGORY_DEPTH_MAX: Final = 20
ITEM_NAMES: Final = {"yml": frozenset({"offer"}), "google_xml": frozenset({"item", "entry"})}


class FeedUnreadable(Exception):
    """The feed cannot be read at all; a code of `rules.feeds._REASONS` with the facts of its sentence."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(slots=True)
class Entry:
    """One product of a feed as it stands there: texts of its parts by name, `@name` for attributes, `param:Name` for params."""

    line: int
    texts: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """The first text of a part, empty where there is none."""
        found = self.texts.get(name)
        return found[0] if found else ""


def read_entries(parts: Iterable[bytes], *, kind: str) -> Iterator[Entry]:
    """Yield the products of a feed while it is read. Raises FeedUnreadable."""
    reader = _Reader(ITEM_NAMES[kind])
    parser = reader.parser
    try:
        for part in parts:
            parser.Parse(part, False)
            yield from reader.taken()
        parser.Parse(b"", True)
    except expat.ExpatError as problem:
        raise FeedUnreadable("invalid_xml", line=problem.lineno, reason=expat.ErrorString(problem.code)) from None
    except (LookupError, ValueError) as problem:
        # An encoding that Python does not know, or that takes several bytes for a letter.
        raise FeedUnreadable("invalid_xml", line=1, reason=str(problem)[:200]) from None
    yield from reader.taken()


class _Reader:
    def __init__(self, item_names: frozenset[str]) -> None:
        self._item_names = item_names
        self._path: list[str] = []
        self._texts: list[str] = []
        self._length = 0
        self._entry: Entry | None = None
        self._entry_depth = 0
        self._param = ""
        self._category: tuple[str, str] | None = None
        self._categories: dict[str, tuple[str, str]] = {}
        self._found: list[Entry] = []
        self.parser = self._make_parser()

    def taken(self) -> list[Entry]:
        found, self._found = self._found, []
        return found

    def _make_parser(self) -> Any:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        return parser

    def _refuse_entity(self, *_facts: Any) -> int:
        raise FeedUnreadable("entities", line=self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= DEPTH_MAX:
            raise FeedUnreadable("too_deep", line=self.parser.CurrentLineNumber, limit=DEPTH_MAX)
        plain = _local(name)
        self._path.append(plain)
        self._texts, self._length = [], 0
        if self._entry is None and plain in self._item_names:
            self._entry = Entry(self.parser.CurrentLineNumber)
            self._entry_depth = len(self._path)
            for attribute, value in attributes.items():
                self._entry.texts[f"@{_local(attribute)}"] = [value]
        elif plain == "param":
            self._param = attributes.get("name", "")
        elif plain == "category" and self._entry is None:
            self._category = (attributes.get("id", ""), attributes.get("parentId", ""))

    def _text(self, text: str) -> None:
        self._length += len(text)
        if self._length > TEXT_CHARACTERS_MAX:
            raise FeedUnreadable("text_too_long", line=self.parser.CurrentLineNumber, limit=TEXT_CHARACTERS_MAX)
        self._texts.append(text)

    def _end(self, name: str) -> None:
        plain = self._path.pop()
        text = "".join(self._texts).strip()
        self._texts, self._length = [], 0
        if self._entry is None:
            if plain == "category" and self._category:
                self._keep_category(text)
        elif len(self._path) < self._entry_depth:
            self._found.append(self._entry)
            self._entry = None
        elif len(self._path) == self._entry_depth:
            self._keep_part(self._entry, plain, text)

    def _keep_part(self, entry: Entry, plain: str, text: str) -> None:
        if plain == "categoryId":
            entry.texts.setdefault("category", []).append(self._category_of(text))
        key = f"param:{self._param}" if plain == "param" else plain
        if len(entry.texts) < PARTS_MAX:
            entry.texts.setdefault(key, []).append(text)

    def _keep_category(self, text: str) -> None:
        assert self._category is not None
        if len(self._categories) >= CATEGORIES_MAX:
            raise FeedUnreadable("too_many_categories", limit=CATEGORIES_MAX)
        identifier, parent = self._category
        self._categories[identifier] = (text, parent)
        self._category = None

    def _category_of(self, identifier: str) -> str:
        steps: list[str] = []
        while identifier in self._categories and len(steps) < CATEGORY_DEPTH_MAX:
            name, identifier = self._categories[identifier]
            steps.append(name)
        return category_path(reversed(steps))


def _local(name: str) -> str:
    return name.rpartition(":")[2]
