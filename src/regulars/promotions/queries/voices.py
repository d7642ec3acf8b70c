"""How sentences about promotions are written for the language that is active: money, units, days, names."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from babel.dates import format_time, get_day_names
from babel.lists import format_list
from django.utils.translation import gettext

from regulars.platform.pages import figures
from regulars.promotions.queries.names import ChainNames
from regulars.promotions.rules.describe.speech import Speech, units_sentence
from regulars.promotions.rules.explain import Voice


def speech_of(names: ChainNames, currency: str) -> Speech:
    """How a definition of this chain is told in the active language."""

    return Speech(
        translate=gettext,
        money=lambda amount: figures.money(amount, currency),
        units=partial(_units, names),
        number=figures.number,
        day=figures.day,
        clock=_clock,
        weekdays=_weekdays,
        name=names.name,
        listed=_listed,
    )


def voice_of(names: ChainNames, currency: str, zone: ZoneInfo, promotions: dict[str, str]) -> Voice:
    """How a verdict is told in the active language; `promotions` are their names by id."""

    def moment(at: datetime) -> str:
        local = at.astimezone(zone) if at.tzinfo else at
        return f"{_weekdays([local.weekday()])} {_clock(local.time())}"

    return Voice(
        translate=gettext,
        money=lambda amount: figures.money(amount, currency),
        day=figures.day,
        moment=moment,
        name=lambda name: promotions.get(name) or names.name(name),
        units=partial(_units, names),
        number=figures.exact,
    )


def _units(names: ChainNames, balance_type: str, amount: int) -> str:
    written = figures.number(Decimal(amount).scaleb(-names.units(balance_type).decimals))
    return gettext(units_sentence()).format(amount=written, balance_type=names.name(balance_type))


def _clock(at: time) -> str:
    return format_time(at, "short", locale=figures.locale())


def _weekdays(weekdays: Sequence[int]) -> str:
    """Weekdays by name; three and more in a row from the first to the last."""
    names = get_day_names("abbreviated", locale=figures.locale())
    days = sorted(weekdays)
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{names[days[0]]}–{names[days[-1]]}"
    return ", ".join(names[day] for day in days)


def _listed(texts: Sequence[str]) -> str:
    return str(format_list(list(texts), style="or", locale=figures.locale()))
