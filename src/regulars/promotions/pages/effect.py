"""What a promotion that is being written would have changed on the orders of a day, beside the editor (ORD-13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from regulars.kernel.ids import encode
from regulars.kernel.refusal import Invalid, Refused
from regulars.orders.actions.effect import DayEffect, effect_on_day
from regulars.orders.rules.effect import Changed, Given
from regulars.platform.pages import figures
from regulars.promotions.pages.desk import Desk, trying_terms, zone_of
from regulars.promotions.queries.voices import voice_of
from regulars.promotions.rules.definition.values import Definition
from regulars.promotions.rules.explain import explain

FIELD: Final = "effect.day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure as it is by what runs and as it would be, with the difference."""

    label: str
    now: str
    then: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An order that would have been another, with why."""

    url: str
    title: str
    figures: tuple[Compared, ...]
    sentences: tuple[str, ...]


def effect_context(desk: Desk, *, asked: bool) -> dict[str, Any]:
    """The day that stands there and, where it was asked, what the promotion would have changed on it."""
    request = desk.request
    today = request.now.astimezone(request.chain.zone).date()
    typed = request.POST.get(FIELD, "") if request.method == "POST" else ""
    context: dict[str, Any] = {
        "effect_day": typed or (today - timedelta(days=1)).isoformat(),
        "effect_today": today.isoformat(),
        "may_ask_effect": request.actor.may("orders:read"),
        "effect": None,
        "effect_problem": "",
    }
    if not asked:
        return context
    read = desk.read()
    if not isinstance(read, Definition):
        return context | {"effect_problem": _("Finish the promotion to see its effect.")}
    if read.trigger is not None:
        return context | {"effect_problem": _("An event sets this promotion off; orders are not asked.")}
    if desk.program.state != "active":
        return context | {"effect_problem": _("Its program does not run, so no order asks for it.")}
    try:
        found = effect_on_day(request.actor, trying_terms(desk, read), _day(context["effect_day"]), now=request.now)
    except Refused as refused:
        if not isinstance(refused.refusal, Invalid):
            raise
        return context | {"effect_problem": _(refused.refusal.errors[0].detail)}
    except ValueError:
        return context | {"effect_problem": _("A day is wanted.")}
    return context | {"effect": _told(desk, found)}


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _told(desk: Desk, found: DayEffect) -> dict[str, Any]:
    effect = found.effect
    values = {"day": figures.day(found.day), "number": figures.number(effect.orders)}
    if not effect.orders:
        said = _("There were no paid orders on %(day)s.") % values
    elif not effect.changed:
        said = _("It would have changed nothing on %(day)s: %(number)s orders were asked.") % values
    else:
        values["changed"] = figures.number(effect.changed)
        said = (
            ngettext(
                "On %(day)s it would have changed %(changed)s order of %(number)s.",
                "On %(day)s it would have changed %(changed)s orders of %(number)s.",
                effect.changed,
            )
            % values
        )
    more = ""
    if found.found > effect.orders:
        more = _("Of %(found)s orders of that day the latest %(number)s were asked.") % {
            "found": figures.number(found.found),
            **values,
        }
    return {
        "sentence": said,
        "more": more,
        "figures": _figures(effect.now, effect.then, found) if effect.changed else (),
        "examples": [_example(desk, one, found) for one in effect.examples],
    }


def _figures(now: Given, then: Given, found: DayEffect) -> tuple[Compared, ...]:
    """What differs between the two."""
    currency = found.terms.currency
    told = []
    if now.discount != then.discount:
        told.append(
            Compared(
                label=_("Discounts"),
                now=figures.money(now.discount, currency),
                then=figures.money(then.discount, currency),
                difference=figures.money(then.discount - now.discount, currency, signed=True),
            )
        )
    for name in dict.fromkeys((*now.earned, *then.earned)):
        before, after = now.earned.get(name, 0), then.earned.get(name, 0)
        if before != after:
            told.append(_earned(name, before, after, found))
    if now.total != then.total:
        told.append(
            Compared(
                label=_("To pay"),
                now=figures.money(now.total, currency),
                then=figures.money(then.total, currency),
                difference=figures.money(then.total - now.total, currency, signed=True),
            )
        )
    return tuple(told)


def _earned(name: str, before: int, after: int, found: DayEffect) -> Compared:
    balance = found.terms.balances.get(UUID(name))
    decimals = balance.decimals if balance else 0
    return Compared(
        label=balance.name if balance else _("Earned"),
        now=figures.amount(before, decimals),
        then=figures.amount(after, decimals),
        difference=figures.amount(after - before, decimals, signed=True),
    )


def _example(desk: Desk, one: Changed, found: DayEffect) -> Example:
    names: Mapping[str, str] = {name: each.name for name, each in found.terms.promotions.items()}
    voice = voice_of(desk.names, found.terms.currency, zone_of(desk.request), dict(names))
    return Example(
        url=reverse("orders:show", args=[encode("ord", one.order.id)]),
        title=f"{one.order.number} · {figures.moment(one.order.at)}",
        figures=_figures(one.now, one.then, found),
        sentences=explain(one.own, voice),
    )
