"""Conditions, benefits and earnings of outsiders (ORD-5, ORD-8).

A plugin is a frozen dataclass shaped like the engine's own: `kind`, what it asks (`check`, `cut` or `earn`), fields
annotated with `regulars.promotions.rules.meanings`, a `sentence` that tells it with its fields in braces, and `reasons`:
the sentences of the reasons that it gives. A package names it in the entry points `regulars.conditions`,
`regulars.benefits` or `regulars.earnings`, or an installation in `REGULARS_PLUGINS`: `condition=package.module:Class`,
several with commas between them.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final

from regulars.promotions.rules.definition.registry import Family, join
from regulars.promotions.rules.explain import learn

GROUPS: Final[dict[Family, str]] = {
    "condition": "regulars.conditions",
    "benefit": "regulars.benefits",
    "earning": "regulars.earnings",
}


OTHERS: Final = ("wallet=",)
"""Families that `regulars.plugins` reads elsewhere."""


class PluginRefused(Exception):
    """A plugin that cannot be used; the text names it and says why."""


def load_plugins(named: Iterable[str] = ()) -> list[type]:
    """Let definitions name the classes of all installed packages and those that are named. Raises PluginRefused."""
    ours = [text for text in named if not text.strip().startswith(OTHERS)]
    return [add_plugin(family, cls) for family, cls in (*_installed(), *map(_named, ours))]


def add_plugin(family: Family, cls: type) -> type:
    """Let definitions name one class. Raises PluginRefused for one that does not have the shape of its family."""
    try:
        join(family, cls)
        learn(getattr(cls, "reasons", {}))
    except ValueError as problem:
        raise PluginRefused(f"{cls.__module__}:{cls.__name__}: {problem}") from problem
    return cls


def _installed() -> Iterator[tuple[Family, type]]:
    for family, group in GROUPS.items():
        for entry in entry_points(group=group):
            yield family, entry.load()


def _named(text: str) -> tuple[Family, type]:
    family, _, path = text.strip().partition("=")
    module, _, name = path.partition(":")
    found = next((known for known in GROUPS if known == family), None)
    if found is None or not name:
        raise PluginRefused(f"{text}: write condition=package.module:Class, benefit=…, earning=… or wallet=…")
    try:
        return found, getattr(import_module(module), name)
    except (ImportError, AttributeError) as problem:
        raise PluginRefused(f"{text}: {problem}") from problem
