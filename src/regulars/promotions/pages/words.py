"""Promotions in words: their states, how values are written, and what a promotion says."""

from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any, Final

from babel.dates import format_time, get_day_names
from babel.lists import format_list
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regulars.platform.pages import figures
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.rules.definition import read_definition
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.describe import compare, describe
from regulars.promotions.rules.describe.speech import Comparison, Speech, units_sentence

STATES: Final[dict[str, str | Promise]] = {
    "draft": gettext_lazy("Drafts"),
    "active": gettext_lazy("Active"),
    "paused": gettext_lazy("Paused"),
    "ended": gettext_lazy("Ended"),
}
GIVING: Final = ("gives", "earns", "trigger")


def speech_in(names: ChainNames, currency: str) -> Speech:
    """How sentences about promotions are put in the reader's language."""

    def units(balance_type: str, amount: int) -> str:
        written = figures.amount(amount, names.units(balance_type).decimals)
        return _(units_sentence()).format(amount=written, balance_type=names.name(balance_type))

    return Speech(
        translate=_,
        money=lambda amount: figures.money(amount, currency),
        units=units,
        number=figures.number,
        day=figures.day,
        clock=clock,
        weekdays=weekdays,
        name=names.name,
        listed=listed,
    )


def clock(at: time) -> str:
    """An hour of the day."""
    return str(format_time(at, "short", locale=figures.locale()))


def weekdays(days: Sequence[int]) -> str:
    """Days of the week; Monday is 0."""
    known = get_day_names("wide" if len(days) < 3 else "abbreviated", locale=figures.locale())
    return ", ".join(known[day] for day in days)


def listed(texts: Sequence[str]) -> str:
    """Several things of which any will do."""
    return str(format_list(list(texts), style="or", locale=figures.locale()))


def say(definition: Definition, names: ChainNames, currency: str) -> list[str]:
    """All that a promotion says, sentence by sentence."""
    return [one.text for one in describe(definition, speech_in(names, currency))]


def say_gain(content: Mapping[str, Any], names: ChainNames, currency: str) -> str:
    """What a promotion gives, as short as a list wants it."""
    definition = definition_of(content, names)
    if definition is None:
        return ""
    told = [one.text for one in describe(definition, speech_in(names, currency)) if one.part in GIVING]
    return " ".join(told[:3])


def definition_of(content: Mapping[str, Any], names: ChainNames) -> Definition | None:
    """The definition of a content that is kept; None where it names what is gone."""
    read = read_definition({name: value for name, value in content.items() if name != "card_types"}, names)
    return read if isinstance(read, Definition) else None


def say_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], names: ChainNames, currency: str
) -> Comparison | None:
    """What one content says otherwise than the other; None where one of them cannot be read any more."""
    before, after = definition_of(old, names), definition_of(new, names)
    if before is None or after is None:
        return None
    return compare(before, after, speech_in(names, currency))
