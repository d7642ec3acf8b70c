"""Promotions in words: their states, and what a promotion says."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from regulars.promotions.queries.names import ChainNames
from regulars.promotions.queries.voices import speech_of
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.describe import compare, describe
from regulars.promotions.rules.describe.speech import Comparison

STATES: Final[dict[str, str | Promise]] = {
    "draft": gettext_lazy("Drafts"),
    "active": gettext_lazy("Active"),
    "paused": gettext_lazy("Paused"),
    "ended": gettext_lazy("Ended"),
}
GIVING: Final = ("gives", "earns", "trigger")


def say(definition: Definition, names: ChainNames, currency: str) -> list[str]:
    """All that a promotion says, sentence by sentence."""
    return [one.text for one in describe(definition, speech_of(names, currency))]


def say_gain(content: Mapping[str, Any], names: ChainNames, currency: str) -> str:
    """What a promotion gives, as short as a list wants it."""
    definition = definition_of(content, names)
    if definition is None:
        return ""
    told = [one.text for one in describe(definition, speech_of(names, currency)) if one.part in GIVING]
    return " ".join(told[:3])


def definition_of(content: Mapping[str, Any], names: ChainNames) -> Definition | None:
    """The definition of a content that is kept; None where it names what is gone."""
    read = read_definition({name: value for name, value in content.items() if name != "card_types"}, names)
    return read if isinstance(read, Definition) else None


def say_changes(old: Mapping[str, Any], new: Mapping[str, Any], names: ChainNames, currency: str) -> Comparison | None:
    """What one content says otherwise than the other; None where one of them cannot be read any more."""
    before, after = definition_of(old, names), definition_of(new, names)
    if before is None or after is None:
        return None
    return compare(before, after, speech_of(names, currency))
