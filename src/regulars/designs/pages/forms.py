"""The form of the designer: a design as what can be typed, and what was typed as a design in its JSON form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from regulars.designs.pages import words
from regulars.designs.pages.pictures import typed_crops, typed_pictures
from regulars.designs.rules.contrast import repair
from regulars.designs.rules.definition import (
    LANGUAGE,
    LINKS_MAX,
    TARGETS,
    TEXTS,
    Design,
    Link,
    ShownField,
    Texts,
    spoken,
    write_design,
    written_languages,
)

SHOWN_SOURCES: Final = ("stamps", "next_reward", "holder", "number", "tier", "expires")
LINK_ROWS: Final = 4


@dataclass(frozen=True, slots=True)
class TextRow:
    """A label, or the name of a link, in one language.

    `usual` is what the card says while nothing is typed; `of` is the input without which the card does not show it.
    """

    name: str
    called: str
    value: str
    usual: str
    of: str = ""
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class LanguageBlock:
    """Everything that the form asks for in one language."""

    code: str
    name: str
    texts: Mapping[str, str]
    rows: list[TextRow]


def design_value(typed: Mapping[str, Any], base: Design) -> dict[str, Any]:
    """What was typed, over what the design was; what the form does not show stays as it is."""
    value = write_design(base)
    value["colours"] = {part: typed.get(part, value["colours"][part]) for part in ("background", "foreground", "label")}
    value["icon"] = typed.get("icon", base.icon)
    value["barcode"] = typed.get("barcode", base.barcode)
    value["targets"] = [one for one in TARGETS if typed.get(f"target_{one}")]
    value["rotating"] = bool(typed.get("rotating"))
    value["texts"] = {name: _typed_texts(typed, name, base.texts.get(name, {})) for name in TEXTS}
    value["fields"] = _fields(typed, base)
    value["links"] = _links(typed, base)
    value["pictures"] = typed_pictures(typed, base)
    value["crops"] = typed_crops(typed, base, value["pictures"])
    return value


def typed_design(value: dict[str, Any]) -> Design:
    """What was typed as the form shows it again, whether or not it is a design."""
    return Design(
        **value["colours"],
        icon=value["icon"],
        texts=value["texts"],
        fields=tuple(ShownField(**one) for one in value["fields"]),
        barcode=value["barcode"],
        targets=tuple(value["targets"]),
        links=tuple(Link(**one) for one in value["links"]),
        rotating=value["rotating"],
    )


def repaired(value: dict[str, Any]) -> dict[str, Any]:
    """The same design with texts and labels that can be read."""
    colours = value["colours"]
    background = colours["background"]
    return value | {
        "colours": {
            "background": background,
            "foreground": repair(colours["foreground"], background),
            "label": repair(colours["label"], background),
        }
    }


def language_blocks(design: Design, *, chain_language: str, goal: int) -> list[LanguageBlock]:
    """What to type in each language: in ours, in that of the business, and in whatever else the design is written in.

    Labels and links of the business's own language stand beside the values and addresses that they belong to.
    """
    return [
        LanguageBlock(
            code=code,
            name=words.language_name(code),
            texts={name: design.texts.get(name, {}).get(code, "") for name in TEXTS},
            rows=[
                *([] if code == chain_language else _label_rows(design, code, goal)),
                *_own_rows(design, code),
                *([] if code == chain_language else _link_rows(design, code)),
            ],
        )
        for code in design_languages(design, chain_language)
    ]


def design_languages(design: Design, chain_language: str) -> list[str]:
    """What a design can be written and looked at in: our languages, that of the business, and whatever else it is written in."""
    return list(
        dict.fromkeys([*(code for code, _name in settings.LANGUAGES), chain_language, *written_languages(design)])
    )


def source_name(source: str, *, goal: int) -> str:
    """What a value of the card is called: without a goal, stamps are a balance like any other."""
    return _("Balance") if source == "stamps" and not goal else str(words.SOURCE_NAMES[source])


def count_link_rows(design: Design) -> int:
    """So many links have a row in the form."""
    return max(LINK_ROWS, len(design.links))


def _label_rows(design: Design, language: str, goal: int) -> Iterator[TextRow]:
    labels = {one.source: one.label for one in design.fields}
    for source in SHOWN_SOURCES:
        called = source_name(source, goal=goal)
        yield _row(f"label_{source}", called, labels.get(source, {}), language, usual=called, of=f"place_{source}")


def _own_rows(design: Design, language: str) -> Iterator[TextRow]:
    """Of fields that a program put into the design: the form shows no place for them, but their words."""
    for one in design.fields:
        if one.source not in SHOWN_SOURCES:
            yield _row(f"own_label_{one.key}", spoken(one.label, language, one.key), one.label, language)
        if one.source == "text":
            yield _row(f"own_text_{one.key}", spoken(one.label, language, one.key), one.text, language, is_long=True)


def _link_rows(design: Design, language: str) -> Iterator[TextRow]:
    for row in range(count_link_rows(design)):
        link = design.links[row] if row < len(design.links) else None
        label, url = (link.label, link.url) if link else ({}, "")
        called = _("Link %(number)s") % {"number": row + 1}
        yield _row(f"link_{row}", called, label, language, usual=url, of=f"url_{row}")


def _row(
    name: str, called: str, texts: Texts, language: str, *, usual: str = "", of: str = "", is_long: bool = False
) -> TextRow:
    value = texts.get(language, "")
    return TextRow(f"{name}_{language}", called, value, spoken(texts, language, usual), of, is_long)


def _fields(typed: Mapping[str, Any], base: Design) -> list[dict[str, Any]]:
    before = {one.source: one for one in base.fields}
    fields: list[dict[str, Any]] = []
    for source in SHOWN_SOURCES:
        place = typed.get(f"place_{source}", "")
        if not place:
            continue
        known = before.get(source)
        fields.append(
            {
                "key": known.key if known else source,
                "place": place,
                "source": source,
                "label": _typed_texts(typed, f"label_{source}", known.label if known else {}),
                "text": {},
            }
        )
    return fields + [
        _own_field(typed, one) for one in write_design(base)["fields"] if one["source"] not in SHOWN_SOURCES
    ]


def _own_field(typed: Mapping[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    parts = ("label", "text")
    return before | {part: _typed_texts(typed, f"own_{part}_{before['key']}", before[part]) for part in parts}


def _links(typed: Mapping[str, Any], base: Design) -> list[dict[str, Any]]:
    before = write_design(base)["links"]
    links: list[dict[str, Any]] = []
    for row in range(LINKS_MAX):
        known: dict[str, Any] = before[row] if row < len(before) else {"url": "", "label": {}}
        url = typed.get(f"url_{row}", known["url"]).strip()
        if url:
            links.append({"url": url, "label": _typed_texts(typed, f"link_{row}", known["label"])})
    return links


def _typed_texts(typed: Mapping[str, Any], name: str, before: Texts) -> dict[str, str]:
    """A text in each language that was typed (`title_ru`), over what it was in all others.

    The languages are those of the form as it was opened: the design may have lost one meanwhile, with a link whose address
    is being typed anew.
    """
    begin = f"{name}_"
    found = {key.removeprefix(begin): text for key, text in typed.items() if key.startswith(begin)}
    return {**before, **{language: text for language, text in found.items() if LANGUAGE.fullmatch(language)}}
