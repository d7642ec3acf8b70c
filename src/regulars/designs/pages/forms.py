"""The form of the designer as a design in its JSON form, and back."""

from collections.abc import Mapping
from typing import Any, Final

from regulars.designs.rules.contrast import repair
from regulars.designs.rules.definition import TARGETS, TEXTS, Design, write_design

SHOWN_SOURCES: Final = ("stamps", "next_reward", "holder", "number", "tier", "expires")
LINK_ROWS: Final = 4


def design_value(
    typed: Mapping[str, Any], base: Design, *, languages: list[str], label_language: str
) -> dict[str, Any]:
    """What was typed, over what the design was; what the form does not show stays as it is."""
    value = write_design(base)
    value["colours"] = {part: typed.get(part, value["colours"][part]) for part in ("background", "foreground", "label")}
    value["icon"] = typed.get("icon", base.icon)
    value["barcode"] = typed.get("barcode", base.barcode)
    value["targets"] = [one for one in TARGETS if typed.get(f"target_{one}")]
    value["rotating"] = bool(typed.get("rotating"))
    for name in TEXTS:
        texts = {**value["texts"].get(name, {})}
        texts |= {language: typed[f"{name}_{language}"] for language in languages if f"{name}_{language}" in typed}
        value["texts"][name] = texts
    value["fields"] = _fields(typed, base, label_language)
    value["links"] = _links(typed, base, label_language)
    value["pictures"] = {slot: name for slot, name in base.pictures.items() if not typed.get(f"remove_{slot}")}
    return value


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


def _fields(typed: Mapping[str, Any], base: Design, language: str) -> list[dict[str, Any]]:
    before = {one.source: one for one in base.fields}
    fields: list[dict[str, Any]] = []
    for source in SHOWN_SOURCES:
        place = typed.get(f"place_{source}", "")
        if not place:
            continue
        known = before.get(source)
        label = {**(known.label if known else {}), language: typed.get(f"label_{source}", "")}
        fields.append(
            {
                "key": known.key if known else source,
                "place": place,
                "source": source,
                "label": {one: text for one, text in label.items() if text.strip()},
                "text": {},
            }
        )
    rest: list[dict[str, Any]] = [one for one in write_design(base)["fields"] if one["source"] not in SHOWN_SOURCES]
    return fields + rest


def _links(typed: Mapping[str, Any], base: Design, language: str) -> list[dict[str, Any]]:
    links: list[dict[str, Any]] = []
    for row in range(LINK_ROWS):
        url, label = typed.get(f"url_{row}", "").strip(), typed.get(f"link_{row}", "").strip()
        if url:
            before = base.links[row].label if row < len(base.links) else {}
            links.append({"url": url, "label": {**before, language: label} if label else {}})
    return links + list(write_design(base)["links"][LINK_ROWS:])
